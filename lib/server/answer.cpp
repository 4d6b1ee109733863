// The answers of the program to questions, and the replies that it gives without one: refuse_message and shutdown.
#include "server/server.h"

namespace ehlo {
namespace {

constexpr std::size_t kMaxChallenge = 9000;  // 12000 octets of base64, below the 12288 of RFC 4954 4

// The positive code of a question whose code decides what the client does next; 0: any 2yz.
constexpr std::uint32_t positive_code(Question question) noexcept {
  switch (question) {
    case Question::greeting:
    case Question::starttls: return 220;
    case Question::hello: return 250;
    case Question::data: return 354;
    case Question::auth: return 235;
    default: return 0;
  }
}

bool is_positive(Question question, std::uint32_t code) noexcept {
  const std::uint32_t only = positive_code(question);
  return only == 0 ? code >= 200 && code <= 299 : code == only;
}

constexpr bool is_negative(std::uint32_t code) noexcept { return code >= 400 && code <= 599; }

TextShape shape_of(Question question, std::uint8_t flags, bool positive) noexcept {
  if (question == Question::greeting && positive) return TextShape::greeting;
  if (question == Question::hello && positive) return flags & kSlotEsmtp ? TextShape::hello_esmtp : TextShape::hello;
  return TextShape::plain;
}

// Whether the session has ended, and a positive answer would make the client continue: with a handshake, with content,
// with a session. An answer about a message is never too late: the client must know whether the message was accepted.
bool is_too_late(const Session& session, Question question, std::uint32_t code) noexcept {
  if (!session.is_closing()) return false;
  if (question == Question::command) return code / 100 == 3;
  return question == Question::greeting || question == Question::hello || question == Question::data ||
         question == Question::starttls || question == Question::auth;
}

// RFC 5321 3.8: a server that shuts down may answer any command with 421.
void answer_too_late(Session& session, ReplySlot& slot) noexcept {
  const ReplySlot asked = slot;
  const bool greeting = asked.question == Question::greeting;
  session.queue.decide(slot, EHLO_E_SHUTDOWN, greeting ? kSlotHello : asked.flags & kSlotHello);
  session.apply_answer(asked, false);
}

// A 3yz is neither positive nor negative for a command. The 354 of DATA is not meant here: it is its positive code.
bool may_be_3yz(const Config& config, const ReplySlot& asked) noexcept {
  return asked.question == Question::command && (config.verb_row(asked.arg).flags & EHLO_COMMAND_REPLY_3YZ);
}

// The enhanced code of a reply for which the program gives none. A positive reply gets that of the library's own reply.
EnhancedCode implied_enhanced(const Session& session, const ReplySlot& asked, std::uint32_t code,
                              bool positive) noexcept {
  // RFC 2034 4: the greeting and the replies to EHLO and HELO have none.
  if ((asked.flags & kSlotHello) || asked.question == Question::greeting) return EHLO_ENHANCED_NONE;
  if (!positive) return class_of(code);
  if (asked.question != Question::command)
    return standard_reply(default_reply(asked, true, session.flags.tls)).enhanced;
  const StandardReply yes = yes_reply(session.config().verb_row(asked.arg));
  return yes.code / 100 == 3 ? class_of(code) : yes.enhanced;
}

// A program may end its text with a line ending, which must not become an empty line.
Bytes without_line_ending(Bytes text) noexcept {
  const bool lf = text.size != 0 && text[text.size - 1] == '\n';
  if (lf) --text.size;
  if (lf && text.size != 0 && text[text.size - 1] == '\r') --text.size;
  return text;
}

}  // namespace

Error Server::accept(std::uint32_t id) noexcept {
  ReplySlot* slot = session_.queue.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  const ReplySlot asked = *slot;
  const std::uint32_t code = asked.question == Question::command ? session_.config().verb_row(asked.arg).yes_code : 0;
  if (is_too_late(session_, asked.question, code)) {
    answer_too_late(session_, *slot);
    return EHLO_OK;
  }
  session_.queue.decide(*slot, default_reply(asked, true, session_.flags.tls));
  session_.apply_answer(asked, true);
  return EHLO_OK;
}

// Needs no memory: where there is none for the program's own text, a refusal must still be possible.
Error Server::decline(std::uint32_t id) noexcept {
  ReplyQueue& queue = session_.queue;
  ReplySlot* slot = queue.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  const ReplySlot asked = *slot;
  const bool greeting = asked.question == Question::greeting;
  if (asked.question == Question::auth)
    queue.decide(*slot, Standard::auth_unavailable);
  else if (greeting)
    queue.decide(*slot, EHLO_E_SHUTDOWN, kSlotHello);
  else if (asked.question == Question::command && asked.arg == EHLO_VERB_UNKNOWN)
    queue.decide(*slot, EHLO_E_UNKNOWN_COMMAND, kSlotNone);
  else if (asked.question == Question::command)
    queue.decide(*slot, no_of(asked.arg));
  else
    queue.decide(*slot, EHLO_E_MEMORY, asked.flags & kSlotHello);
  session_.apply_answer(asked, false);
  if (greeting) session_.end(EHLO_E_SHUTDOWN);
  return EHLO_OK;
}

// The text is stored before anything changes, so that after an error the question is still open.
Error Server::reply(std::uint32_t id, const Answer& answer) noexcept {
  ReplySlot* slot = session_.queue.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  const ReplySlot asked = *slot;
  const bool positive = is_positive(asked.question, answer.code);
  const bool goes_on = positive || (answer.code / 100 == 3 && may_be_3yz(session_.config(), asked));
  if (!goes_on && !is_negative(answer.code)) return EHLO_E_ARGUMENT;
  if (goes_on && is_too_late(session_, asked.question, answer.code)) {
    answer_too_late(session_, *slot);
    return EHLO_OK;
  }
  const TextShape shape = shape_of(asked.question, asked.flags, positive);
  const EnhancedCode implied = implied_enhanced(session_, asked, answer.code, positive);
  std::uint32_t where = 0;
  const Error error = store_answer(answer, shape, implied, asked.flags & kSlotUtf8, where);
  if (error != EHLO_OK) return error;
  session_.queue.decide_text(*slot, where);
  session_.apply_answer(asked, positive);
  if (answer.code == 421) session_.end(EHLO_E_SHUTDOWN);
  return EHLO_OK;
}

Error Server::challenge(std::uint32_t id, Bytes octets) noexcept {
  ReplySlot* slot = session_.queue.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  if (slot->question != Question::auth || octets.size > kMaxChallenge) return EHLO_E_ARGUMENT;
  if (is_too_late(session_, slot->question, 334)) {
    answer_too_late(session_, *slot);
    return EHLO_OK;
  }
  if (!session_.auth.may_challenge(session_.options())) return EHLO_E_STATE;
  std::uint32_t where = 0;
  const TextReply reply{1, static_cast<std::uint32_t>(octets.size), 334, TextShape::challenge, EHLO_ENHANCED_NONE};
  const Error error = session_.texts.add(allocator_, session_.options().reply_text_octets, reply, octets, where);
  if (error != EHLO_OK) return error;
  session_.auth.count_challenge();
  // Not apply_answer(): the exchange continues, and its next line may be read.
  session_.queue.decide_text(*slot, where);
  session_.flags.barrier = false;
  return EHLO_OK;
}

Error Server::refuse_message(const Answer& answer) noexcept {
  ServerTransaction& transaction = session_.transaction;
  const Intake intake = session_.intake();
  // Only while a message arrives. A chunk that the session itself refuses has a reply of its own.
  const bool chunk = intake == Intake::chunk && session_.content.chunk_error() == EHLO_OK;
  const bool arriving =
      intake == Intake::content || chunk || (session_.state() == State::between_chunks && intake == Intake::lines);
  if (!arriving || transaction.refused_by_program) return EHLO_E_STATE;
  if (!is_negative(answer.code)) return EHLO_E_ARGUMENT;
  std::uint32_t where = 0;
  const Error error = store_answer(answer, TextShape::plain, class_of(answer.code), transaction.smtputf8, where);
  if (error != EHLO_OK) return error;
  transaction.refused_by_program = true;
  transaction.refusal = where;
  // The budget for dropped octets begins with the refusal.
  session_.content.forget_dropped();
  return EHLO_OK;
}

Error Server::shutdown(const Answer& answer) noexcept {
  if (session_.is_closing()) return EHLO_E_STATE;
  // RFC 3207 4.1: after the 220 to STARTTLS the server must send nothing in clear text. As long as no octet of the 220
  // has left, it is replaced by the 421.
  const bool going_to_tls = session_.state() == State::tls_pending;
  if (going_to_tls && !session_.queue.is_last_unsent()) {
    session_.end(EHLO_E_SHUTDOWN);
    return EHLO_OK;
  }
  if (answer.text.size == 0) {
    if (going_to_tls) session_.queue.take_back();
    session_.end_with_reply(EHLO_E_SHUTDOWN);
    return EHLO_OK;
  }
  std::uint32_t where = 0;
  const Answer closing{421, answer.enhanced, answer.text};
  const Error error = store_answer(closing, TextShape::plain, EHLO_ENHANCED(4, 3, 2), false, where);
  if (error != EHLO_OK) return error;
  if (going_to_tls) session_.queue.take_back();
  session_.queue.push_text(where);
  session_.end(EHLO_E_SHUTDOWN);
  return EHLO_OK;
}

// Stores the program's text until it is sent. `implied`: the enhanced code if the program gives none.
Error Server::store_answer(const Answer& answer, TextShape shape, EnhancedCode implied, bool utf8,
                           std::uint32_t& where) noexcept {
  const Bytes text = without_line_ending(answer.text);
  if (!is_reply_text(text, utf8)) return EHLO_E_ARGUMENT;
  const bool one_line = shape == TextShape::hello || shape == TextShape::hello_esmtp;
  if (one_line && (text.text().find('\n') != std::string_view::npos || text.size > 200)) return EHLO_E_ARGUMENT;
  if (answer.enhanced != 0 && !agrees(answer.enhanced, answer.code)) return EHLO_E_ARGUMENT;
  // RFC 2034 4: the greeting, the replies to EHLO and HELO, and 3yz have no enhanced code, even if the program gives
  // one.
  const bool as_implied = answer.enhanced == 0 || implied == EHLO_ENHANCED_NONE;
  const EnhancedCode enhanced = as_implied ? implied : answer.enhanced;
  const TextReply reply{1, static_cast<std::uint32_t>(text.size), static_cast<std::uint16_t>(answer.code), shape,
                        enhanced};
  return session_.texts.add(allocator_, session_.options().reply_text_octets, reply, text, where);
}

}  // namespace ehlo
