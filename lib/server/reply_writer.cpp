// Renders each kind of reply: one that is kept as it is sent, one of a row or an error, or the program's own text.
//
// A reply that does not fit into the buffer is rendered again in the next call, and the sink leaves out the octets that
// were sent. So a session stores positions and no octets.
#include "server/reply_writer.h"

#include "syntax/text.h"

namespace ehlo {
namespace {

// The sources of the texts of replies.
struct Source {
  const Config& config;
  const TextStore& texts;
  bool tls;
};

// A reply that is sent several times (RFC 2033 4.2) stays in front until the last time.
bool is_repeated(ReplyQueue& queue, TextStore& texts) noexcept {
  ReplySlot& slot = queue.front();
  if (slot.reply != ReplySlot::kText) {
    if (slot.arg <= 1) return false;
    --slot.arg;
  } else {
    const std::uint32_t times = texts.reply(slot.arg).repeat;
    if (times <= 1) return false;
    texts.set_repeat(slot.arg, times - 1);
  }
  queue.set_position({0, 0});
  return true;
}

// The program's text is on the first line only; the lines of the extensions are those of the kept reply.
void render_hello(const Source& from, const TextReply& reply, Bytes text, ReplySink& out) noexcept {
  const std::string_view hello = from.config.hello_reply(from.tls);
  const std::size_t first_line = hello.find('\n') + 1;
  const bool single = reply.shape != TextShape::hello_esmtp || first_line == hello.size();
  out.put("250");
  out.put(single ? " " : "-");
  out.put(from.config.hostname());
  if (text.size != 0) out.put(" ");
  out.put(text);
  out.put("\r\n");
  if (!single) out.put(bytes_of(hello).from(first_line));
}

void render_challenge(Bytes octets, ReplySink& out) noexcept {
  // RFC 4954 4: an empty challenge keeps the space after its code.
  out.put("334 ");
  // Encoded in pieces of full quanta, so that no buffer for the whole is needed. Pieces that have been sent are
  // skipped, so that a challenge which leaves in many calls costs linear time.
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

ReplyPosition render_text(const Source& from, std::uint32_t where, std::size_t line, ReplySink& out) noexcept {
  const TextReply reply = from.texts.reply(where);
  const Bytes text = from.texts.text(where);
  if (reply.shape == TextShape::plain) return from.config.write_reply(reply.code, reply.enhanced, text, out, line);
  if (reply.shape == TextShape::greeting) return from.config.write_greeting(text, out, line);
  if (reply.shape == TextShape::challenge)
    render_challenge(text, out);
  else
    render_hello(from, reply, text, out);
  return {0, out.given()};
}

// Writes the reply from `line` on, and gives the position where it continues the next time.
ReplyPosition render(const Source& from, const ReplySlot& slot, std::size_t line, ReplySink& out) noexcept {
  if (slot.reply == ReplySlot::kText) return render_text(from, slot.arg, line, out);
  if (slot.reply < kKeptReplies) {
    out.put(from.config.reply(static_cast<Standard>(slot.reply)));
    return {0, out.given()};
  }
  if (slot.reply < ReplySlot::kErrorReply) {
    const ehlo_verb_row& row = from.config.verb_row(slot.reply & kReplyVerbs);
    const bool yes = slot.reply < static_cast<std::uint16_t>(Standard::no);
    const StandardReply reply = yes ? yes_reply(row) : no_reply(row);
    return from.config.write_reply(reply.code, reply.enhanced, bytes_of(reply.text), out, line);
  }
  const Error error = slot_error(slot);
  StandardReply reply = error_reply(error);
  // RFC 3463: X.1.3 is about recipients, X.1.7 about the sender.
  if (error == EHLO_E_PATH_TOO_LONG && (slot.flags & kSlotSender)) reply.enhanced = EHLO_ENHANCED(5, 1, 7);
  if (slot.flags & kSlotHello) reply.enhanced = EHLO_ENHANCED_NONE;
  return from.config.write_reply(reply.code, reply.enhanced, bytes_of(reply.text), out, line);
}

}  // namespace

std::size_t write_replies(const Config& config, bool tls, ReplyQueue& queue, TextStore& texts, Octet* out,
                          std::size_t capacity) noexcept {
  const Source source{config, texts, tls};
  std::size_t written = 0;
  while (queue.has_output() && written < capacity) {
    ReplySink sink(out + written, capacity - written, queue.position().given);
    const ReplyPosition position = render(source, queue.front(), queue.position().line, sink);
    written += sink.written();
    if (!sink.complete()) {
      queue.set_position(position);
      break;
    }
    if (!is_repeated(queue, texts)) queue.pop();
  }
  return written;
}

}  // namespace ehlo
