// A server session: bytes in, events out; answers in, replies out (RFC 5321, 2033, 2920, 3030, 3207, 4954).
#pragma once

#include "server/config.h"
#include "server/event.h"
#include "server/reply_queue.h"
#include "server/state.h"
#include "server/text_store.h"
#include "wire/dot_decoder.h"
#include "wire/line_framer.h"

namespace ehlo {

// LMTP: how many RCPT commands a transaction may have for each recipient that it may accept.
inline constexpr std::uint32_t kRcptFactor = 8;

using Timeout = ehlo_timeout;

// A reply as the program gives it.
struct Answer {
  std::uint32_t code = 0;
  EnhancedCode enhanced = 0;
  Bytes text;
};

class Server {
 public:
  // nullptr: no memory.
  static Server* create(const Config& config, const Allocator& allocator) noexcept;
  static void destroy(Server* server) noexcept;

  std::size_t receive(Bytes input, Batch& batch) noexcept;
  std::size_t output(Octet* out, std::size_t capacity) noexcept;

  Error accept(std::uint32_t id) noexcept;
  Error decline(std::uint32_t id) noexcept;
  Error reply(std::uint32_t id, const Answer& answer) noexcept;
  Error challenge(std::uint32_t id, Bytes octets) noexcept;
  Error refuse_message(const Answer& answer) noexcept;

  Error tls_started() noexcept;
  Error tls_failed() noexcept;
  void eof() noexcept;
  void timed_out() noexcept;
  Error shutdown(const Answer& answer) noexcept;
  Error release() noexcept;

  std::uint32_t wants() const noexcept;
  Timeout timeout() const noexcept;
  std::uint32_t facts() const noexcept;
  const char* protocol_name() const noexcept;

 private:
  // What the next octets are.
  enum class Intake : std::uint8_t { lines, content, chunk, results, auth_lines, plaintext, nothing };

  // The envelope and what is known of its message; one object, so that a reset forgets all of it.
  struct Transaction {
    bool smtputf8 = false;
    bool binary_mime = false;
    bool refused_by_program = false;
    std::uint32_t refusal = 0;       // where the program's refusal is in the text store
    std::uint32_t recipients = 0;    // RCPT commands judged
    std::uint32_t accepted = 0;      // of them
    std::uint32_t next_result = 0;   // LMTP: the next recipient to ask for
    std::uint32_t results_left = 0;  // MESSAGE questions not asked yet
  };

  // One call of receive.
  struct Call {
    Bytes input;
    Batch& batch;
    bool more;  // the program has shown more than is looked at in one call
    std::size_t used = 0;

    Bytes rest() const noexcept { return input.from(used); }
    bool has_rest() const noexcept { return more || used != input.size; }
  };

  // A command line within the call.
  struct CommandCall {
    Call& call;
    Command& command;
    Event& event;
    bool smtputf8 = false;  // the parameter came with this MAIL
  };

  Server(const Config& config, const Allocator& allocator) noexcept;

  // intake.cpp
  bool has_work(const Call& call) const noexcept;
  bool can_step(const Call& call) noexcept;
  bool step(Call& call) noexcept;
  bool take_line(Call& call) noexcept;
  bool is_barrier(Bytes line) const noexcept;
  bool is_budget_spent(const LineFramer::Frame& frame) noexcept;
  void reject_long_line(Call& call, const LineFramer::Frame& frame) noexcept;
  bool is_secret(Bytes line, Verb verb, const Problem& problem) noexcept;
  void read_line(Call& call, const LineFramer::Frame& frame, std::size_t begin) noexcept;
  bool take_results(Call& call) noexcept;
  bool drop_plaintext(Call& call) noexcept;
  // The place of the next event in the batch, empty. It is an event once it is emitted; no other one comes between.
  static Event& draft(Call& call) noexcept;
  static void emit(Call& call) noexcept { ++call.batch.event_count; }
  bool has_pending() const noexcept { return pending_plaintext_ || pending_abort_ || pending_close_; }
  void emit_pending(Call& call) noexcept;
  void note_bare_lf(Call& call, Span line, std::uint32_t flags) noexcept;
  void note_bare_cr(Call& call, Span line, std::uint32_t flags) noexcept;
  void note_violation(Call& call, Error error, std::uint64_t at, Span line, std::uint32_t flags) noexcept;

  // content.cpp
  template <class Feed>
  DotDecoder::Result decode(Call& call, Bytes input, Feed feed) noexcept;
  bool take_content(Call& call) noexcept;
  void give_body(Call& call, SpanList& spans, std::uint64_t before, bool discard) noexcept;
  Bytes within_budget(Bytes input, bool discard, std::uint64_t before) const noexcept;
  bool take_chunk(Call& call) noexcept;
  bool drop_chunk(Call& call, std::size_t octets) noexcept;
  void give_binary(Call& call, Bytes octets) noexcept;
  void finish_chunk(Call& call) noexcept;

