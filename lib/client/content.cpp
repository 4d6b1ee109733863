// Content on its way out: behind 354 with its dots doubled, or as chunks with their length before them.
#include "client/client.h"

namespace ehlo {
namespace {

// "BDAT 18446744073709551615 LAST" CRLF
constexpr std::size_t kChunkHeader = 32;

}  // namespace

Error Client::check_content() const noexcept {
  // RFC 2920 3.1: with nobody to take it the content must not go out.
  return current().accepted != 0 && !eof_ ? EHLO_OK : EHLO_E_STATE;
}

Error Client::check_chunk() const noexcept {
  const Transaction& transaction = current();
  if (!may_send(ClientInput::chunk) || (job_.envelope != nullptr && !job_.awaits_chunks)) return EHLO_E_STATE;
  // RFC 3030 2: after all MAIL and RCPT replies. LMTP: so that the number of replies to a failed last chunk is known.
  if (transaction.replied != transaction.recipients || transaction.accepted == 0 || transaction.closed ||
      (lmtp() && !pending_.empty()))
    return EHLO_E_STATE;
  return has(capabilities_.usable, EHLO_EXT_CHUNKING) ? EHLO_OK : EHLO_E_NOT_OFFERED;
}

void Client::end_content() noexcept {
  Transaction& transaction = current();
  transaction.content_given = unclear_ = true;
  drop_job(current_);
}

void Client::end_data() noexcept {
  pending_.push({Expect::result, current_, EHLO_VERB_DATA, false, lmtp() ? current().accepted : 1});
  end_content();
  go(ClientInput::end_of_data);
}

Error Client::body(Bytes content, bool last, SpanList& spans, std::size_t& consumed) noexcept {
  consumed = 0;
  if (!outbox_.empty()) return EHLO_E_STATE;
  if (spans.cap - spans.count < EHLO_SPANS_MIN) return EHLO_E_ARGUMENT;
  if (state_ == ClientState::content) {
    if (const Error error = check_content(); error != EHLO_OK) return error;
    const DotEncoder::Result result = content_.encoder.encode(content, last, spans);
    if (result.error != EHLO_OK) {
      consumed = static_cast<std::size_t>(result.at);
      return result.error;
    }
    consumed = result.consumed;
    if (content_.encoder.done()) end_data();
    return EHLO_OK;
  }
  if (!job_.awaits_chunks) return EHLO_E_STATE;
  if (content.size >= EHLO_OFF_END) return EHLO_E_ARGUMENT;
  if (const Error error = send_chunk_line(content, last, consumed); error != EHLO_OK) return error;
  if (!content.empty()) spans.items[spans.count++] = {0, static_cast<std::uint32_t>(content.size)};
  consumed = content.size;
  return EHLO_OK;
}

Error Client::bdat(Bytes content, bool last, std::size_t& at) noexcept {
  at = 0;
  return job_.envelope == nullptr && outbox_.empty() ? send_chunk_line(content, last, at) : EHLO_E_STATE;
}

Error Client::send_chunk_line(Bytes content, bool last, std::size_t& at) noexcept {
  Octet header[kChunkHeader];
  std::size_t size = 0;
  Error error = begin_chunk(content, last, header, size, at);
  if (error == EHLO_OK) error = send_line({header, size});
  if (error == EHLO_OK) outbox_.set_chunk_line();
  return error;
}

// RFC 3030 2 announces the octets, so none can be repaired: NORMALIZE refuses what REJECT does.
Error Client::text_error(Violation kind) const noexcept {
  const bool strict = config_.endings() != EHLO_ENDING_ACCEPT;
  if (kind == EHLO_SEEN_FALSE_END) return EHLO_E_FALSE_END;
  if (kind == EHLO_SEEN_BARE_LF && strict) return EHLO_E_BARE_LF;
  if (kind == EHLO_SEEN_BARE_CR && strict) return EHLO_E_BARE_CR;
  return kind == EHLO_SEEN_NUL && config_.flag(EHLO_CLIENT_FLAG_REFUSE_NUL) ? EHLO_E_NUL : EHLO_OK;
}

// What is wrong with the text of a chunk. `text` is what is known of the chunks before, and moves on.
Error Client::check_text(Bytes content, bool last, DotDecoder& text, std::size_t& at) const noexcept {
  constexpr std::size_t kPiece = std::size_t{1} << 30;  // a span has 32 bits
  Span spans[4];
  for (std::size_t taken = 0;; taken += kPiece) {
    const Bytes piece = content.from(taken);
    const bool whole = piece.size <= kPiece;
    for (const bool end : {false, true}) {
      SpanList list{spans, 4, 0};
      if (end && !(whole && last)) break;
      const DotDecoder::Result result =
          end ? text.finish_text(list) : text.feed_text(whole ? piece : piece.first(kPiece), list);
      for (unsigned i = 0; i < result.seen_count; ++i) {
        const Error error = text_error(result.seen[i].kind);
        if (error == EHLO_OK) continue;
        at = static_cast<std::size_t>(result.seen[i].at);
        return error;
      }
    }
    if (whole) return EHLO_OK;
  }
}

// Writes the BDAT line and notes what follows from it. `at`: see body.
Error Client::begin_chunk(Bytes content, bool last, Octet* header, std::size_t& size, std::size_t& at) noexcept {
  if (const Error error = check_chunk(); error != EHLO_OK)
    return error == EHLO_E_NOT_OFFERED ? not_offered({EHLO_EXT_BIT(EHLO_EXT_CHUNKING), {}}) : error;
  CommandText command;
  command.verb = EHLO_VERB_BDAT;
  command.number = content.size;
  command.last = last;
  Writer out(header, kChunkHeader);
  if (const Error error = write_command(command, out); error != EHLO_OK) return error;
  size = out.size();
  DotDecoder text(current().chunked ? content_.text : DotDecoder::Carried());
  if (!current().binary)
    if (const Error error = check_text(content, last, text, at); error != EHLO_OK) return error;
  if (const Error error = make_room(0); error != EHLO_OK) return error;
  content_.text = text.carried();
  current().chunked = true;
  if (last) {
    note_sent(Expect::result, EHLO_VERB_BDAT, lmtp() ? current().accepted : 1);
    end_content();
  } else {
    note_sent(Expect::chunk, EHLO_VERB_BDAT);
  }
  go(last ? ClientInput::last_chunk : ClientInput::chunk);
  return EHLO_OK;
}

Error Client::body_copy(Bytes content, bool last, Octet* out, std::size_t capacity, std::size_t& written,
                        std::size_t& consumed) noexcept {
  written = consumed = 0;
  if (capacity < 2 * kChunkHeader) return EHLO_E_ARGUMENT;
  const bool chunks = job_.awaits_chunks;
  if (state_ != ClientState::content && !chunks) return EHLO_E_STATE;
  if (const Error error = chunks ? check_chunk() : check_content(); error != EHLO_OK) return error;
  written = output(out, capacity);
  if (!outbox_.empty() || capacity - written < 2 * kChunkHeader) return EHLO_OK;
  if (state_ == ClientState::content) {
    std::size_t copied = 0;
    const DotEncoder::Result result = content_.encoder.copy(content, last, out + written, capacity - written, copied);
    if (result.error != EHLO_OK) {
      consumed = static_cast<std::size_t>(result.at);
      return result.error;
    }
    written += copied;
    consumed = result.consumed;
    if (content_.encoder.done()) end_data();
    return EHLO_OK;
  }
  const std::size_t room = capacity - written - kChunkHeader;
  const std::size_t count = content.size < room ? content.size : room;
  Octet header[kChunkHeader];
  std::size_t size = 0;
  const Error error = begin_chunk(content.first(count), last && count == content.size, header, size, consumed);
  if (error != EHLO_OK) return error;
  std::memcpy(out + written, header, size);
  if (count != 0) std::memcpy(out + written + size, content.data, count);
  ++in_flight_;
  written += size + count;
  consumed = count;
  return EHLO_OK;
}

Error Client::abort_data() noexcept {
  const Transaction& transaction = current();
  if (state_ != ClientState::content || transaction.accepted != 0) return EHLO_E_STATE;
  if (const Error error = send_line(bytes_of(".\r\n")); error != EHLO_OK) return error;
  note_sent(Expect::result, EHLO_VERB_DATA);
  unclear_ = true;
  drop_job(current_);
  go(ClientInput::end_of_data);
  return EHLO_OK;
}

}  // namespace ehlo
