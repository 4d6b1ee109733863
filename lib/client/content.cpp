// Content on its way out: behind 354 with its dots doubled, or as chunks with their length before them.
#include "client/client.h"

namespace ehlo {
namespace {

// "BDAT 18446744073709551615 LAST" CRLF
constexpr std::size_t kChunkHeader = 32;

}  // namespace

Error Client::check_content() const noexcept {
  // RFC 2920 3.1: with nobody to take it the content must not go out.
  return current().accepted != 0 && !eof_ ? Error::none : Error::state;
}

Error Client::check_chunk() const noexcept {
  const Transaction& transaction = current();
  if (!may_send(Step::chunk) || (job_.envelope != nullptr && !job_.awaits_chunks)) return Error::state;
  // RFC 3030 2: after all MAIL and RCPT replies. LMTP: so that the number of replies to a failed last chunk is known.
  if (transaction.replied != transaction.recipients || transaction.accepted == 0 || transaction.closed ||
      (lmtp() && !pending_.empty()))
    return Error::state;
  return has(capabilities_.usable, ExtensionId::chunking) ? Error::none : Error::not_offered;
}

void Client::end_content() noexcept {
  Transaction& transaction = current();
  transaction.content_given = unclear_ = true;
  drop_job(current_);
}

void Client::end_data() noexcept {
  pending_.push({Expect::result, current_, Verb::data, false, lmtp() ? current().accepted : 1});
  end_content();
  go(Step::end_of_data);
}

Error Client::body(Bytes content, bool last, SpanList& spans, std::size_t& consumed) noexcept {
  consumed = 0;
  if (!outbox_.empty()) return Error::state;
  if (spans.cap - spans.count < DotEncoder::kSpansPerStep) return Error::argument;
  if (state_ == ClientState::content) {
    if (const Error error = check_content(); error != Error::none) return error;
    const DotEncoder::Result result = content_.encoder.encode(content, last, spans);
    if (result.error != Error::none) {
      consumed = static_cast<std::size_t>(result.at);
      return result.error;
    }
    consumed = result.consumed;
    if (content_.encoder.done()) end_data();
    return Error::none;
  }
  if (!job_.awaits_chunks) return Error::state;
  if (content.size >= kEndOffset) return Error::argument;
  if (const Error error = send_chunk_line(content, last, consumed); error != Error::none) return error;
  if (!content.empty()) spans.items[spans.count++] = {0, static_cast<std::uint32_t>(content.size)};
  consumed = content.size;
  return Error::none;
}

Error Client::bdat(Bytes content, bool last, std::size_t& at) noexcept {
  at = 0;
  return job_.envelope == nullptr && outbox_.empty() ? send_chunk_line(content, last, at) : Error::state;
}

Error Client::send_chunk_line(Bytes content, bool last, std::size_t& at) noexcept {
  Octet header[kChunkHeader];
  std::size_t size = 0;
  Error error = begin_chunk(content, last, header, size, at);
  if (error == Error::none) error = send_line({header, size});
  if (error == Error::none) outbox_.set_chunk_line();
  return error;
}

// RFC 3030 2 announces the octets, so none can be repaired: NORMALIZE refuses what REJECT does.
Error Client::text_error(Violation kind) const noexcept {
  const bool strict = config_.endings() != LineEndings::accept;
  if (kind == kFalseEnd) return Error::false_end;
  if (kind == kBareLf && strict) return Error::bare_lf;
  if (kind == kBareCr && strict) return Error::bare_cr;
  return kind == kNul && config_.flag(kClientRefuseNul) ? Error::nul : Error::none;
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
        if (error == Error::none) continue;
        at = static_cast<std::size_t>(result.seen[i].at);
        return error;
      }
    }
    if (whole) return Error::none;
  }
}

// Writes the BDAT line and notes what follows from it. `at`: see body.
Error Client::begin_chunk(Bytes content, bool last, Octet* header, std::size_t& size, std::size_t& at) noexcept {
  if (const Error error = check_chunk(); error != Error::none)
    return error == Error::not_offered ? not_offered({bit(ExtensionId::chunking), {}}) : error;
  CommandText command;
  command.verb = Verb::bdat;
  command.size = content.size;
  command.last = last;
  Writer out(header, kChunkHeader);
  if (const Error error = write_command(command, out); error != Error::none) return error;
  size = out.size();
  DotDecoder text(current().chunked ? content_.text : DotDecoder::Carried());
  if (!current().binary)
    if (const Error error = check_text(content, last, text, at); error != Error::none) return error;
  if (const Error error = make_room(0); error != Error::none) return error;
  content_.text = text.carried();
  current().chunked = true;
  if (last) {
    note_sent(Expect::result, Verb::bdat, lmtp() ? current().accepted : 1);
    end_content();
  } else {
    note_sent(Expect::chunk, Verb::bdat);
  }
  go(last ? Step::last_chunk : Step::chunk);
  return Error::none;
}

Error Client::body_copy(Bytes content, bool last, Octet* out, std::size_t capacity, std::size_t& written,
                        std::size_t& consumed) noexcept {
  written = consumed = 0;
  if (capacity < 2 * kChunkHeader) return Error::argument;
  const bool chunks = job_.awaits_chunks;
  if (state_ != ClientState::content && !chunks) return Error::state;
  if (const Error error = chunks ? check_chunk() : check_content(); error != Error::none) return error;
  written = output(out, capacity);
  if (!outbox_.empty() || capacity - written < 2 * kChunkHeader) return Error::none;
  if (state_ == ClientState::content) {
    std::size_t copied = 0;
    const DotEncoder::Result result = content_.encoder.copy(content, last, out + written, capacity - written, copied);
    if (result.error != Error::none) {
      consumed = static_cast<std::size_t>(result.at);
      return result.error;
    }
    written += copied;
    consumed = result.consumed;
    if (content_.encoder.done()) end_data();
    return Error::none;
  }
  const std::size_t room = capacity - written - kChunkHeader;
  const std::size_t count = content.size < room ? content.size : room;
  Octet header[kChunkHeader];
  std::size_t size = 0;
  const Error error = begin_chunk(content.first(count), last && count == content.size, header, size, consumed);
  if (error != Error::none) return error;
  std::memcpy(out + written, header, size);
  if (count != 0) std::memcpy(out + written + size, content.data, count);
  ++in_flight_;
  written += size + count;
  consumed = count;
  return Error::none;
}

Error Client::abort_data() noexcept {
  const Transaction& transaction = current();
  if (state_ != ClientState::content || transaction.accepted != 0) return Error::state;
  if (const Error error = send_line(bytes_of(".\r\n")); error != Error::none) return error;
  note_sent(Expect::result, Verb::data);
  unclear_ = true;
  drop_job(current_);
  go(Step::end_of_data);
  return Error::none;
}

}  // namespace ehlo
