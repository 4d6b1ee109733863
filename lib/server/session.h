// A session without its octets: where the dialogue stands, what the client has done, which replies it is owed, and what
// follows when a command is accepted or refused. Commands (commands.h), content (content.h) and the answers of the
// program (server.h) act on it.
#pragma once

#include "server/activity.h"
#include "server/auth_exchange.h"
#include "server/content_intake.h"
#include "server/pending_events.h"
#include "server/reply_queue.h"
#include "server/state.h"
#include "server/text_store.h"
#include "server/transaction.h"

namespace ehlo {

// What the next octets are.
enum class Intake : std::uint8_t { lines, content, chunk, results, auth_lines, plaintext, nothing };

// Bits, so that an idle session stays small.
struct SessionFlags {
  bool tls : 1 = false;
  bool esmtp : 1 = false;  // EHLO or LHLO, and not HELO, was the last
  bool authenticated : 1 = false;
  bool early_talker : 1 = false;
  bool ill_pipelined : 1 = false;
  bool greeting_asked : 1 = false;
  bool greeting_sent : 1 = false;
  bool barrier : 1 = false;      // the next line waits until all recipients are decided
  bool behind_auth : 1 = false;  // no command could be read since AUTH
  bool leftover : 1 = false;     // the last call of receive left input unconsumed
  bool released : 1 = false;
};

class Session {
 public:
  // `recipient_bits`: memory for the bits of LMTP, nullptr in SMTP.
  Session(const Config& config, Octet* recipient_bits) noexcept;

  const Config& config() const noexcept { return config_; }
  const ServerOptions& options() const noexcept { return config_.options(); }
  const Offer& offer() const noexcept { return config_.offer(flags.tls); }
  bool lmtp() const noexcept { return config_.lmtp(); }
  ContentRules content_rules() const noexcept {
    return {options(), transaction.binary_mime, transaction.refused_by_program};
  }

  State state() const noexcept { return state_; }
  bool is_closing() const noexcept { return state_ == State::closing; }
  Intake intake() const noexcept { return intake_; }
  void expect(Intake intake) noexcept { intake_ = intake; }
  // Takes the edge of the table, if there is one.
  void go(Input input) noexcept;
  // Why a command may not come now, if so.
  Error check_moment(const ehlo_verb_row& row) const noexcept;

  // Emits the event of a refused line and queues its reply.
  void reject(Call& call, Event& event, Problem problem) noexcept;
  // Emits the event and asks the program, if `bit` (EHLO_ASK_*) is among the configured asks; else the default answers.
  // `about`, `slot_flags`: of the place in the reply queue.
  void ask_or_report(Call& call, Event& event, std::uint32_t bit, Question question, std::uint32_t about = 0,
                     std::uint8_t slot_flags = 0) noexcept;
  void ask(Call& call, Event& event, Question question, std::uint32_t about, std::uint8_t slot_flags) noexcept;
  void report(Call& call, Question question, std::uint32_t about, std::uint8_t slot_flags, bool positive) noexcept;
  // What follows from an answer. Called once for each question, also where the default answered it.
  void settle(const ReplySlot& asked, bool accepted) noexcept;

  void reset_transaction() noexcept { transaction = {}; }
  void abort_transaction(Error error) noexcept;
  // The message as far as it has come is refused, with `error` or in the words of the program; its envelope is gone.
  void finish_refused(Error error) noexcept;
  void begin_results() noexcept;
  void fail_auth() noexcept;
  void begin_tls() noexcept;

  void end(Error why) noexcept;
  void end_with_reply(Error why) noexcept;

  ReplyQueue queue;
  TextStore texts;
  ContentIntake content;
  RecipientBits recipient_bits;
  ServerTransaction transaction;
  Activity activity;
  PendingEvents pending;
  ServerAuthExchange auth;
  SessionFlags flags;

 private:
  void accept_recipient(const ReplySlot& asked) noexcept;
  void accept_hello(std::uint8_t slot_flags) noexcept;
  void finish_message() noexcept;

  State state_ = State::connected;
  Intake intake_ = Intake::lines;
  const Config& config_;
};

// The library's own answer to a question.
Standard default_reply(const ReplySlot& asked, bool positive, bool tls) noexcept;

}  // namespace ehlo
