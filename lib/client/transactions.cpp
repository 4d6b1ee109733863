// Who has had an outcome: exactly one for each recipient, whatever happens.
#include "client/client.h"

namespace ehlo {

bool Client::begin_transaction(std::uint32_t recipients) noexcept {
  if (current().number != 0) {
    const Transaction& before = current();
    const auto other = static_cast<std::uint8_t>(1 - current_);
    // RFC 3030 2 leaves open what state a server is in after a refused chunk, so the next one waits for the replies.
    if (transactions_open_[other].number != 0 || before.chunked) return false;
    current_ = other;
  }
  Transaction& transaction = current();
  transaction.begin(0);
  transaction.recipients = recipients;
  for (std::uint32_t i = 0; i < recipients; ++i) transaction.add(i);
  return true;
}

// The slot whose transaction began first, so that events come in the order of transactions.
std::uint8_t Client::older_slot() const noexcept {
  const std::uint32_t first = transactions_open_[0].number, second = transactions_open_[1].number;
  return second != 0 && (first == 0 || second < first) ? 1 : 0;
}

// Whether the state of the session is still that of this transaction.
bool Client::owns_state(std::uint8_t slot) const noexcept {
  return slot == current_ && !transactions_open_[slot].reset_sent;
}

bool Client::is_over(std::uint8_t slot) const noexcept {
  const Transaction& transaction = transactions_open_[slot];
  if (transaction.number == 0 || !transaction.closed || transaction.open != 0 || pending_.holds(slot)) return false;
  // The transaction of an envelope ends when the session is ready for the next.
  return !(transaction.of_envelope && slot == current_ && state_ == ClientState::spent);
}

// The slot whose DONE is due. Transactions end in the order in which they began.
std::uint8_t Client::next_over() const noexcept {
  for (std::uint8_t i = 0; i < kSlots; ++i) {
    const auto slot = static_cast<std::uint8_t>(older_slot() ^ i);
    if (transactions_open_[slot].number != 0) return is_over(slot) ? slot : kNoSlot;
  }
  return kNoSlot;
}

// What an end of the session cuts short: the reply that is being taken, or is awaited, or what comes next. Whether the
// next command of an envelope is in the outbox already depends on how the input was cut, so it counts as awaited.
Decider Client::under_way(std::uint8_t slot) const noexcept {
  if (answered_slot_ == slot) return answered_;
  if (const Pending* awaited = pending_.first_of(slot); awaited != nullptr) return awaited->decider();
  if (slot != current_) return {};
  if (state_ == ClientState::content) return {EHLO_VERB_DATA, true};
  if (state_ == ClientState::chunking) return {EHLO_VERB_BDAT, false};
  if (!job_.started) return {};
  if (job_.sent < job_.recipients) return {EHLO_VERB_RCPT, false};
  return {chunks_wanted(*job_.envelope) ? EHLO_VERB_BDAT : EHLO_VERB_DATA, false};
}

Verdict Client::verdict_of_reply(Expect expect) const noexcept {
  if (reply_.klass() == 2) return EHLO_VERDICT_ACCEPTED;
  // RFC 5321 4.5.3.1.10: 552 to RCPT is what servers of old said for too many recipients.
  if (reply_.klass() == 4 || (expect == Expect::rcpt && reply_.code == 552)) return EHLO_VERDICT_RETRY;
  return EHLO_VERDICT_FAILED;
}

// Gives every open recipient the same outcome, by the reply that is being told.
void Client::settle(std::uint8_t slot, Verdict verdict, OutcomeScope scope) noexcept {
  settlement_ = {true, slot, verdict, scope, answered_, EHLO_OK, reply_.code, reply_.enhanced, true};
  if (reply_.code == 421) settlement_.scope = EHLO_SCOPE_CONNECTION;
}

// The program has ended the transaction itself.
void Client::abandon(std::uint8_t slot) noexcept {
  settle(slot, EHLO_VERDICT_RETRY, EHLO_SCOPE_MESSAGE);
  settlement_.code = settlement_.enhanced = 0;
  settlement_.by_this_reply = false;
  settlement_.error = EHLO_E_SHUTDOWN;
  transactions_open_[slot].closed = true;
}

// A refusal before the end of the content: LMTP has a reply for each recipient (RFC 2033 4.2), so it is that of the
// first.
void Client::refuse_content(Call& call) noexcept {
  const Verdict verdict = verdict_of_reply(Expect::result);
  answered_ = {EHLO_VERB_DATA, true};
  const std::uint32_t first = current().first_open();
  if (!lmtp())
    settle(current_, verdict, EHLO_SCOPE_MESSAGE);
  else if (first != current().recipients)
    tell_outcome(call, current_, first, verdict, EHLO_SCOPE_RECIPIENT);
}

// The same, by the chunk that was refused before the last one. Its reply has been told.
void Client::settle_refused(std::uint8_t slot) noexcept {
  const Transaction& transaction = transactions_open_[slot];
  const Verdict verdict = transaction.refused_code < 500 ? EHLO_VERDICT_RETRY : EHLO_VERDICT_FAILED;
  settlement_ = {true,
                 slot,
                 verdict,
                 EHLO_SCOPE_MESSAGE,
                 {EHLO_VERB_BDAT, false},
                 EHLO_OK,
                 transaction.refused_code,
                 transaction.refused_enhanced,
                 false};
}

// The same, for the end of the connection.
void Client::settle_lost(std::uint8_t slot) noexcept {
  // RFC 3030 2: the chunks behind a refused one are discarded, so what was not said does not matter.
  if (transactions_open_[slot].refused_code != 0) return settle_refused(slot);
  const bool goodbye = end_event_ == EHLO_CLIENT_EVENT_CLOSED && held_ != 0 && reply_.code == 421;
  // RFC 1047, RFC 5321 6.1: the server may have taken the message.
  const Verdict verdict = transactions_open_[slot].content_given ? EHLO_VERDICT_UNKNOWN : EHLO_VERDICT_RETRY;
  const Error error = end_error_ == EHLO_OK && !goodbye ? EHLO_E_SHUTDOWN : end_error_;
  settlement_ = {true, slot, verdict, EHLO_SCOPE_CONNECTION, transactions_open_[slot].under_way, error, 0, 0, goodbye};
  if (!goodbye) return;
  settlement_.code = reply_.code;
  settlement_.enhanced = reply_.enhanced;
}

void Client::tell_outcome(Call& call, std::uint8_t slot, std::uint32_t index, Verdict verdict,
                          OutcomeScope scope) noexcept {
  ClientEvent event = reply_event(call, EHLO_CLIENT_EVENT_OUTCOME, EHLO_VERB_UNKNOWN);
  event.transaction = transactions_open_[slot].number;
  event.index = index;
  event.verdict = verdict;
  event.scope = reply_.code == 421 && event.code != 0 ? OutcomeScope{EHLO_SCOPE_CONNECTION} : scope;
  const Decider by = settlement_.active ? settlement_.by : answered_;
  event.verb = by.verb;
  event.flags = by.content ? std::uint32_t{EHLO_FLAG_LAST} : 0;
  if (settlement_.active) {
    event.error = settlement_.error;
    event.code = settlement_.code;
    event.enhanced = settlement_.enhanced;
    event.scope = settlement_.scope;
    if (!settlement_.by_this_reply) event.reply = event.text = kAbsent;
  }
  emit(call, event);
  transactions_open_[slot].settle(index);
}

}  // namespace ehlo
