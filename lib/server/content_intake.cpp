// Turns the results of the decoder into events. Content that is refused is read only to find its end.
#include "server/content_intake.h"

namespace ehlo {

void ContentIntake::begin_message(const ServerOptions& options) noexcept {
  decoder_ = DotDecoder(
      {options.max_data_line_octets, options.max_message_octets, static_cast<LineEndings>(options.data_endings)});
}

void ContentIntake::begin_data(const ServerOptions& options) noexcept {
  begin_message(options);
  last_ = true;
  dropped_ = 0;
}

void ContentIntake::begin_chunk(std::uint64_t octets, bool last, Error error, bool refused) noexcept {
  chunk_left_ = octets;
  last_ = last;
  chunk_error_ = error;
  // The budget for dropped octets is per message where the program has refused the message, else per chunk.
  if (!refused) dropped_ = 0;
}

// Decodes content by `feed`, and reports the violations and the body. Violations are reported before the body that they
// are in, so that the program sees them before it uses the octets.
template <class Feed>
ContentIntake::Decoded ContentIntake::decode(Call& call, Bytes input, const ContentRules& rules, Feed feed) noexcept {
  static constexpr struct {
    Violation kind;
    Error error;
  } kErrors[] = {{EHLO_SEEN_BARE_LF, EHLO_E_BARE_LF},
                 {EHLO_SEEN_BARE_CR, EHLO_E_BARE_CR},
                 {EHLO_SEEN_LONG_LINE, EHLO_E_DATA_LINE_TOO_LONG},
                 {EHLO_SEEN_TOO_LARGE, EHLO_E_MESSAGE_TOO_LARGE},
                 {EHLO_SEEN_FALSE_END, EHLO_E_FALSE_END},
                 {EHLO_SEEN_NUL, EHLO_E_NUL}};
  SpanList spans = call.events.free_spans();
  const std::uint64_t before = decoder_.octets();
  const bool discard = rules.refused || (decoder_.violations() & EHLO_SEEN_TOO_LARGE);
  const Bytes shown = within_budget(input, rules.options, discard);
  const DotDecoder::Result result = feed(shown, spans);
  if (discard) dropped_ += result.consumed;
  for (unsigned i = 0; i < result.seen_count; ++i) {
    for (const auto& row : kErrors)
      if (row.kind == result.seen[i].kind) call.events.violation(row.error, result.seen[i].at, kAbsent, 0);
    // Octets beyond the limit count as dropped from the first one on, wherever the input was cut.
    if (result.seen[i].kind == EHLO_SEEN_TOO_LARGE && !discard) dropped_ = decoder_.position() - result.seen[i].at;
  }
  if (!discard) report_body(call, spans, before, rules.options);
  return {result.consumed, result.done, result.consumed == 0 && shown.size < input.size};
}

ContentIntake::ReadResult ContentIntake::take_data(Call& call, const ContentRules& rules) noexcept {
  const auto feed = [this](Bytes shown, SpanList& spans) { return decoder_.feed(shown, spans); };
  const Decoded decoded = decode(call, call.rest(), rules, feed);
  call.used += decoded.consumed;
  if (decoded.done) return ReadResult::complete;
  if (decoded.too_much) return ReadResult::too_much;
  return decoded.consumed != 0 ? ReadResult::taken : ReadResult::waiting;
}

// The part of the input that the decoder may see. Refused content is read only to find its end, within the discard
// budget. Beyond the budget nothing may be reported, however the input is cut, so the decoder does not see those
// octets. While the message is within its limit, half of the rest of the limit may be read besides: it cannot become
// more than the whole rest, since a repaired line ending makes two octets of one. kLeast is more than the decoder ever
// waits for, so that it can always make progress.
Bytes ContentIntake::within_budget(Bytes input, const ServerOptions& options, bool discard) const noexcept {
  constexpr std::uint64_t kLeast = 16;
  const std::uint64_t limit = options.max_message_octets;
  if (!discard && limit == 0) return input;
  const std::uint64_t budget = options.max_discard_octets > kLeast ? options.max_discard_octets : kLeast;
  const std::uint64_t wanted = !discard && decoder_.octets() < limit ? (limit - decoder_.octets()) / 2 : 0;
  std::uint64_t most = budget - dropped_;
  if (__builtin_add_overflow(most, wanted, &most) || input.size <= most) return input;
  return input.first(static_cast<std::size_t>(most));
}

// Reports the spans up to the limit of the message, however the input was cut. `before`: the octets of the message
// before these spans.
void ContentIntake::report_body(Call& call, SpanList& spans, std::uint64_t before,
                                const ServerOptions& options) noexcept {
  std::uint64_t room = UINT64_MAX;
  if (options.max_message_octets != 0)
    room = before < options.max_message_octets ? options.max_message_octets - before : 0;
  const auto offset = static_cast<std::uint32_t>(call.used);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < spans.count && room != 0; ++i) {
    Span& span = spans.items[i];
    if (span.off == EHLO_OFF_CRLF && span.len > room) break;  // a constant: half of it cannot be a span
    if (span.off != EHLO_OFF_CRLF) span.off += offset;
    if (span.len > room) span.len = static_cast<std::uint32_t>(room);
    room -= span.len;
    ++kept;
  }
  if (kept != 0) call.events.body(kept);
}

