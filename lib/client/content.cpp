// Content on its way out.
#include "client/content.h"

#include "client/sending.h"

namespace ehlo {
namespace {

// "BDAT 18446744073709551615 LAST" CRLF
constexpr std::size_t kChunkHeader = 32;

struct ChunkHeader {
  Octet octets[kChunkHeader];
  std::size_t size = 0;
};

void end_content(ClientSession& s) noexcept {
  s.transactions.current().content_given = s.needs_reset = true;
  drop_job(s, s.transactions.current_slot());
}

// The final dot has been given. It was never in the outbox, so its result is no reply to a line.
void end_data(ClientSession& s) noexcept {
  const std::uint32_t results = s.lmtp() ? s.transactions.current().accepted : 1;
  s.pipeline.await({Expect::result, s.transactions.current_slot(), EHLO_VERB_DATA, false, results});
  end_content(s);
  s.pipeline.go(ClientInput::end_of_data);
}

// Takes the result of encode() or copy().
Error take_encoded(ClientSession& s, const DotEncoder::Result& end, std::size_t& consumed) noexcept {
  consumed = end.error != EHLO_OK ? static_cast<std::size_t>(end.at) : end.consumed;
  if (end.error == EHLO_OK && s.content.encoder().done()) end_data(s);
  return end.error;
}

// RFC 3030 2 announces the octets, so none can be repaired: NORMALIZE refuses what REJECT does.
Error text_error(const ClientConfig& config, Violation kind) noexcept {
  const bool strict = config.endings() != EHLO_ENDING_ACCEPT;
  if (kind == EHLO_SEEN_FALSE_END) return EHLO_E_FALSE_END;
  if (kind == EHLO_SEEN_BARE_LF && strict) return EHLO_E_BARE_LF;
  if (kind == EHLO_SEEN_BARE_CR && strict) return EHLO_E_BARE_CR;
  return kind == EHLO_SEEN_NUL && config.flag(EHLO_CLIENT_FLAG_REFUSE_NUL) ? EHLO_E_NUL : EHLO_OK;
}

// The first error in the text of a chunk. `checker` has read the chunks before and reads this one.
Error check_text(const ClientConfig& config, Bytes content, bool last, DotDecoder& checker, std::size_t& at) noexcept {
  constexpr std::size_t kPiece = std::size_t{1} << 30;  // a span has 32 bits
  Span spans[4];
  for (std::size_t taken = 0;; taken += kPiece) {
    const Bytes piece = content.from(taken);
    const bool whole = piece.size <= kPiece;
    for (const bool end : {false, true}) {
      SpanList list{spans, 4, 0};
      if (end && !(whole && last)) break;
      const DotDecoder::Result result =
          end ? checker.finish_text(list) : checker.feed_text(whole ? piece : piece.first(kPiece), list);
      for (unsigned i = 0; i < result.seen_count; ++i) {
        const Error error = text_error(config, result.seen[i].kind);
        if (error == EHLO_OK) continue;
        at = static_cast<std::size_t>(result.seen[i].at);
        return error;
      }
    }
    if (whole) return EHLO_OK;
  }
}

// Checks the chunk, writes its BDAT line to `header` and awaits its reply.
Error begin_chunk(ClientSession& s, Bytes content, bool last, ChunkHeader& header, std::size_t& at) noexcept {
  if (const Error error = check_chunk_moment(s); error != EHLO_OK)
    return error == EHLO_E_NOT_OFFERED ? s.not_offered.record(EHLO_EXT_CHUNKING) : error;
  CommandText command;
  command.verb = EHLO_VERB_BDAT;
  command.number = content.size;
  command.last = last;
  Writer out(header.octets, kChunkHeader);
  if (const Error error = write_command(command, out); error != EHLO_OK) return error;
  header.size = out.size();
  Transaction& transaction = s.transactions.current();
  DotDecoder checker = s.content.chunk_checker(!transaction.chunked);
  if (!transaction.binary)
    if (const Error error = check_text(s.config, content, last, checker, at); error != EHLO_OK) return error;
  // Before anything changes: the line must have room.
  if (const Error error = make_room(s); error != EHLO_OK) return error;
  s.content.keep(checker);
  transaction.chunked = true;
  if (last) {
    note_sent(s, ClientInput::last_chunk, Expect::result, EHLO_VERB_BDAT, s.lmtp() ? transaction.accepted : 1);
    end_content(s);
  } else {
    note_sent(s, ClientInput::chunk, Expect::chunk, EHLO_VERB_BDAT);
  }
  return EHLO_OK;
}

// The program sends the chunk itself after the line.
Error send_chunk_line(ClientSession& s, Bytes content, bool last, std::size_t& at) noexcept {
  ChunkHeader header;
  Error error = begin_chunk(s, content, last, header, at);
  if (error == EHLO_OK) error = send_line(s, {header.octets, header.size});
  if (error == EHLO_OK) s.pipeline.outbox().set_chunk_line();
  return error;
}

// Line and chunk, as much as fits.
Error copy_chunk(ClientSession& s, Bytes content, bool last, Octet* out, std::size_t capacity, std::size_t& written,
                 std::size_t& consumed) noexcept {
  const std::size_t room = capacity - written - kChunkHeader;
  const std::size_t count = content.size < room ? content.size : room;
  ChunkHeader header;
  const Error error = begin_chunk(s, content.first(count), last && count == content.size, header, consumed);
  if (error != EHLO_OK) return error;
  std::memcpy(out + written, header.octets, header.size);
  if (count != 0) std::memcpy(out + written + header.size, content.data, count);
  s.pipeline.note_line_left();
  written += header.size + count;
  consumed = count;
  return EHLO_OK;
}

}  // namespace

Error check_data_moment(const ClientSession& s) noexcept {
  // RFC 2920 3.1: without an accepted recipient the content must not go out.
  return s.transactions.current().accepted != 0 && !s.pipeline.eof() ? EHLO_OK : EHLO_E_STATE;
}

Error check_chunk_moment(const ClientSession& s) noexcept {
  const Transaction& transaction = s.transactions.current();
  if (!s.may_send(ClientInput::chunk) || (s.job.active() && !s.job.awaits_chunks)) return EHLO_E_STATE;
  // RFC 3030 2: after all MAIL and RCPT replies. LMTP: so that the number of replies to a failed last chunk is known.
  if (transaction.replied != transaction.recipients || transaction.accepted == 0 || transaction.closed ||
      (s.lmtp() && !s.pipeline.awaited().empty()))
    return EHLO_E_STATE;
  return s.announced.can_use(EHLO_EXT_CHUNKING) ? EHLO_OK : EHLO_E_NOT_OFFERED;
}

Error give_body(ClientSession& s, Bytes content, bool last, SpanList& spans, std::size_t& consumed) noexcept {
  consumed = 0;
  if (!s.pipeline.outbox().empty()) return EHLO_E_STATE;
  if (spans.cap - spans.count < EHLO_SPANS_MIN) return EHLO_E_ARGUMENT;
  if (s.pipeline.state() == ClientState::content) {
    if (const Error error = check_data_moment(s); error != EHLO_OK) return error;
    return take_encoded(s, s.content.encoder().encode(content, last, spans), consumed);
  }
  if (!s.job.awaits_chunks) return EHLO_E_STATE;
  if (content.size >= EHLO_OFF_END) return EHLO_E_ARGUMENT;
  if (const Error error = send_chunk_line(s, content, last, consumed); error != EHLO_OK) return error;
  if (!content.empty()) spans.items[spans.count++] = {0, static_cast<std::uint32_t>(content.size)};
  consumed = content.size;
  return EHLO_OK;
}

Error copy_body(ClientSession& s, Bytes content, bool last, Octet* out, std::size_t capacity, std::size_t& written,
                std::size_t& consumed) noexcept {
  written = consumed = 0;
  if (capacity < 2 * kChunkHeader) return EHLO_E_ARGUMENT;
  const bool chunks = s.job.awaits_chunks;
  if (s.pipeline.state() != ClientState::content && !chunks) return EHLO_E_STATE;
  if (const Error error = chunks ? check_chunk_moment(s) : check_data_moment(s); error != EHLO_OK) return error;
  written = take_output(s, out, capacity);
  if (!s.pipeline.outbox().empty() || capacity - written < 2 * kChunkHeader) return EHLO_OK;
  if (s.pipeline.state() != ClientState::content) return copy_chunk(s, content, last, out, capacity, written, consumed);
  std::size_t copied = 0;
  const DotEncoder::Result result = s.content.encoder().copy(content, last, out + written, capacity - written, copied);
  written += copied;
  return take_encoded(s, result, consumed);
}

Error send_bdat(ClientSession& s, Bytes content, bool last, std::size_t& at) noexcept {
  at = 0;
  if (s.job.active() || !s.pipeline.outbox().empty()) return EHLO_E_STATE;
  return send_chunk_line(s, content, last, at);
}

Error send_lone_dot(ClientSession& s) noexcept {
  if (s.pipeline.state() != ClientState::content || s.transactions.current().accepted != 0) return EHLO_E_STATE;
  if (const Error error = send_line(s, bytes_of(".\r\n")); error != EHLO_OK) return error;
  note_sent(s, ClientInput::end_of_data, Expect::result, EHLO_VERB_DATA);
  s.needs_reset = true;
  drop_job(s, s.transactions.current_slot());
  return EHLO_OK;
}

}  // namespace ehlo
