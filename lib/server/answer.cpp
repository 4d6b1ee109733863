// The program's answers to what it was asked.
#include "server/server.h"

namespace ehlo {
namespace {

constexpr std::size_t kMaxChallenge = 9000;  // as base64 within the 12288 octets of RFC 4954 4.3

// The one positive code that a question can have, 0 where any of 2yz will do, 1 where there is none.
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

}  // namespace

Standard Server::default_reply(Question question, std::uint32_t about, std::uint8_t flags,
                               bool positive) const noexcept {
  switch (question) {
    case Question::greeting: return Standard::greeting;
    case Question::hello:
      if (!(flags & kSlotEsmtp)) return Standard::hello;
      return tls_ ? Standard::hello_esmtp_tls : Standard::hello_esmtp;
    case Question::mail: return Standard::mail_ok;
    case Question::rcpt: return Standard::rcpt_ok;
    case Question::data: return Standard::go_ahead;
    case Question::chunk: return Standard::chunk_ok;
    case Question::message: return Standard::message_ok;
    case Question::reset: return Standard::reset_ok;
    case Question::command: return positive ? yes_of(about) : no_of(about);
    case Question::quit: return Standard::bye;
    case Question::starttls: return Standard::starttls_ok;
    case Question::auth: return positive ? Standard::auth_ok : Standard::auth_unavailable;
    case Question::none: break;
  }
  return Standard::count;
}

// Whether a yes would let the client go on, to a handshake, content or a session, where nothing follows any more. What
// was asked about a message keeps its answer: the client must know what became of it.
bool Server::is_too_late(Question question, std::uint32_t code) const noexcept {
  if (state_ != State::closing) return false;
  if (question == Question::command) return code / 100 == 3;
  return question == Question::greeting || question == Question::hello || question == Question::data ||
         question == Question::starttls || question == Question::auth;
}

// RFC 5321 3.8: 421 may answer any command.
void Server::answer_too_late(ReplySlot& slot) noexcept {
  const ReplySlot asked = slot;
  queue_.decide(slot, EHLO_E_SHUTDOWN, asked.question == Question::greeting ? kSlotHello : asked.flags & kSlotHello);
  settle(asked, false);
}

Error Server::accept(std::uint32_t id) noexcept {
  ReplySlot* slot = queue_.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  const ReplySlot asked = *slot;
  const std::uint32_t code = asked.question == Question::command ? config_.verb_row(asked.arg).yes_code : 0;
  if (is_too_late(asked.question, code)) {
    answer_too_late(*slot);
    return EHLO_OK;
  }
  queue_.decide(*slot, default_reply(asked.question, asked.arg, asked.flags, true));
  settle(asked, true);
  return EHLO_OK;
}

// Needs no memory: what cannot be said in the program's words must not become a yes.
Error Server::decline(std::uint32_t id) noexcept {
  ReplySlot* slot = queue_.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  const ReplySlot asked = *slot;
  const bool greeting = asked.question == Question::greeting;
  if (asked.question == Question::auth)
    queue_.decide(*slot, Standard::auth_unavailable);
  else if (greeting)
    queue_.decide(*slot, EHLO_E_SHUTDOWN, kSlotHello);
  else if (asked.question == Question::command && asked.arg == EHLO_VERB_UNKNOWN)
    queue_.decide(*slot, EHLO_E_UNKNOWN_COMMAND, kSlotNone);
  else if (asked.question == Question::command)
    queue_.decide(*slot, no_of(asked.arg));
  else
    queue_.decide(*slot, EHLO_E_MEMORY, asked.flags & kSlotHello);
  settle(asked, false);
  if (greeting) end(EHLO_E_SHUTDOWN);
  return EHLO_OK;
}

// The 3yz of DATA is its one positive code.
bool Server::may_be_3yz(const ReplySlot& asked) const noexcept {
  return asked.question == Question::command && (config_.verb_row(asked.arg).flags & EHLO_COMMAND_REPLY_3YZ);
}

// The enhanced code of a yes in the program's words: that of the library's, where the code may have it.
EnhancedCode Server::implied_by_yes(const ReplySlot& asked, std::uint32_t code) const noexcept {
  const bool command = asked.question == Question::command;
  const StandardReply yes = command ? yes_reply(config_.verb_row(asked.arg))
                                    : standard_reply(default_reply(asked.question, asked.arg, asked.flags, true));
  return command && yes.code / 100 == 3 ? class_of(code) : yes.enhanced;
}

Error Server::reply(std::uint32_t id, const Answer& answer) noexcept {
  ReplySlot* slot = queue_.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  const ReplySlot asked = *slot;
  const bool positive = is_positive(asked.question, answer.code);
  const bool goes_on = positive || (answer.code / 100 == 3 && may_be_3yz(asked));
  if (!goes_on && !is_negative(answer.code)) return EHLO_E_ARGUMENT;
  if (goes_on && is_too_late(asked.question, answer.code)) {
    answer_too_late(*slot);
    return EHLO_OK;
  }
  const TextShape shape = shape_of(asked.question, asked.flags, positive);
  const bool silent = (asked.flags & kSlotHello) || asked.question == Question::greeting;
  // Where the program gives no status code, a yes has the one that the library would give.
  EnhancedCode implied = class_of(answer.code);
  if (positive) implied = implied_by_yes(asked, answer.code);
  if (silent) implied = EHLO_ENHANCED_NONE;
  std::uint32_t where = 0;
  const Error error = store_answer(answer, shape, implied, asked.flags & kSlotUtf8, where);
  if (error != EHLO_OK) return error;
  queue_.decide_text(*slot, where);
  settle(asked, positive);
  if (answer.code == 421) end(EHLO_E_SHUTDOWN);
  return EHLO_OK;
}

Error Server::challenge(std::uint32_t id, Bytes octets) noexcept {
  ReplySlot* slot = queue_.find(id);
  if (slot == nullptr) return EHLO_E_ID;
  if (slot->question != Question::auth || octets.size > kMaxChallenge) return EHLO_E_ARGUMENT;
  if (is_too_late(slot->question, 334)) {
    answer_too_late(*slot);
    return EHLO_OK;
  }
  if (auth_steps_ >= options().max_auth_challenges) return EHLO_E_STATE;
  std::uint32_t where = 0;
  const TextReply reply{1, static_cast<std::uint32_t>(octets.size), 334, TextShape::challenge, EHLO_ENHANCED_NONE};
  const Error error = texts_.add(allocator_, options().reply_text_octets, reply, octets, where);
  if (error != EHLO_OK) return error;
  ++auth_steps_;
  queue_.decide_text(*slot, where);
  barrier_ = false;
  return EHLO_OK;
}

Error Server::refuse_message(const Answer& answer) noexcept {
  const bool arriving = intake_ == Intake::content || (intake_ == Intake::chunk && chunk_error_ == EHLO_OK) ||
                        (state_ == State::between_chunks && intake_ == Intake::lines);
  if (!arriving || transaction_.refused_by_program) return EHLO_E_STATE;
  if (!is_negative(answer.code)) return EHLO_E_ARGUMENT;
  std::uint32_t where = 0;
  const Error error = store_answer(answer, TextShape::plain, class_of(answer.code), transaction_.smtputf8, where);
  if (error != EHLO_OK) return error;
  transaction_.refused_by_program = true;
  dropped_ = 0;
  transaction_.refusal = where;
  return EHLO_OK;
}

Error Server::store_answer(const Answer& answer, TextShape shape, EnhancedCode implied, bool utf8,
                           std::uint32_t& where) noexcept {
  Bytes text = answer.text;
  if (text.size != 0 && text[text.size - 1] == '\n') --text.size;
  if (text.size != 0 && text.size != answer.text.size && text[text.size - 1] == '\r') --text.size;
  if (!is_reply_text(text, utf8)) return EHLO_E_ARGUMENT;
  const bool one_line = shape == TextShape::hello || shape == TextShape::hello_esmtp;
  if (one_line && (text.text().find('\n') != std::string_view::npos || text.size > 200)) return EHLO_E_ARGUMENT;
  if (answer.enhanced != 0 && !agrees(answer.enhanced, answer.code)) return EHLO_E_ARGUMENT;
  // RFC 2034 4: where the library has none there is none: the greeting, replies to EHLO and HELO, 3yz.
  const bool as_implied = answer.enhanced == 0 || implied == EHLO_ENHANCED_NONE;
  const EnhancedCode enhanced = as_implied ? implied : answer.enhanced;
  const TextReply reply{1, static_cast<std::uint32_t>(text.size), static_cast<std::uint16_t>(answer.code), shape,
                        enhanced};
  return texts_.add(allocator_, options().reply_text_octets, reply, text, where);
}

// What follows from an answer. Called once for each question, also where the default answered it.
void Server::settle(const ReplySlot& asked, bool accepted) noexcept {
  if (queue_.undecided() == 0 || asked.question == Question::rcpt) barrier_ = false;
  // The session has ended while the question was open: the reply still goes out, nothing follows from it.
  if (state_ == State::closing) return;
  switch (asked.question) {
    case Question::greeting: return go(accepted ? Input::greeting_ok : Input::greeting_refused);
    case Question::hello: return settle_hello(asked.flags, accepted);
    case Question::mail:
      if (!accepted) return reset_transaction();
      ++messages_;
      note_useful(commands_);
      return go(Input::mail);
    case Question::rcpt:
      if (!accepted) return;
      mark_accepted(asked.arg);
      note_useful(commands_ - static_cast<std::uint16_t>(commands_ - asked.reply));
      return go(Input::rcpt);
    case Question::data:
      if (!accepted) return;
      go(Input::data);
      return begin_content();
    case Question::chunk: return accepted ? go(Input::chunk_stored) : abort_transaction(EHLO_OK);
    case Question::starttls:
      if (!accepted) return;
      go(Input::starttls);
      intake_ = Intake::plaintext;
      dropped_ = 0;
      return;
    case Question::auth:
      if (!accepted) return auth_failed();
      authenticated_ = true;
      intake_ = Intake::lines;
      return go(Input::auth_done);
    case Question::quit: return end(EHLO_OK);
    case Question::message: return finish_message();
    case Question::reset:
    case Question::command:
    case Question::none: return;
  }
}

// Answers may come in any order; what counts is the last command that was accepted.
void Server::note_useful(std::uint32_t command) noexcept {
  if (static_cast<std::int32_t>(command - last_useful_) > 0) last_useful_ = command;
}

void Server::settle_hello(std::uint8_t flags, bool accepted) noexcept {
  if (!accepted) return;
  abort_transaction(EHLO_OK);
  esmtp_ = (flags & kSlotEsmtp) != 0;
  go(Input::hello);
}

}  // namespace ehlo
