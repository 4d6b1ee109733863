// What follows from the replies of a transaction.
#include "client/transaction_replies.h"

#include "client/content.h"
#include "client/ending.h"

namespace ehlo {
namespace {

Outcome outcome_of(const ClientSession& s, const ClientCall& call, const Pending& to, OutcomeScope scope) noexcept {
  return outcome_of_reply(call.reply(), verdict_of(call.reply(), to.expect), scope, s.answered);
}

// Every open recipient has the outcome that the reply gives.
void settle_transaction(ClientSession& s, const ClientCall& call, const Pending& to) noexcept {
  s.begin_settlement(to.slot, outcome_of(s, call, to, EHLO_SCOPE_MESSAGE));
}

}  // namespace

void report_reply(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  ClientEvent event = call.reply_event(EHLO_CLIENT_EVENT_REPLY, to.verb);
  if (to.expect == Expect::mail || to.expect == Expect::rcpt || to.expect == Expect::data || to.expect == Expect::chunk)
    event.transaction = s.transactions.at(to.slot).number;
  if (to.expect == Expect::rcpt) event.index = s.transactions.at(to.slot).replied;
  call.emit(event);
}

void abandon(ClientSession& s, std::uint8_t slot) noexcept {
  s.begin_settlement(slot, outcome_of_abandoned(s.answered));
  s.transactions.at(slot).closed = true;
}

void refuse_content(ClientSession& s, ClientCall& call) noexcept {
  const Verdict verdict = verdict_of(call.reply(), Expect::result);
  const Decider by{EHLO_VERB_DATA, true};
  Transaction& transaction = s.transactions.current();
  if (!s.lmtp()) {
    s.begin_settlement(s.transactions.current_slot(), outcome_of_reply(call.reply(), verdict, EHLO_SCOPE_MESSAGE, by));
    return;
  }
  // RFC 2033 4.2: each recipient has a reply, so this one is the first recipient's.
  const std::uint32_t first = transaction.first_open();
  if (first != transaction.recipients)
    report_outcome(call, transaction, first, outcome_of_reply(call.reply(), verdict, EHLO_SCOPE_RECIPIENT, by));
}

void on_mail(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  report_reply(s, call, to);
  if (call.reply().code_class() == 2) return;
  Transaction& transaction = s.transactions.at(to.slot);
  transaction.mail_refused = true;
  settle_transaction(s, call, to);
  if (!s.transactions.owns_state(to.slot)) return;
  drop_job(s, to.slot);
  s.pipeline.go(ClientInput::mail_refused);
  // With DATA under way the transaction is over when that has had its reply.
  transaction.closed = s.pipeline.state() == ClientState::ready;
}

void on_rcpt(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  report_reply(s, call, to);
  Transaction& transaction = s.transactions.at(to.slot);
  const std::uint32_t index = transaction.replied++;
  const bool accepted = call.reply().code_class() == 2;
  // Without MAIL there is nothing that a recipient could belong to (RFC 5321 3.3): client and server do not agree.
  if (accepted && transaction.mail_refused) return fail(s, EHLO_E_UNEXPECTED_CODE);
  if (accepted)
    ++transaction.accepted;
  else if (index < transaction.recipients && transaction.is_open(index))
    report_outcome(call, transaction, index, outcome_of(s, call, to, EHLO_SCOPE_RECIPIENT));
}

void on_data(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  Transaction& transaction = s.transactions.at(to.slot);
  if (call.reply().code_class() == 3) {
    // RFC 2033 4.2: here DATA must fail, and it is not known how many replies would follow a dot.
    if (s.lmtp() && transaction.accepted == 0) return fail(s, EHLO_E_UNEXPECTED_CODE);
    ClientEvent event = call.reply_event(EHLO_CLIENT_EVENT_GO_AHEAD, to.verb);
    event.transaction = transaction.number;
    call.emit(event);
    s.pipeline.go(ClientInput::go_ahead);
    s.content.begin_data(s.config.endings(), s.config.flag(EHLO_CLIENT_FLAG_REFUSE_NUL));
    if (!transaction.of_envelope || transaction.accepted != 0) return;
    const Error error = send_lone_dot(s);
    if (error != EHLO_OK) fail(s, error);
    return;
  }
  report_reply(s, call, to);
  settle_transaction(s, call, to);
  transaction.closed = true;
  drop_job(s, to.slot);
  s.pipeline.go(transaction.mail_refused ? ClientInput::data_refused_after_mail : ClientInput::data_refused);
}

void on_chunk(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  report_reply(s, call, to);
  if (call.reply().code_class() == 2) return;
  Transaction& transaction = s.transactions.at(to.slot);
  transaction.closed = true;
  // Where the last chunk is on its way, its reply says whether the message was taken in spite of this.
  const bool last_follows = transaction.content_given && call.reply().code != 421;
  if (transaction.refused_code == 0 && !last_follows) {
    settle_transaction(s, call, to);
  } else if (transaction.refused_code == 0) {
    transaction.refused_code = call.reply().code;
    transaction.refused_enhanced = call.reply().enhanced;
  }
  if (!s.transactions.owns_state(to.slot)) return;
  drop_job(s, to.slot);
  s.pipeline.go(ClientInput::chunk_refused);
}

void on_result(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  Transaction& transaction = s.transactions.at(to.slot);
  ClientEvent event = call.reply_event(EHLO_CLIENT_EVENT_RESULT, to.verb);
  event.transaction = transaction.number;
  const bool refused = transaction.refused_code != 0;
  transaction.delivered |= call.reply().code_class() == 2 && !refused;
  // RFC 3030 2: the transaction has failed. If the server took the message in spite of this, it is not known which
  // parts of it.
  const Verdict verdict = refused ? Verdict{EHLO_VERDICT_UNKNOWN} : verdict_of(call.reply(), to.expect);
  // RFC 2033 4.2: one for each accepted recipient, in their order.
  if (s.lmtp()) event.index = transaction.first_open();
  call.emit(event);
  if (refused && call.reply().code_class() != 2)
    s.begin_settlement(to.slot, outcome_of_refused_chunk(transaction));
  else if (!s.lmtp())
    s.begin_settlement(to.slot, outcome_of_reply(call.reply(), verdict, EHLO_SCOPE_MESSAGE, s.answered));
  else if (event.index != transaction.recipients)
    report_outcome(call, transaction, event.index,
                   outcome_of_reply(call.reply(), verdict, EHLO_SCOPE_RECIPIENT, s.answered));
  transaction.closed |= to.count == 1;
  if (transaction.closed && to.slot == s.transactions.current_slot())
    s.needs_reset = !transaction.delivered && !transaction.reset_sent;
  // RFC 3030 2: a BDAT that failed leaves a state that only RSET makes certain.
  if (to.verb == EHLO_VERB_BDAT && transaction.closed && !transaction.delivered && s.transactions.owns_state(to.slot))
    s.pipeline.go(ClientInput::chunk_refused);
}

void on_reset(ClientSession& s, ClientCall& call, const Pending& to) noexcept {
  report_reply(s, call, to);
  if (call.reply().code == 421) return;
  const bool refused = call.reply().code_class() != 2;
  // RFC 5321 4.1.1.5 knows no refusal: it is not known whether the transaction is still open there, so the job of an
  // envelope cannot go on.
  const Transaction& transaction = s.transactions.current();
  const bool of_envelope = s.job.active() || (transaction.number != 0 && transaction.of_envelope);
  // Nor can it go on where the next MAIL has been sent: the earlier recipients might get the next message.
  if (refused && (of_envelope || has_transaction(s.pipeline.state()))) return fail(s, EHLO_E_UNEXPECTED_CODE);
  s.pipeline.go(refused ? ClientInput::reset_refused : ClientInput::reset_ok);
  if (to.slot != kNoSlot) abandon(s, to.slot);
}

}  // namespace ehlo
