// The parts of a client session. Pipeline, Transactions, Job and Announced share state numbers and slots. The free
// functions that take the session keep them consistent: commands.h, auth_exchange.h, content.h and job.h send,
// replies.h takes replies, ending.h ends.
#pragma once

#include "client/announced.h"
#include "client/auth_exchange.h"
#include "client/content.h"
#include "client/job.h"
#include "client/not_offered.h"
#include "client/outcome.h"
#include "client/pipeline.h"
#include "client/transactions.h"

namespace ehlo {

// How the session ended; the last event says so.
struct SessionEnd {
  ClientEventType event = EHLO_CLIENT_EVENT_NONE;  // not given yet
  Error error = EHLO_OK;
  std::uint64_t at = 0;
};

struct ClientSession {
  ClientSession(const ClientConfig& its_config, const Allocator& its_allocator) noexcept
      : config(its_config.take()), allocator(its_allocator), tls(config.flag(EHLO_CLIENT_FLAG_IMPLICIT_TLS)) {}

  bool lmtp() const noexcept { return config.lmtp(); }
  bool pipelining() const noexcept {
    return announced.can_use(EHLO_EXT_PIPELINING) && !config.flag(EHLO_CLIENT_FLAG_NO_PIPELINING);
  }
  bool may_send(ClientInput command) const noexcept { return pipeline.may_send(command, pipelining(), config.rows()); }
  // Also false while an envelope is being sent: single commands wait for it.
  bool may_send_single(ClientInput command) const noexcept { return !job.active() && may_send(command); }
  // As may_send_single, for EHLO, STARTTLS and AUTH, which change the session: all replies must have arrived first.
  bool may_send_alone(ClientInput command) const noexcept { return pipeline.is_quiet() && may_send_single(command); }
  ParamOffer param_offer() const noexcept {
    return {announced.usable(), config.flag(EHLO_CLIENT_FLAG_ANY_PARAMETER), config.rows(),
            announced.rows(config).params};
  }
  // Gives every open recipient of the transaction the same outcome, before anything else happens.
  void begin_settlement(std::uint8_t slot, const Outcome& outcome) noexcept { settlement = {true, slot, outcome}; }

  const ClientConfig& config;
  Allocator allocator;
  Pipeline pipeline;
  Transactions transactions;
  Settlement settlement;
  Job job;
  ContentSender content;
  Announced announced;
  SessionEnd ending;
  ClientAuthExchange auth;
  NotOffered not_offered;

  // The command whose reply is being taken, and its transaction.
  Decider answered;
  std::uint8_t answered_slot = kNoSlot;
  bool tls;
  bool opening = false;      // open() was called, READY has not been given
  bool needs_reset = false;  // content went out and was not taken: the server may still have its envelope
};

}  // namespace ehlo