ContentIntake::ReadResult ContentIntake::take_chunk(Call& call, const ContentRules& rules) noexcept {
  if (chunk_left_ == 0) return ReadResult::complete;
  const Bytes rest = call.rest();
  const Bytes octets = rest.first(chunk_left_ < rest.size ? static_cast<std::size_t>(chunk_left_) : rest.size);
  std::size_t taken = octets.size;
  bool too_much = false;
  if (chunk_error_ != EHLO_OK || rules.refused) {
    // One BDAT can announce 2^64 octets, so a client could send dropped octets for ever.
    dropped_ += octets.size;
    too_much = dropped_ > rules.options.max_discard_octets;
  } else if (rules.binary) {
    take_binary(call, octets, rules.options);
  } else {
    // RFC 3030 2 and 3: without BODY=BINARYMIME a chunk carries the same text as DATA, and the same rules hold for it.
    const auto feed = [this](Bytes shown, SpanList& spans) { return decoder_.feed_text(shown, spans); };
    const Decoded decoded = decode(call, octets, rules, feed);
    taken = decoded.consumed;
    too_much = decoded.too_much;
  }
  call.used += taken;
  chunk_left_ -= taken;
  if (too_much) return ReadResult::too_much;
  return taken != 0 ? ReadResult::taken : ReadResult::waiting;
}

void ContentIntake::take_binary(Call& call, Bytes octets, const ServerOptions& options) noexcept {
  SpanList spans = call.events.free_spans();
  spans.count = 1;
  spans.items[0] = {0, static_cast<std::uint32_t>(octets.size)};
  report_body(call, spans, decoder_.octets(), options);
  decoder_.pass(octets.size);
}

// The end of the last chunk is the end of the text, which may still have a violation.
void ContentIntake::finish_text(Call& call, const ContentRules& rules) noexcept {
  decode(call, {}, rules, [this](Bytes, SpanList& spans) { return decoder_.finish_text(spans); });
}

// The order decides the reply. Under every policy a message is refused in which the next hop could see another end of
// data.
Error ContentIntake::check_message(const Config& config) const noexcept {
  const std::uint8_t seen = decoder_.violations();
  const bool strict = config.options().data_endings == EHLO_ENDING_REJECT;
  if (seen & EHLO_SEEN_TOO_LARGE) return EHLO_E_MESSAGE_TOO_LARGE;
  if (seen & EHLO_SEEN_FALSE_END) return EHLO_E_FALSE_END;
  if (strict && (seen & EHLO_SEEN_BARE_LF)) return EHLO_E_BARE_LF;
  if (strict && (seen & EHLO_SEEN_BARE_CR)) return EHLO_E_BARE_CR;
  if ((seen & EHLO_SEEN_NUL) && config.flag(EHLO_SERVER_FLAG_REFUSE_NUL)) return EHLO_E_NUL;
  if (seen & EHLO_SEEN_LONG_LINE) return EHLO_E_DATA_LINE_TOO_LONG;
  return EHLO_OK;
}

}  // namespace ehlo
