// The mail transaction: MAIL, RCPT, DATA, BDAT, and what becomes of the message.
#include "server/server.h"

namespace ehlo {

void Server::on_mail(CommandCall& c) noexcept {
  if (messages_ >= options().max_messages && options().max_messages != 0)
    return end_with_reply(EHLO_E_TOO_MANY_MESSAGES);
  // RFC 1870 6.1: what is declared above the limit is refused before it is sent.
  if (options().max_message_octets != 0 && c.event.number > options().max_message_octets)
    return reject(c.call, c.event, {EHLO_E_MESSAGE_TOO_LARGE, 0});
  reset_transaction();
  transaction_.smtputf8 = c.smtputf8;
  transaction_.binary_mime = c.event.kind == EHLO_BODY_BINARYMIME;
  c.event.path = c.command.path;
  if (c.smtputf8) c.event.flags |= EHLO_FLAG_SMTPUTF8;
  ask_or_tell(c, EHLO_SERVER_EVENT_MAIL, EHLO_ASK_MAIL, Question::mail, 0);
}

void Server::on_rcpt(CommandCall& c) noexcept {
  // In LMTP each RCPT has a bit of the session's memory, also one that is refused.
  const bool no_bit = lmtp() && transaction_.recipients >= kRcptFactor * options().max_recipients;
  if (no_bit || transaction_.accepted >= options().max_recipients)
    return reject(c.call, c.event, {EHLO_E_TOO_MANY_RECIPIENTS, 0});
  c.event.path = c.command.path;
  c.event.index = transaction_.recipients++;
  if (lmtp()) add_bit(c.event.index);
  ask_or_tell(c, EHLO_SERVER_EVENT_RCPT, EHLO_ASK_RCPT, Question::rcpt, c.event.index,
              transaction_.smtputf8 ? kSlotUtf8 : kSlotNone);
}

void Server::on_data(CommandCall& c) noexcept {
  // RFC 3030 3: binary content cannot go through DATA.
  if (transaction_.binary_mime) return reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  ask_or_tell(c, EHLO_SERVER_EVENT_DATA, EHLO_ASK_DATA, Question::data, 0);
}

void Server::begin_content() noexcept {
  begin_decoder();
  chunk_last_ = false;
  dropped_ = 0;
  intake_ = Intake::content;
}

void Server::begin_decoder() noexcept {
  decoder_ = DotDecoder(
      {options().max_data_line_octets, options().max_message_octets, static_cast<LineEndings>(options().data_endings)});
}

// Where the number of octets that follow is not known, or the client should not have sent any, the position in the
// stream is lost: nothing behind the line is looked at.
void Server::reject_bdat_line(Call& call, Event& event, Problem problem) noexcept {
  if (problem.error == EHLO_E_LINE_TOO_LONG) problem.error = EHLO_E_BAD_CHUNK;
  event.verb = EHLO_VERB_BDAT;
  reject(call, event, problem);
  end(problem.error);
}

// RFC 3030 2: the octets of a chunk are read whatever becomes of the command.
void Server::on_bdat(CommandCall& c, Problem problem) noexcept {
  if (!problem.ok()) return reject_bdat_line(c.call, c.event, problem);
  Error error = check_moment(config_.verb_row(EHLO_VERB_BDAT));
  if (error == EHLO_OK && state_ == State::has_recipient) begin_decoder();
  // What the program has refused is dropped, however much it is: the reply is the program's.
  if (error == EHLO_OK && !transaction_.refused_by_program && options().max_message_octets != 0 &&
      c.command.number > options().max_message_octets - decoder_.octets())
    error = EHLO_E_MESSAGE_TOO_LARGE;
  chunk_left_ = c.command.number;
  chunk_last_ = (c.command.flags & EHLO_FLAG_LAST) != 0;
  chunk_error_ = error;
  if (!transaction_.refused_by_program) dropped_ = 0;
  intake_ = Intake::chunk;
  // Empty chunks count as idle commands: there is no end to them.
  if (c.command.number != 0) note_useful(commands_);
  c.event.number = c.command.number;
  c.event.flags |= c.command.flags;
  if (error == EHLO_OK) {
    go(Input::chunk);
    c.event.type = EHLO_SERVER_EVENT_BDAT;
    return emit(c.call);
  }
  c.event.type = EHLO_SERVER_EVENT_REJECTED;
  c.event.number = 0;
  c.event.error = error;
  c.event.code = error_reply(error).code;
  emit(c.call);
}

// The octets of a chunk that was refused before them have been read.
void Server::refuse_chunk() noexcept {
  const Error error = chunk_error_;
  chunk_error_ = EHLO_OK;
  if (++errors_ > options().max_errors && options().max_errors != 0) return end_with_reply(EHLO_E_TOO_MANY_ERRORS);
  if (error == EHLO_E_MESSAGE_TOO_LARGE) return refuse_results(error);
  // RFC 2033 4.3: BDAT LAST has as many replies as the transaction has recipients, which may be none.
  if (!(lmtp() && chunk_last_ && error == EHLO_E_NO_RECIPIENTS)) queue_.push(error);
}

void Server::finish_content() noexcept {
  const Error error = judge_message();
  if (error != EHLO_OK || transaction_.refused_by_program) return refuse_results(error);
  begin_results();
}

void Server::begin_results() noexcept {
  transaction_.results_left = lmtp() ? transaction_.accepted : 1;
  intake_ = Intake::results;
}

// Why the message, as far as it has come, is refused, if it is. What could make the next hop see another end of data is
// refused under every policy.
Error Server::judge_message() const noexcept {
  const std::uint8_t seen = decoder_.violations();
  const bool strict = options().data_endings == EHLO_ENDING_REJECT;
  if (seen & EHLO_SEEN_TOO_LARGE) return EHLO_E_MESSAGE_TOO_LARGE;
  if (seen & EHLO_SEEN_FALSE_END) return EHLO_E_FALSE_END;
  if (strict && (seen & EHLO_SEEN_BARE_LF)) return EHLO_E_BARE_LF;
  if (strict && (seen & EHLO_SEEN_BARE_CR)) return EHLO_E_BARE_CR;
  if ((seen & EHLO_SEEN_NUL) && config_.flag(EHLO_SERVER_FLAG_REFUSE_NUL)) return EHLO_E_NUL;
  if (seen & EHLO_SEEN_LONG_LINE) return EHLO_E_DATA_LINE_TOO_LONG;
  return EHLO_OK;
}

// One reply, or in LMTP one for each accepted recipient where a result was due; the envelope is gone with it, and with
// a 421 of the program's the session.
void Server::refuse_results(Error error) noexcept {
  const bool results = intake_ == Intake::content || chunk_last_;
  const std::uint32_t times = lmtp() && results ? transaction_.accepted : 1;
  const bool by_program = transaction_.refused_by_program;
  const bool goodbye = by_program && texts_.reply(transaction_.refusal).code == 421;
  if (by_program) {
    texts_.set_repeat(transaction_.refusal, times);
    queue_.push_text(transaction_.refusal);
  } else {
    queue_.push(error, times);
  }
  abort_transaction(error);
  if (goodbye) end(EHLO_E_SHUTDOWN);
}

// Every result has been given: the envelope is gone, whatever they were (RFC 5321 4.1.1.4).
void Server::finish_message() noexcept {
  if (transaction_.results_left != 0 || queue_.undecided() != 0) return;
  go(Input::message_done);
  reset_transaction();
  intake_ = Intake::lines;
}

// Bits are cleared when they are needed and not before: a transaction costs what it has, whatever it might have.
void Server::add_bit(std::uint32_t recipient) noexcept {
  if (recipient % 8 == 0) accepted()[recipient / 8] = 0;
}

void Server::mark_accepted(std::uint32_t recipient) noexcept {
  ++transaction_.accepted;
  if (lmtp()) accepted()[recipient / 8] |= static_cast<Octet>(1u << recipient % 8);
}

// The first accepted recipient from `from`; there is one.
std::uint32_t Server::next_accepted(std::uint32_t from) const noexcept {
  while (!(accepted()[from / 8] >> from % 8 & 1)) ++from;
  return from;
}

}  // namespace ehlo