  // commands.cpp
  void dispatch(CommandCall& c) noexcept;
  Error check_moment(const ehlo_verb_row& row) const noexcept;
  void on_hello(CommandCall& c) noexcept;
  void on_reset(CommandCall& c) noexcept;
  void on_command(CommandCall& c, const ehlo_verb_row& row) noexcept;
  bool waits(std::uint32_t verb) const noexcept;
  void on_quit(CommandCall& c) noexcept;
  void on_starttls(CommandCall& c) noexcept;
  void reject(Call& call, Event& event, Problem problem) noexcept;
  // `bit`: EHLO_ASK_*.
  void ask_or_tell(CommandCall& c, EventType type, std::uint32_t bit, Question question, std::uint32_t about,
                   std::uint8_t flags = 0) noexcept;
  void ask_or_tell(Call& call, Event& event, std::uint32_t bit, Question question, std::uint32_t about,
                   std::uint8_t flags) noexcept;
  void ask(Call& call, Event& event, Question question, std::uint32_t about, std::uint8_t flags) noexcept;
  void tell(Call& call, Question question, std::uint32_t about, std::uint8_t flags, bool positive) noexcept;

  // envelope.cpp
  void on_mail(CommandCall& c) noexcept;
  void on_rcpt(CommandCall& c) noexcept;
  void on_data(CommandCall& c) noexcept;
  void on_bdat(CommandCall& c, Problem problem) noexcept;
  void reject_bdat_line(Call& call, Event& event, Problem problem) noexcept;
  void begin_content() noexcept;
  void begin_decoder() noexcept;
  void finish_content() noexcept;
  void refuse_chunk() noexcept;
  void begin_results() noexcept;
  void finish_message() noexcept;
  Error judge_message() const noexcept;
  void refuse_results(Error error) noexcept;
  void add_bit(std::uint32_t recipient) noexcept;
  void mark_accepted(std::uint32_t recipient) noexcept;
  std::uint32_t next_accepted(std::uint32_t from) const noexcept;

  // authentication.cpp
  void on_auth(CommandCall& c) noexcept;
  bool take_auth_line(Call& call) noexcept;
  Event& draft_auth(Call& call, Span line, EventType type) noexcept;
  void abort_auth(Call& call, Span line, Error error) noexcept;
  void auth_failed() noexcept;

  // answer.cpp
  bool is_too_late(Question question, std::uint32_t code) const noexcept;
  bool may_be_3yz(const ReplySlot& asked) const noexcept;
  EnhancedCode implied_by_yes(const ReplySlot& asked, std::uint32_t code) const noexcept;
  void answer_too_late(ReplySlot& slot) noexcept;
  void settle(const ReplySlot& asked, bool accepted) noexcept;
  void note_useful(std::uint32_t command) noexcept;
  void settle_hello(std::uint8_t flags, bool accepted) noexcept;
  Error store_answer(const Answer& answer, TextShape shape, EnhancedCode implied, bool utf8,
                     std::uint32_t& where) noexcept;
  Standard default_reply(Question question, std::uint32_t about, std::uint8_t flags, bool positive) const noexcept;

  // session.cpp
  void go(Input input) noexcept;
  void reset_transaction() noexcept;
  void abort_transaction(Error error) noexcept;
  void end(Error why) noexcept;
  void end_with_reply(Error why) noexcept;

  // output.cpp
  ReplyPosition render(const ReplySlot& slot, std::size_t line, ReplySink& out) const noexcept;
  ReplyPosition render_text(std::uint32_t where, std::size_t line, ReplySink& out) const noexcept;
  void render_hello(const TextReply& reply, Bytes text, ReplySink& out) const noexcept;
  void render_challenge(Bytes octets, ReplySink& out) const noexcept;
  bool is_repeated() noexcept;

  const Offer& offer() const noexcept { return config_.offer(tls_); }
  const ServerOptions& options() const noexcept { return config_.options(); }
  bool lmtp() const noexcept { return config_.lmtp(); }
  // LMTP: a bit for each recipient of the transaction, behind this object; undefined beyond the last.
  Octet* accepted() noexcept { return reinterpret_cast<Octet*>(this + 1); }
  const Octet* accepted() const noexcept { return reinterpret_cast<const Octet*>(this + 1); }

  const Config& config_;
  Allocator allocator_;

  ReplyQueue queue_;
  TextStore texts_;
  LineFramer framer_;
  DotDecoder decoder_;
  Transaction transaction_;

  std::uint64_t chunk_left_ = 0;
  std::uint64_t dropped_ = 0;  // octets read and not looked at: of a refused message, or behind STARTTLS
  Error chunk_error_ = EHLO_OK;
  Error abort_error_ = EHLO_OK;
  Error close_error_ = EHLO_OK;
  std::uint32_t errors_ = 0;
  std::uint32_t commands_ = 0;     // read so far
  std::uint32_t last_useful_ = 0;  // which of them last led towards a message
  std::uint32_t messages_ = 0;
  std::uint32_t auth_attempts_ = 0;
  std::uint32_t auth_steps_ = 0;

  State state_ = State::connected;
  Intake intake_ = Intake::lines;
  bool tls_ = false;
  bool esmtp_ = false;
  bool authenticated_ = false;
  bool greeting_asked_ = false;
  bool greeting_sent_ = false;
  bool chunk_last_ = false;
  bool barrier_ = false;        // the next line waits until all recipients are decided
  bool behind_auth_ = false;    // no command could be read since AUTH
  bool leftover_ = false;       // the last call left input unconsumed
  bool pending_abort_ = false;  // events not given yet
  bool pending_close_ = false;
  bool pending_plaintext_ = false;
  bool early_talker_ = false;
  bool ill_pipelined_ = false;
  bool released_ = false;
};

}  // namespace ehlo
