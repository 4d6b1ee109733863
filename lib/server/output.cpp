// Output: replies are written when the program asks for them, straight into its buffer.
#include "server/server.h"
#include "syntax/text.h"

namespace ehlo {
std::size_t Server::output(Octet* out, std::size_t capacity) noexcept {
  std::size_t written = 0;
  while (queue_.has_output() && written < capacity) {
    ReplySink sink(out + written, capacity - written, queue_.position().given);
    const ReplyPosition position = render(queue_.front(), queue_.position().line, sink);
    written += sink.written();
    if (!sink.complete()) {
      queue_.set_position(position);
      break;
    }
    greeting_sent_ = true;
    if (is_repeated()) continue;
    queue_.pop();
  }
  if (!queue_.has_text()) {
    if (transaction_.refused_by_program)
      transaction_.refusal = texts_.clear_but(transaction_.refusal);
    else
      texts_.clear();
  }
  return written;
}

// A reply that is sent several times (LMTP) stays in front until its last time.
bool Server::is_repeated() noexcept {
  ReplySlot& slot = queue_.front();
  if (slot.reply != ReplySlot::kText) {
    if (slot.arg <= 1) return false;
    --slot.arg;
  } else {
    const std::uint32_t times = texts_.reply(slot.arg).repeat;
    if (times <= 1) return false;
    texts_.set_repeat(slot.arg, times - 1);
  }
  queue_.set_position({0, 0});
  return true;
}

// Writes the reply from the line where it goes on, and says where that is the next time.
ReplyPosition Server::render(const ReplySlot& slot, std::size_t line, ReplySink& out) const noexcept {
  if (slot.reply == ReplySlot::kText) return render_text(slot.arg, line, out);
  if (slot.reply < kKeptReplies) {
    out.put(config_.reply(static_cast<Standard>(slot.reply)));
    return {0, out.given()};
  }
  if (slot.reply < ReplySlot::kErrorReply) {
    const ehlo_verb_row& row = config_.verb_row(slot.reply & kReplyVerbs);
    const bool yes = slot.reply < static_cast<std::uint16_t>(Standard::no);
    const StandardReply reply = yes ? yes_reply(row) : no_reply(row);
    return config_.write_reply(reply.code, reply.enhanced, bytes_of(reply.text), out, line);
  }
  const Error error = slot_error(slot);
  StandardReply reply = error_reply(error);
  // RFC 3463: X.1.3 is about recipients, X.1.7 about the sender.
  if (error == EHLO_E_PATH_TOO_LONG && (slot.flags & kSlotSender)) reply.enhanced = EHLO_ENHANCED(5, 1, 7);
  if (slot.flags & kSlotHello) reply.enhanced = EHLO_ENHANCED_NONE;
  return config_.write_reply(reply.code, reply.enhanced, bytes_of(reply.text), out, line);
}

ReplyPosition Server::render_text(std::uint32_t where, std::size_t line, ReplySink& out) const noexcept {
  const TextReply reply = texts_.reply(where);
  const Bytes text = texts_.text(where);
  if (reply.shape == TextShape::plain) return config_.write_reply(reply.code, reply.enhanced, text, out, line);
  if (reply.shape == TextShape::greeting) return config_.write_greeting(text, out, line);
  if (reply.shape == TextShape::challenge)
    render_challenge(text, out);
  else
    render_hello(reply, text, out);
  return {0, out.given()};
}

void Server::render_hello(const TextReply& reply, Bytes text, ReplySink& out) const noexcept {
  const std::string_view hello = config_.hello_reply(tls_);
  const std::size_t first_line = hello.find('\n') + 1;
  const bool single = reply.shape != TextShape::hello_esmtp || first_line == hello.size();
  out.put("250");
  out.put(single ? " " : "-");
  out.put(config_.hostname());
  if (text.size != 0) out.put(" ");
  out.put(text);
  out.put("\r\n");
  if (!single) out.put(bytes_of(hello).from(first_line));
}

void Server::render_challenge(Bytes octets, ReplySink& out) const noexcept {
  // RFC 4954 4: an empty challenge keeps the space behind its code.
  out.put("334 ");
  constexpr std::size_t kPiece = 48, kEncoded = kPiece / 3 * 4;
  const std::size_t pieces = out.skip() > 4 ? (out.skip() - 4) / kEncoded : 0;
  out.pass(pieces * kEncoded);
  for (std::size_t at = pieces * kPiece; at < octets.size; at += kPiece) {
    Octet encoded[kEncoded];
    Writer piece(encoded, sizeof encoded);
    const std::size_t left = octets.size - at;
    encode_base64(octets.from(at).first(left < kPiece ? left : kPiece), piece);
    out.put(Bytes{encoded, piece.size()});
  }
  out.put("\r\n");
}

}  // namespace ehlo
