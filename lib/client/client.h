// A client session: what the server sent in, events out; intents in, commands out (RFC 5321, 2033, 2920, 3030, 3207,
// 4954).
#pragma once

#include "client/announced_rows.h"
#include "client/config.h"
#include "client/envelope.h"
#include "client/event.h"
#include "client/outbox.h"
#include "client/pending.h"
#include "client/state.h"
#include "client/transaction.h"
#include "ehlo_rows.h"
#include "extension/capabilities.h"
#include "syntax/write_command.h"
#include "wire/dot_encoder.h"

namespace ehlo {

using Timeout = ehlo_timeout;

class Client {
 public:
  // nullptr: no memory.
  static Client* create(const ClientConfig& config, const Allocator& allocator) noexcept;
  static void destroy(Client* client) noexcept;

  std::size_t receive(Bytes input, ClientBatch& batch) noexcept;
  std::size_t output(Octet* out, std::size_t capacity) noexcept;

  Error open() noexcept;
  Error transact(const Envelope& envelope) noexcept;

  Error hello(Verb verb) noexcept;
  Error starttls() noexcept;
  Error auth(Bytes mechanism, Bytes response, bool has_response) noexcept;
  Error auth_respond(Bytes response) noexcept;
  Error auth_cancel() noexcept;
  Error mail(Bytes sender, const ParamText* params, std::size_t param_count) noexcept;
  Error rcpt(Bytes recipient, const ParamText* params, std::size_t param_count) noexcept;
  Error data() noexcept;
  Error bdat(Bytes content, bool last, std::size_t& at) noexcept;
  Error reset() noexcept;
  // A plain verb of a row, or one that no row knows. `flags`: EHLO_FLAG_SMTPUTF8.
  Error command(Bytes verb, Bytes text, std::uint32_t flags) noexcept;
  Error quit() noexcept;

  Error body(Bytes content, bool last, SpanList& spans, std::size_t& consumed) noexcept;
  Error body_copy(Bytes content, bool last, Octet* out, std::size_t capacity, std::size_t& written,
                  std::size_t& consumed) noexcept;
  Error abort_data() noexcept;

  Error tls_started() noexcept;
  Error tls_failed() noexcept;
  void eof() noexcept;
  void timed_out() noexcept;
  void abort() noexcept;
  Error release() noexcept;

  std::uint32_t wants() const noexcept;
  Timeout timeout() const noexcept;
  std::uint32_t facts() const noexcept;
  std::uint32_t outstanding() const noexcept { return pending_.total(); }
  std::uint32_t last_transaction() const noexcept { return transactions_; }
  // What the last EHLO_E_NOT_OFFERED was about.
  ExtensionSet lacks() const noexcept { return lacks_; }
  Bytes lacks_keyword() const noexcept { return {lacks_keyword_, lacks_keyword_size_}; }
  const Capabilities& capabilities() const noexcept { return capabilities_; }
  Bytes hello_reply() const noexcept { return {hello_text_, hello_size_}; }
  // Whether the keyword stands in that reply; `arguments` is what follows it there.
  bool offers(Bytes keyword, Span& arguments) const noexcept;

 private:
  static constexpr std::uint8_t kSlots = 2;
  static constexpr std::size_t kKeywordRoom = 64;

  // One call of receive.
  struct Call {
    Bytes input;
    ClientBatch& batch;
    std::size_t used = 0;
    HelloLines hello{};  // of the reply to EHLO or LHLO that was taken last

    Bytes rest() const noexcept { return input.from(used); }
  };
  struct ReplyRow;
  using Handler = void (Client::*)(Call&, const Pending&) noexcept;
  static const ReplyRow kReplyRows[kExpectCount];

  // What is told of recipients, one a step, before anything else happens.
  struct Settlement {
    bool active = false;
    std::uint8_t slot = 0;
    Verdict verdict = EHLO_VERDICT_NONE;
    OutcomeScope scope = EHLO_SCOPE_NONE;
    Decider by;
    Error error = EHLO_OK;
    std::uint32_t code = 0;
    std::uint32_t enhanced = 0;
    bool by_this_reply = false;  // by the one that is being told
  };
  // The envelope whose transaction is being carried out.
  struct Job {
    const Envelope* envelope = nullptr;  // a reference
    std::size_t cursor = 0;              // in its lines
    std::uint32_t recipients = 0;
    std::uint32_t sent = 0;      // RCPT
    std::uint32_t number = 0;    // of its transaction
    bool started = false;        // MAIL has been sent
    bool awaits_chunks = false;  // BDAT: the recipients are settled, the content may come
  };

