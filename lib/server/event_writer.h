// Writes the events, spans and parameters of one call of receive into the arrays of the program.
#pragma once

#include "base/elements.h"
#include "server/event.h"
#include "wire/dot_decoder.h"

namespace ehlo {

class EventWriter {
 public:
  explicit EventWriter(Batch& batch) noexcept : batch_(batch) {}

  // Empties the batch. False, with the error in the batch: its arrays are too small.
  bool begin() noexcept {
    batch_.event_count = batch_.span_count = batch_.param_count = 0;
    batch_.error = is_usable() ? EHLO_OK : EHLO_E_ARGUMENT;
    return batch_.error == EHLO_OK;
  }

  std::uint32_t room() const noexcept { return batch_.event_cap - batch_.event_count; }
  // Whether there is room for all events, spans and parameters that one line or one piece of content can have.
  bool has_room() const noexcept {
    if (room() < EHLO_SERVER_EVENTS_MIN || batch_.span_cap - batch_.span_count < EHLO_SPANS_MIN) return false;
    return batch_.params == nullptr || batch_.param_cap - batch_.param_count >= EHLO_PARAMS_MAX;
  }

  // The place of the next event in the batch. It is not part of the batch before emit, so a second draft before that
  // overwrites the first.
  Event& draft(EventType type = EHLO_SERVER_EVENT_NONE) noexcept {
    Event& event = put_element(batch_.events, batch_.event_size, batch_.event_count, kNoEvent);
    event.type = type;
    return event;
  }
  void emit() noexcept { ++batch_.event_count; }

  // `line`: the line of the event that follows; absent in content.
  void violation(Error error, std::uint64_t at, Span line, std::uint32_t flags) noexcept {
    Event& event = draft(EHLO_SERVER_EVENT_VIOLATION);
    event.error = error;
    event.number = at;
    event.line = line;
    event.flags = flags;
    emit();
  }

  // The places for spans that are not used yet; body() makes an event of the first `count` of them.
  SpanList free_spans() noexcept { return {batch_.spans + batch_.span_count, batch_.span_cap - batch_.span_count, 0}; }
  void body(std::uint32_t count) noexcept {
    Event& event = draft(EHLO_SERVER_EVENT_BODY);
    event.body = {batch_.span_count, count};
    batch_.span_count += count;
    emit();
  }

  // The parameters of a line are read straight into the array of the program, if its elements have our size; else into
  // `own`, from which add_params copies them.
  Param* param_places(Param* own) noexcept { return in_place() ? batch_.params + batch_.param_count : own; }
  // Adds the parameters of a line to its event.
  void add_params(const ParamList& params, Event& event) noexcept {
    if (batch_.params == nullptr || params.count == 0) return;
    event.params = {batch_.param_count, params.count};
    for (std::uint32_t i = 0; i < params.count && !in_place(); ++i)
      put_element(batch_.params, batch_.param_size, batch_.param_count + i, params.items[i]);
    batch_.param_count += params.count;
  }

 private:
  bool in_place() const noexcept { return batch_.params != nullptr && batch_.param_size == sizeof(Param); }
  bool is_usable() const noexcept {
    return batch_.event_cap >= EHLO_SERVER_EVENTS_MIN && is_element_size<Event>(batch_.event_size) &&
           batch_.span_cap >= EHLO_SPANS_MIN &&
           (batch_.params == nullptr ||
            (batch_.param_cap >= EHLO_PARAMS_MAX && is_element_size<Param>(batch_.param_size)));
  }

  Batch& batch_;
};

// One call of receive: its input, how much of it has been used, and its events.
struct Call {
  Bytes input;
  EventWriter events;
  bool more;  // the program has shown more input than one call reads
  std::size_t used = 0;

  Bytes rest() const noexcept { return input.from(used); }
  bool has_rest() const noexcept { return more || used != input.size; }

  // `line` does not include its line ending: if that is the bare LF, the position found is the end of the line.
  void report_bare_lf(Span line, std::uint32_t flags) noexcept {
    events.violation(EHLO_E_BARE_LF, position_of('\n', input.at(line)), line, flags);
  }
  // Only for rejected lines: a good line contains no CR.
  void report_bare_cr(Span line, std::uint32_t flags) noexcept {
    const std::size_t at = position_of('\r', input.at(line));
    if (at != line.len) events.violation(EHLO_E_BARE_CR, at, line, flags);
  }
};

}  // namespace ehlo
