// The outcome of a recipient: taken or not, by which command, for which reason. Each recipient of a transaction has
// exactly one outcome, whatever happens.
#pragma once

#include "client/call.h"
#include "client/pending.h"

namespace ehlo {

struct Outcome {
  Verdict verdict = EHLO_VERDICT_NONE;
  OutcomeScope scope = EHLO_SCOPE_NONE;
  Decider by;
  bool with_reply = false;  // the reply that is being reported is the reason, so the event carries it
  Error error = EHLO_OK;
  std::uint32_t code = 0;
  std::uint32_t enhanced = 0;
};

// One outcome for all open recipients of a transaction. They may be more than the program has room for in one call, so
// nothing else happens before all of them have been reported.
struct Settlement {
  bool active = false;
  std::uint8_t slot = 0;
  Outcome outcome;
};

// `expect`: the kind of command that the reply belongs to.
Verdict verdict_of(const Reply& reply, Expect expect) noexcept;

// Decided by the reply to the command `by`.
Outcome outcome_of_reply(const Reply& reply, Verdict verdict, OutcomeScope scope, Decider by) noexcept;
// The program has ended the transaction itself, by the command `by`.
Outcome outcome_of_abandoned(Decider by) noexcept;
// Decided by the chunk that was refused before the last one; its reply has been reported before.
Outcome outcome_of_refused_chunk(const Transaction& transaction) noexcept;
// The connection has ended, for the reason `error`. `goodbye`: the 421 that said so; nullptr: there is none.
Outcome outcome_of_lost(const Transaction& transaction, Error error, const Reply* goodbye) noexcept;

void report_outcome(ClientCall& call, Transaction& transaction, std::uint32_t index, const Outcome& outcome) noexcept;

}  // namespace ehlo