  Client(const ClientConfig& config, const Allocator& allocator, std::size_t octets) noexcept;

  // intake.cpp
  bool step(Call& call) noexcept;
  bool take_reply(Call& call) noexcept;
  void dispatch(Call& call) noexcept;
  void settle_step(Call& call) noexcept;
  bool finish_step(Call& call) noexcept;
  bool end_step(Call& call) noexcept;
  void emit(Call& call, const ClientEvent& event) noexcept;
  ClientEvent reply_event(const Call& call, ClientEventType type, Verb verb) const noexcept;
  void release_reply(Call& call) noexcept;
  void hold_unreadable(const Call& call, Problem problem) noexcept;

  // replies.cpp
  void on_greeting(Call& call, const Pending& to) noexcept;
  void on_hello(Call& call, const Pending& to) noexcept;
  void on_starttls(Call& call, const Pending& to) noexcept;
  void on_auth(Call& call, const Pending& to) noexcept;
  void on_mail(Call& call, const Pending& to) noexcept;
  void on_rcpt(Call& call, const Pending& to) noexcept;
  void on_data(Call& call, const Pending& to) noexcept;
  void on_chunk(Call& call, const Pending& to) noexcept;
  void on_result(Call& call, const Pending& to) noexcept;
  void on_reset(Call& call, const Pending& to) noexcept;
  void on_query(Call& call, const Pending& to) noexcept;
  void on_quit(Call& call, const Pending& to) noexcept;
  void on_challenge(Call& call) noexcept;
  void tell_reply(Call& call, const Pending& to) noexcept;
  Error store_hello(Bytes reply, const HelloLines& lines) noexcept;
  void forget_hello() noexcept;
  void index_hello() const noexcept;
  const AnnouncedRows& announced_rows() const noexcept;
  template <class T>
  static constexpr std::size_t aligned(std::size_t octets) noexcept {
    return (octets + alignof(T) - 1) / alignof(T) * alignof(T);
  }
  static constexpr std::size_t hello_index_at(std::size_t octets) noexcept { return aligned<Span>(octets); }
  // The last octets of the room for the reply, where there are own rows.
  AnnouncedRows* own_room() const noexcept {
    return reinterpret_cast<AnnouncedRows*>(hello_text_ + hello_capacity_ - sizeof(AnnouncedRows));
  }
  Span* hello_index() const noexcept { return reinterpret_cast<Span*>(hello_text_ + hello_index_at(hello_size_)); }

  // transactions.cpp
  bool begin_transaction(std::uint32_t recipients) noexcept;
  void settle(std::uint8_t slot, Verdict verdict, OutcomeScope scope) noexcept;
  void settle_lost(std::uint8_t slot) noexcept;
  void settle_refused(std::uint8_t slot) noexcept;
  void abandon(std::uint8_t slot) noexcept;
  void tell_outcome(Call& call, std::uint8_t slot, std::uint32_t index, Verdict verdict, OutcomeScope scope) noexcept;
  void refuse_content(Call& call) noexcept;
  bool is_over(std::uint8_t slot) const noexcept;
  std::uint8_t older_slot() const noexcept;
  std::uint8_t next_over() const noexcept;
  bool owns_state(std::uint8_t slot) const noexcept;
  Decider under_way(std::uint8_t slot) const noexcept;
  Verdict verdict_of_reply(Expect expect) const noexcept;

  // transact.cpp
  void pump() noexcept;
  bool pump_step() noexcept;
  bool clear_spent() noexcept;
  bool start_job() noexcept;
  bool send_recipient() noexcept;
  bool begin_content() noexcept;
  void end_job() noexcept;
  void drop_job(std::uint8_t slot) noexcept;
  bool begin_lost_job() noexcept;
  bool chunks_wanted(const Envelope& envelope) const noexcept;

  // commands.cpp
  bool ends_group(const Pending& sent) const noexcept;
  bool can_follow() const noexcept;
  bool may_send(ClientInput step) const noexcept { return is_legal(state_, step) && can_follow(); }
  Error make_room(std::uint32_t octets) noexcept;
  Error send_now(ClientInput step, Expect expect, const CommandText& command) noexcept;
  Error send_command(ClientInput step, Expect expect, const CommandText& command) noexcept;
  Error send_line(Bytes line) noexcept;
  Error send_envelope_line(const EnvelopeCommand& command) noexcept;
  Error say_hello(Verb verb) noexcept;
  Error send_reset() noexcept;
  Error not_offered(const Missing& missing) noexcept;
  void note_sent(Expect expect, Verb verb, std::uint32_t count = 1) noexcept;
  void note_sent_alone(Expect expect, Verb verb) noexcept;

