// The state of a server session, and its changes when a command or a message is accepted, refused or given up. It does
// not read input; reject() looks at the refused line only to classify it. Lines (intake.cpp), commands (commands.h),
// content (content.h) and answers (answer.cpp) act on it.
#pragma once

#include "server/activity.h"
#include "server/auth_exchange.h"
#include "server/content_intake.h"
#include "server/moment.h"
#include "server/pending_events.h"
#include "server/reply_queue.h"
#include "server/text_store.h"
#include "server/transaction.h"

namespace ehlo {

// How the next octets of the input are read.
enum class Intake : std::uint8_t {
  lines,       // commands
  content,     // of DATA
  chunk,       // of BDAT, also one that is refused
  results,     // not at all, until the program has answered for the message
  auth_lines,  // of an exchange
  plaintext,   // after STARTTLS: dropped
  nothing      // after the end: dropped
};

// One bit each, so that an idle session stays small.
struct SessionFlags {
  bool tls : 1 = false;
  bool esmtp : 1 = false;  // EHLO or LHLO, and not HELO, was the last
  bool authenticated : 1 = false;
  bool early_talker : 1 = false;
  bool ill_pipelined : 1 = false;
  bool greeting_asked : 1 = false;
  bool greeting_sent : 1 = false;
  bool barrier : 1 = false;      // the next line waits until all questions are answered
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
  // From now on the next octets are read so.
  void expect(Intake intake) noexcept { intake_ = intake; }
  // Takes the edge of the table, if there is one.
  void go(Input input) noexcept;
  // The error for which a command may not come now; EHLO_OK: it may.
  Error check_moment(const ehlo_verb_row& row) const noexcept {
    return ehlo::check_moment(row, {state_, config_.flag(EHLO_SERVER_FLAG_REQUIRE_TLS) && !flags.tls,
                                    config_.flag(EHLO_SERVER_FLAG_REQUIRE_AUTH), flags.authenticated, flags.esmtp});
  }

  // Emits the event of a refused line and queues its reply.
  void reject(Call& call, Event& event, Problem problem) noexcept;
  // Emits the event, and asks the program if `bit` (EHLO_ASK_*) is among the configured asks; else the default answers.
  // `about`, `slot_flags`: of the place in the reply queue. The check is inline: asking is what most commands do.
  void ask_or_report(Call& call, Event& event, std::uint32_t bit, Question question, std::uint32_t about = 0,
                     std::uint8_t slot_flags = 0) noexcept {
    if (options().asks & bit) return ask(call, event, question, about, slot_flags);
    report(call, question, about, slot_flags, question != Question::auth);
  }
  void ask(Call& call, Event& event, Question question, std::uint32_t about, std::uint8_t slot_flags) noexcept;
  void report(Call& call, Question question, std::uint32_t about, std::uint8_t slot_flags, bool positive) noexcept;
  // Changes the session by an answer. Called once for each question, also where the default answered it.
  void apply_answer(const ReplySlot& asked, bool accepted) noexcept;

  void reset_transaction() noexcept { transaction = {}; }
  void abort_transaction(Error error) noexcept;
  // Refuses the message, with `error` or with the program's reply, and forgets its envelope.
  void finish_refused(Error error) noexcept;
  void begin_results() noexcept;
  void fail_auth() noexcept;
  void begin_tls() noexcept;

  void end(Error why) noexcept;
  void end_with_reply(Error why) noexcept;

  // The largest first, so that no padding makes an idle session larger.
  ReplyQueue queue;
  TextStore texts;
  ContentIntake content;
  RecipientBits recipient_bits;
  ServerTransaction transaction;
  Activity activity;
  PendingEvents pending;
  AuthExchange auth;
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
inline Standard default_reply(const ReplySlot& asked, bool positive, bool tls) noexcept {
  switch (asked.question) {
    case Question::greeting: return Standard::greeting;
    case Question::hello:
      if (!(asked.flags & kSlotEsmtp)) return Standard::hello;
      return tls ? Standard::hello_esmtp_tls : Standard::hello_esmtp;
    case Question::mail: return Standard::mail_ok;
    case Question::rcpt: return Standard::rcpt_ok;
    case Question::data: return Standard::go_ahead;
    case Question::chunk: return Standard::chunk_ok;
    case Question::message: return Standard::message_ok;
    case Question::reset: return Standard::reset_ok;
    case Question::command: return positive ? yes_of(asked.arg) : no_of(asked.arg);
    case Question::quit: return Standard::bye;
    case Question::starttls: return Standard::starttls_ok;
    case Question::auth: return positive ? Standard::auth_ok : Standard::auth_unavailable;
    case Question::none: break;
  }
  return Standard::count;
}

}  // namespace ehlo
