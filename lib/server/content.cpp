// The intake of content: DATA and chunks, what of it the program gets, and what is dropped.
#include "server/server.h"

namespace ehlo {

// Lets the decoder take content, by `feed`, and tells what came of it.
template <class Feed>
DotDecoder::Result Server::decode(Call& call, Bytes input, Feed feed) noexcept {
  static constexpr struct {
    Violation kind;
    Error error;
  } kErrors[] = {{EHLO_SEEN_BARE_LF, EHLO_E_BARE_LF},
                 {EHLO_SEEN_BARE_CR, EHLO_E_BARE_CR},
                 {EHLO_SEEN_LONG_LINE, EHLO_E_DATA_LINE_TOO_LONG},
                 {EHLO_SEEN_TOO_LARGE, EHLO_E_MESSAGE_TOO_LARGE},
                 {EHLO_SEEN_FALSE_END, EHLO_E_FALSE_END},
                 {EHLO_SEEN_NUL, EHLO_E_NUL}};
  Batch& batch = call.batch;
  SpanList spans{batch.spans + batch.span_count, batch.span_cap - batch.span_count, 0};
  const std::uint64_t before = decoder_.octets();
  const bool discard = transaction_.refused_by_program || (decoder_.violations() & EHLO_SEEN_TOO_LARGE);
  const Bytes shown = within_budget(input, discard, before);
  const DotDecoder::Result result = feed(shown, spans);
  if (discard) dropped_ += result.consumed;
  for (unsigned i = 0; i < result.seen_count; ++i) {
    for (const auto& row : kErrors)
      if (row.kind == result.seen[i].kind) note_violation(call, row.error, result.seen[i].at, kAbsent, 0);
    if (result.seen[i].kind == EHLO_SEEN_TOO_LARGE && !discard) dropped_ = decoder_.position() - result.seen[i].at;
  }
  give_body(call, spans, before, discard);
  if (result.consumed == 0 && shown.size < input.size) end_with_reply(EHLO_E_TOO_MUCH_JUNK);
  return result;
}

bool Server::take_content(Call& call) noexcept {
  const auto feed = [this](Bytes shown, SpanList& spans) { return decoder_.feed(shown, spans); };
  const DotDecoder::Result result = decode(call, call.rest(), feed);
  call.used += result.consumed;
  if (result.done) finish_content();
  return result.consumed != 0 || state_ == State::closing;
}

// How much of the input may be looked at. Content that is refused already is read for its end alone, as far as the
// discard budget goes, and nothing behind that may show, however the input is cut. `before`: its decoded octets so far;
// a repaired line ending is two for one. The least is more than the decoder waits for.
Bytes Server::within_budget(Bytes input, bool discard, std::uint64_t before) const noexcept {
  constexpr std::uint64_t kLeast = 16;
  const std::uint64_t limit = options().max_message_octets;
  if (!discard && limit == 0) return input;
  const std::uint64_t budget = options().max_discard_octets > kLeast ? options().max_discard_octets : kLeast;
  const std::uint64_t wanted = !discard && before < limit ? (limit - before) / 2 : 0;
  std::uint64_t most = budget - dropped_;
  if (__builtin_add_overflow(most, wanted, &most) || input.size <= most) return input;
  return input.first(static_cast<std::size_t>(most));
}

// Hands out the spans, but never more than the octets that a message may have: how the input was cut must not show.
void Server::give_body(Call& call, SpanList& spans, std::uint64_t before, bool discard) noexcept {
  Batch& batch = call.batch;
  std::uint64_t room = UINT64_MAX;
  if (options().max_message_octets != 0)
    room = before < options().max_message_octets ? options().max_message_octets - before : 0;
  const auto offset = static_cast<std::uint32_t>(call.used);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < spans.count && room != 0 && !discard; ++i) {
    Span& span = spans.items[i];
    if (span.off == EHLO_OFF_CRLF && span.len > room) break;  // it stands in no buffer, so it has no half
    if (span.off != EHLO_OFF_CRLF) span.off += offset;
    if (span.len > room) span.len = static_cast<std::uint32_t>(room);
    room -= span.len;
    ++kept;
  }
  if (kept == 0) return;
  Event& event = draft(call);
  event.type = EHLO_SERVER_EVENT_BODY;
  event.body = {batch.span_count, kept};
  batch.span_count += kept;
  emit(call);
}

bool Server::take_chunk(Call& call) noexcept {
  if (chunk_left_ == 0) {
    finish_chunk(call);
    return true;
  }
  const Bytes rest = call.rest();
  const Bytes octets = rest.first(chunk_left_ < rest.size ? static_cast<std::size_t>(chunk_left_) : rest.size);
  if (chunk_error_ != EHLO_OK || transaction_.refused_by_program) return drop_chunk(call, octets.size);
  std::size_t taken = octets.size;
  // RFC 3030 2 and 3: without BODY=BINARYMIME a chunk carries the same text as DATA, and the same rules hold for it.
  const auto feed = [this](Bytes shown, SpanList& spans) { return decoder_.feed_text(shown, spans); };
  if (transaction_.binary_mime)
    give_binary(call, octets);
  else
    taken = decode(call, octets, feed).consumed;
  call.used += taken;
  chunk_left_ -= taken;
  return taken != 0 || state_ == State::closing;
}

// A peer can send what is dropped for ever, and one number announces 2^64 octets of it.
bool Server::drop_chunk(Call& call, std::size_t octets) noexcept {
  call.used += octets;
  chunk_left_ -= octets;
  dropped_ += octets;
  if (dropped_ > options().max_discard_octets) end_with_reply(EHLO_E_TOO_MUCH_JUNK);
  return true;
}

void Server::give_binary(Call& call, Bytes octets) noexcept {
  Batch& batch = call.batch;
  SpanList spans{batch.spans + batch.span_count, 1, 1};
  spans.items[0] = {0, static_cast<std::uint32_t>(octets.size)};
  give_body(call, spans, decoder_.octets(), false);
  decoder_.pass(octets.size);
}

// The end of a chunk, whose octets have all been taken.
void Server::finish_chunk(Call& call) noexcept {
  intake_ = Intake::lines;
  if (chunk_error_ != EHLO_OK) return refuse_chunk();
  if (transaction_.refused_by_program) return refuse_results(EHLO_OK);
  if (chunk_last_ && !transaction_.binary_mime)
    decode(call, {}, [this](Bytes, SpanList& spans) { return decoder_.finish_text(spans); });
  if (const Error error = judge_message(); error != EHLO_OK) return refuse_results(error);
  if (chunk_last_) return begin_results();
  Event& event = draft(call);
  event.type = EHLO_SERVER_EVENT_CHUNK;
  event.verb = EHLO_VERB_BDAT;
  event.number = decoder_.octets();
  ask_or_tell(call, event, EHLO_ASK_CHUNK, Question::chunk, 0, 0);
}

}  // namespace ehlo