  // plain_command.cpp
  struct PlainCommand {
    Verb id;
    Bytes verb, text;
    bool smtputf8;
  };
  Verb plain_verb(Bytes name) const noexcept;
  const ehlo_verb_row& verb_row(Verb verb) const noexcept;
  bool is_announced(const ehlo_verb_row& row, bool own) const noexcept;
  Missing missing_owners(const ehlo_verb_row& row, bool own) const noexcept;
  Error check_moment(const ehlo_verb_row& row, bool own) noexcept;
  Error send_plain(const PlainCommand& command) noexcept;

  // authentication.cpp
  Error check_auth(Bytes mechanism) const noexcept;
  Error respond_line(Bytes response) noexcept;
  Error cancel_auth() noexcept;

  // content.cpp
  Error begin_chunk(Bytes content, bool last, Octet* header, std::size_t& size, std::size_t& at) noexcept;
  Error send_chunk_line(Bytes content, bool last, std::size_t& at) noexcept;
  Error text_error(Violation kind) const noexcept;
  Error check_text(Bytes content, bool last, DotDecoder& text, std::size_t& at) const noexcept;
  Error check_content() const noexcept;
  Error check_chunk() const noexcept;
  void end_content() noexcept;
  void end_data() noexcept;

  // session.cpp
  void go(ClientInput input) noexcept;
  void end(ClientEventType how, Error why, std::uint64_t at) noexcept;
  void lose_connection() noexcept;
  void fail(Error why, std::uint64_t at = 0) noexcept { end(EHLO_CLIENT_EVENT_ERROR, why, at); }
  bool has_events() const noexcept;
  bool is_idle() const noexcept;

  bool lmtp() const noexcept { return config_.lmtp(); }
  bool pipelining() const noexcept {
    return has(capabilities_.usable, EHLO_EXT_PIPELINING) && !config_.flag(EHLO_CLIENT_FLAG_NO_PIPELINING);
  }
  ParamOffer param_offer() const noexcept {
    return {capabilities_.usable, config_.flag(EHLO_CLIENT_FLAG_ANY_PARAMETER), config_.rows(),
            announced_rows().params};
  }
  Transaction& current() noexcept { return transactions_open_[current_]; }
  const Transaction& current() const noexcept { return transactions_open_[current_]; }

  const ClientConfig& config_;
  Allocator allocator_;
  std::size_t octets_;  // of the block that holds the session

  ReplyParser parser_;
  Reply reply_;  // the one that is being told
  PendingReplies pending_;
  Outbox outbox_;
  Transaction transactions_open_[kSlots];
  Settlement settlement_;
  Job job_;
  union Content {
    Content() noexcept : encoder() {}
    DotEncoder encoder;        // behind 354
    DotDecoder::Carried text;  // of chunks: only what is wrong with it
  };
  Content content_;

  Capabilities capabilities_;
  Octet* hello_text_ = nullptr;
  std::uint32_t hello_size_ = 0, hello_capacity_ = 0;
  mutable std::uint32_t keywords_ = 0;  // in the index of the reply, which is made when it is first asked for
  ExtensionSet lacks_ = 0;

  std::uint64_t end_at_ = 0;
  Error end_error_ = EHLO_OK;
  std::uint32_t transactions_ = 0;  // begun so far
  std::int32_t in_flight_ = 0;      // command lines that left and have had no reply
  std::uint32_t auth_steps_ = 0;
  std::uint32_t held_ = 0;  // octets of the reply that is being told

  ClientState state_ = ClientState::connected;
  ClientEventType end_event_ = EHLO_CLIENT_EVENT_NONE;  // not given yet
  std::uint8_t current_ = 0;                            // the slot that commands belong to
  std::uint8_t answered_slot_ = kNoSlot;                // of the command whose reply is being taken
  Decider answered_;                                    // that command
  bool tls_ = false;
  bool esmtp_ = false;
  bool authenticated_ = false;
  bool opening_ = false;
  bool challenged_ = false;  // a challenge waits for the program
  bool leftover_ = false;    // the last call left input unconsumed
  bool stalled_ = false;     // the last call ran out of room for events
  bool unclear_ = false;     // content went out and has not been taken: what the server keeps of it is not known
  bool eof_ = false;         // the peer has closed; acted on when the input is used up
  bool released_ = false;
  mutable bool indexed_ = false;  // there is that index
  std::uint8_t lacks_keyword_size_ = 0;
  Octet lacks_keyword_[kKeywordRoom];  // ends with NUL
};

}  // namespace ehlo
