// Outcomes of recipients: how replies and the end of a connection decide them.
#include "client/outcome.h"

namespace ehlo {

Verdict verdict_of(const Reply& reply, Expect expect) noexcept {
  if (reply.code_class() == 2) return EHLO_VERDICT_ACCEPTED;
  // RFC 5321 4.5.3.1.10: old servers say 552 to RCPT for too many recipients.
  if (reply.code_class() == 4 || (expect == Expect::rcpt && reply.code == 552)) return EHLO_VERDICT_RETRY;
  return EHLO_VERDICT_FAILED;
}

Outcome outcome_of_reply(const Reply& reply, Verdict verdict, OutcomeScope scope, Decider by) noexcept {
  // RFC 5321 3.8: 421 is about the connection, whatever command it answers.
  const OutcomeScope reach = reply.code == 421 ? OutcomeScope{EHLO_SCOPE_CONNECTION} : scope;
  return {verdict, reach, by, true, EHLO_OK, reply.code, reply.enhanced};
}

Outcome outcome_of_abandoned(Decider by) noexcept {
  return {EHLO_VERDICT_RETRY, EHLO_SCOPE_MESSAGE, by, false, EHLO_E_SHUTDOWN, 0, 0};
}

Outcome outcome_of_refused_chunk(const Transaction& transaction) noexcept {
  const Verdict verdict = transaction.refused_code < 500 ? EHLO_VERDICT_RETRY : EHLO_VERDICT_FAILED;
  const Decider by{EHLO_VERB_BDAT, false};
  return {verdict, EHLO_SCOPE_MESSAGE, by, false, EHLO_OK, transaction.refused_code, transaction.refused_enhanced};
}

Outcome outcome_of_lost(const Transaction& transaction, Error error, const Reply* goodbye) noexcept {
  // RFC 3030 2: the chunks after a refused one are discarded, so their missing replies do not matter.
  if (transaction.refused_code != 0) return outcome_of_refused_chunk(transaction);
  // RFC 1047, RFC 5321 6.1: the server may have taken the message.
  const Verdict verdict = transaction.content_given ? EHLO_VERDICT_UNKNOWN : EHLO_VERDICT_RETRY;
  if (goodbye != nullptr)
    return {verdict, EHLO_SCOPE_CONNECTION, transaction.under_way, true, error, goodbye->code, goodbye->enhanced};
  const Error reason = error == EHLO_OK ? Error{EHLO_E_SHUTDOWN} : error;
  return {verdict, EHLO_SCOPE_CONNECTION, transaction.under_way, false, reason, 0, 0};
}

void report_outcome(ClientCall& call, Transaction& transaction, std::uint32_t index, const Outcome& outcome) noexcept {
  ClientEvent event = call.reply_event(EHLO_CLIENT_EVENT_OUTCOME, outcome.by.verb);
  event.transaction = transaction.number;
  event.index = index;
  event.verdict = outcome.verdict;
  event.scope = outcome.scope;
  event.flags = outcome.by.content ? std::uint32_t{EHLO_FLAG_LAST} : 0;
  event.error = outcome.error;
  event.code = outcome.code;
  event.enhanced = outcome.enhanced;
  if (!outcome.with_reply) event.reply = event.text = kAbsent;
  call.emit(event);
  transaction.mark_decided(index);
}

}  // namespace ehlo
