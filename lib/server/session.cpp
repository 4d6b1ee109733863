// The effects on the session when a command or a message is accepted, refused or given up.
#include "server/session.h"

namespace ehlo {

// The queue has one place more than the program asked for: the last reply of the session always fits.
Session::Session(const Config& config, Octet* recipient_bits) noexcept
    : queue(config.options().reply_queue + 1), recipient_bits(recipient_bits), config_(config) {
  flags.tls = config.flag(EHLO_SERVER_FLAG_IMPLICIT_TLS);
}

void Session::go(Input input) noexcept {
  const State next = next_state(state_, input);
  if (next != kNowhere) state_ = next;
}

// Above the limit of errors a 421 replaces the error's own reply, and the session ends.
void Session::reject(Call& call, Event& event, Problem problem) noexcept {
  const StandardReply reply = error_reply(problem.error);
  const bool hello = event.verb == EHLO_VERB_EHLO || event.verb == EHLO_VERB_HELO || event.verb == EHLO_VERB_LHLO;
  event.type = EHLO_SERVER_EVENT_REJECTED;
  event.error = problem.error;
  event.number = problem.at;
  event.code = reply.code;
  event.params = {0, 0};
  event.kind = static_cast<std::uint32_t>(classify_junk(call.input.at(event.line)));
  // A temporary error, such as too many recipients (452), is not the client's fault: it does not count.
  const bool permanent = reply.code >= 500;
  const bool too_many = permanent && activity.count_error(options().max_errors);
  if (too_many) event.code = 421;
  call.events.emit();
  if (too_many) return end_with_reply(EHLO_E_TOO_MANY_ERRORS);
  queue.push(problem.error, 1, hello ? kSlotHello : event.verb == EHLO_VERB_MAIL ? kSlotSender : kSlotNone);
}

void Session::ask(Call& call, Event& event, Question question, std::uint32_t about, std::uint8_t slot_flags) noexcept {
  event.id = queue.ask(question, about, slot_flags, activity.commands());
  // Several recipients may wait for their answers together, and so may the results of LMTP. After any other question
  // nothing is read before the answer.
  flags.barrier = question != Question::rcpt && question != Question::message;
  call.events.emit();
}

void Session::report(Call& call, Question question, std::uint32_t about, std::uint8_t slot_flags,
                     bool positive) noexcept {
  call.events.emit();
  const ReplySlot asked{static_cast<std::uint16_t>(activity.commands()), question, slot_flags, about};
  queue.push(default_reply(asked, positive, flags.tls));
  apply_answer(asked, positive);
}

// A refused MAIL, RCPT, DATA or EHLO leaves the state as it was. A refused chunk ends the transaction: the message has
// failed (RFC 3030 2).
void Session::apply_answer(const ReplySlot& asked, bool accepted) noexcept {
  if (queue.undecided() == 0 || asked.question == Question::rcpt) flags.barrier = false;
  // The session has ended while the question was open: the reply is still sent, but has no other effect.
  if (is_closing()) return;
  switch (asked.question) {
    case Question::greeting: return go(accepted ? Input::greeting_ok : Input::greeting_refused);
    case Question::hello:
      if (accepted) accept_hello(asked.flags);
      return;
    case Question::mail:
      if (!accepted) return reset_transaction();
      activity.count_message();
      activity.note_useful(activity.commands());
      return go(Input::mail);
    case Question::rcpt:
      if (accepted) accept_recipient(asked);
      return;
    case Question::data:
      if (!accepted) return;
      go(Input::data);
      content.begin_data(options());
      return expect(Intake::content);
    case Question::chunk: return accepted ? go(Input::chunk_stored) : abort_transaction(EHLO_OK);
    case Question::starttls:
      if (!accepted) return;
      go(Input::starttls);
      content.forget_dropped();
      return expect(Intake::plaintext);
    case Question::auth:
      if (!accepted) return fail_auth();
      flags.authenticated = true;
      expect(Intake::lines);
      return go(Input::auth_done);
    case Question::quit: return end(EHLO_OK);
    case Question::message: return finish_message();
    case Question::reset:
    case Question::command:
    case Question::none: return;
  }
}

// The answer may come when further commands have been read. The useful one is the RCPT itself, whose number is in the
// slot by its lower bits.
void Session::accept_recipient(const ReplySlot& asked) noexcept {
  ++transaction.accepted;
  recipient_bits.accept(asked.arg);
  activity.note_useful(activity.command_ending(asked.reply));
  go(Input::rcpt);
}

void Session::accept_hello(std::uint8_t slot_flags) noexcept {
  abort_transaction(EHLO_OK);
  flags.esmtp = (slot_flags & kSlotEsmtp) != 0;
  go(Input::hello);
}

void Session::abort_transaction(Error error) noexcept {
  if (has_transaction(state_)) {
    // After the program has been asked for the result of a message, its answer decides and is still sent: no ABORT
    // then.
    if (intake_ != Intake::results || queue.undecided() == 0) pending.abort(error);
    if (intake_ != Intake::nothing) intake_ = Intake::lines;
    go(is_legal(state_, Input::reset) ? Input::reset : Input::message_done);
  }
  reset_transaction();
}

// One reply; in LMTP one for each accepted recipient where the message is complete (RFC 2033 4.2). If the program's
// reply is 421, the session ends too.
void Session::finish_refused(Error error) noexcept {
  const std::uint32_t times = lmtp() && content.is_last() ? transaction.accepted : 1;
  const bool by_program = transaction.refused_by_program;
  const bool goodbye = by_program && texts.reply(transaction.refusal).code == 421;
  if (by_program) {
    texts.set_repeat(transaction.refusal, times);
    queue.push_text(transaction.refusal);
  } else {
    queue.push(error, times);
  }
  abort_transaction(error);
  if (goodbye) end(EHLO_E_SHUTDOWN);
}

void Session::begin_results() noexcept {
  transaction.results_left = lmtp() ? transaction.accepted : 1;
  expect(Intake::results);
}

// After the last result the envelope is cleared, whether the message was accepted or not (RFC 5321 4.1.1.4).
void Session::finish_message() noexcept {
  if (transaction.results_left != 0 || queue.undecided() != 0) return;
  go(Input::message_done);
  reset_transaction();
  expect(Intake::lines);
}

void Session::fail_auth() noexcept {
  go(Input::auth_done);
  expect(Intake::lines);
  auth.fail();
}

// RFC 3207 4.2: the server forgets all that the client said before TLS.
void Session::begin_tls() noexcept {
  flags.tls = true;
  flags.esmtp = false;
  flags.authenticated = false;
  auth.forget();
  if (content.dropped() != 0) pending.plaintext();
  reset_transaction();
  expect(Intake::lines);
  go(Input::tls_started);
}

void Session::end(Error why) noexcept {
  if (is_closing()) return;
  abort_transaction(why);
  go(Input::end);
  expect(Intake::nothing);
  pending.close(why);
  // The program need not decide about a greeting that nobody will read.
  flags.greeting_asked = true;
}

void Session::end_with_reply(Error why) noexcept {
  if (is_closing()) return;
  queue.push(why);
  end(why);
}

}  // namespace ehlo
