// The sending side of a pair: a client session and a program that opens it, sends its letters and quits.
#pragma once

#include <functional>

#include "client_link.h"
#include "pair_plan.h"

namespace support {

using CPort = ClientPort<CClient>;

// A call that the program has made, so that it can be made again on another session.
struct ClientCall {
  enum class Kind { show, output, body, other };
  Kind kind;
  std::string octets;  // shown, or given as content
  std::size_t room = 0;
  bool last = false, copied = false;
  std::function<std::int32_t(ehlo_client*)> other;
};

// A letter on its way.
struct Sending {
  std::size_t letter = 0;
  std::uint32_t transaction = 0;
  std::size_t given = 0;     // octets of its content
  std::size_t named = 0;     // by commands: RCPT sent
  std::size_t accepted = 0;  // by commands
  bool content_ended = false;
  bool has_size = false;   // SIZE is offered
  bool by_chunks = false;  // by commands: BDAT
};

// Envelopes outlive every session that they are submitted to.
class Envelopes {
 public:
  explicit Envelopes(const PairPlan& plan) {
    for (const Letter& letter : plan.letters) items_.emplace_back(make(letter));
  }
  const ehlo_envelope* at(std::size_t letter) const { return items_[letter].get(); }

  static std::vector<ehlo_param_text> texts(const ParamPairs& pairs) {
    std::vector<ehlo_param_text> texts;
    for (const auto& [keyword, value] : pairs)
      texts.push_back({keyword.data(), keyword.size(), value.empty() ? nullptr : value.data(), value.size()});
    return texts;
  }

 private:
  static ehlo_envelope* make(const Letter& letter) {
    ehlo_envelope_options options;
    ehlo_envelope_options_init(&options, sizeof options);
    options.sender = letter.sender.data();
    options.sender_length = letter.sender.size();
    const auto params = texts(letter.params);
    options.params = params.data();
    options.param_count = params.size();
    options.size = letter.size;
    options.body = letter.body;
    options.flags = letter.smtputf8 ? EHLO_ENVELOPE_FLAG_SMTPUTF8 : 0;
    ehlo_envelope* envelope = ehlo_envelope_new(&options, nullptr, nullptr);
    if (envelope == nullptr) return nullptr;
    for (const auto& recipient : letter.recipients) {
      const auto given = texts(recipient.params);
      ehlo_envelope_add(envelope, recipient.address.data(), recipient.address.size(), given.data(), given.size());
    }
    return envelope;
  }

  std::vector<CEnvelope> items_;
};

class PairClient {
 public:
  PairClient(const PairPlan& plan, const Envelopes& envelopes, Choices& choices, ehlo_client* client)
      : plan_(plan), envelopes_(envelopes), choices_(choices), client_(client), port_(client) {
    for (std::size_t i = 0; i < plan.letters.size(); ++i)
      require(envelopes.at(i) != nullptr && ehlo_envelope_count(envelopes.at(i)) == plan.letters[i].recipients.size(),
              "a good envelope is taken");
  }

  CPort& port() { return port_; }
  const CPort& port() const { return port_; }
  const std::vector<ClientCall>& calls() const { return calls_; }
  const std::vector<Sending>& sendings() const { return sendings_; }  // in the order of MAIL
  const std::string& content_sent(std::size_t sending) const { return contents_[sending]; }
  bool gave() { return std::exchange(gave_, false); }  // content, since the last call
  bool gave_up() const { return gave_up_; }

  void show(std::string_view octets) {
    calls_.push_back({ClientCall::Kind::show, std::string(octets), 0, false, false, nullptr});
    port_.show(octets);
  }
  // What the program does about events it does when it has them all, or a batch of them.
  bool receive() {
    bool any = false;
    std::vector<ehlo_client_event> events;
    do {
      const auto cap = static_cast<std::uint32_t>(EHLO_CLIENT_EVENTS_MIN + choices_.below(24));
      for (const ehlo::ClientEvent& event : port_.receive(cap)) events.push_back(c_of(event));
      any |= port_.moved();
    } while (plan_.drained && port_.must_receive());
    for (const ehlo_client_event& event : events) take(event);
    return any;
  }
  std::string output(std::size_t capacity) {
    calls_.push_back({ClientCall::Kind::output, "", capacity, false, false, nullptr});
    return port_.output(capacity);
  }
  void eof() {
    call([](ehlo_client* client) { return ehlo_client_eof(client), EHLO_OK; });
  }
  void timed_out() {
    call([](ehlo_client* client) { return ehlo_client_timed_out(client), EHLO_OK; });
  }
  void tls_started() {
    require(call(ehlo_client_tls_started) == EHLO_OK, "the handshake that was asked for may be done");
    needs_open_ = true;
    ready_ = false;
  }
  void abort() {
    call([](ehlo_client* client) { return ehlo_client_abort(client), EHLO_OK; });
    gave_up_ = true;
  }

  // Gives some content; what is to be sent for it, which may be nothing yet.
  std::string body() {
    if (sendings_.empty() || port_.over()) return "";
    Sending& now = sendings_.back();
    const Letter& letter = plan_.letters[now.letter];
    const bool by_chunks = now.by_chunks;
    if (!(port_.wants(EHLO_WANT_BODY))) return by_chunks ? chunk(now, letter) : "";
    const std::string_view left = std::string_view(letter.content).substr(now.given);
    const std::size_t few = std::min<std::size_t>(left.size(), 40);
    const std::size_t size = choices_.one_in(4) || few == 0 ? left.size() : 1 + choices_.below(few);
    const bool last = size == left.size() && (size != 0 || left.empty());
    const std::size_t room = plan_.copied ? choices_.between(64, 300) : choices_.between(EHLO_SPANS_MIN, 20);
    return give(now, left.substr(0, size), last, room);
  }

  // The next thing that the program wants done, if it may be done now.
  bool act() {
    // Without INPUT the session has ended, or waits for the handshake.
    if (port_.over() || quit_ || !(port_.wants() & EHLO_WANT_INPUT)) return false;
    if (needs_open_) {
      if (port_.must_receive() || (opened_ && !(port_.wants() & EHLO_WANT_COMMAND))) return false;
      require(call(ehlo_client_open) == EHLO_OK, "open may be said");
      opened_ = true;
      return !(needs_open_ = false);
    }
    if (by_commands_ || spent_) return command();
    const bool command_wanted = (port_.wants() & EHLO_WANT_COMMAND) != 0;
    if (!command_wanted && !may_submit_early()) return false;
    if (command_wanted && !refused_ && ready_ && prepare()) return true;
    if (!command_wanted && (!ready_ || refused_)) return false;
    if (ready_ && !refused_ && next_ < plan_.letters.size()) return begin_letter(command_wanted);
    if (!command_wanted) return false;
    return quit_ = is_said(call(ehlo_client_quit), "QUIT may be said when a command is wanted");
  }

 private:
  std::int32_t call(std::function<std::int32_t(ehlo_client*)> what) {
    const std::int32_t error = what(port_.get());
    // What was refused has changed nothing, so it needs not be said again.
    if (error == EHLO_OK) calls_.push_back({ClientCall::Kind::other, "", 0, false, false, std::move(what)});
    return error;
  }

  // Whether a command that is wanted was said. A part of a reply that nobody waits for keeps it back.
  bool is_said(std::int32_t error, const char* what) {
    require(error == EHLO_OK || (error == EHLO_E_STATE && !port_.tail().empty()), what);
    return error == EHLO_OK;
  }

  void take(const ehlo_client_event& event) {
    if (event.type == EHLO_CLIENT_EVENT_GREETING && event.code >= 300) {
      refused_ = ready_ = true;
      needs_open_ = false;
    }
    if (event.type == EHLO_CLIENT_EVENT_READY) {
      ready_ = true;
      refused_ = event.error != EHLO_OK;
      extensions_ = event.extensions;
    }
    if (event.type == EHLO_CLIENT_EVENT_CHALLENGE && !(event.flags & EHLO_FLAG_ANSWERED) && event.error == EHLO_OK) {
      const auto respond = [](ehlo_client* client) {
        return ehlo_client_auth_respond(client, kPlain, sizeof kPlain - 1);
      };
      const bool open = (port_.wants() & EHLO_WANT_ANSWER) != 0;  // no goodbye came after it
      require(call(respond) == (open ? EHLO_OK : EHLO_E_STATE), "a challenge may be answered");
    }
    if (sendings_.empty() || !plan_.letters[sendings_.back().letter].by_commands) return;
    Sending& now = sendings_.back();
    if (event.type == EHLO_CLIENT_EVENT_REPLY && event.verb == EHLO_VERB_RCPT) now.accepted += event.code < 300;
    if (event.type == EHLO_CLIENT_EVENT_REPLY && event.verb == EHLO_VERB_MAIL) mail_refused_ |= event.code >= 400;
    if (event.type == EHLO_CLIENT_EVENT_REPLY && event.code >= 400 &&
        (event.verb == EHLO_VERB_DATA || event.verb == EHLO_VERB_BDAT))
      spent_ = !mail_refused_;
    if (event.type == EHLO_CLIENT_EVENT_GO_AHEAD && now.accepted == 0) {
      require(call(ehlo_client_abort_data) == EHLO_OK, "the lone dot may be said");
      now.content_ended = true;
      by_commands_ = false;
    }
    if (event.type == EHLO_CLIENT_EVENT_DONE) by_commands_ = false;
  }

  bool may_submit_early() const {
    return plan_.early && !sendings_.empty() && sendings_.back().content_ended && next_ < plan_.letters.size() &&
           !plan_.letters[next_].by_commands && !plan_.letters[sendings_.back().letter].by_commands;
  }

  // TLS and authentication.
  bool prepare() {
    if (plan_.tls && !tls_tried_ && (extensions_ & EHLO_EXT_BIT(EHLO_EXT_STARTTLS))) {
      tls_tried_ = true;
      return is_said(call(ehlo_client_starttls), "STARTTLS may be said where it is offered");
    }
    if (plan_.auth && !auth_tried_ && (extensions_ & EHLO_EXT_BIT(EHLO_EXT_AUTH))) {
      auth_tried_ = true;
      const bool initial = choices_.one_in(2);
      const auto auth = [initial](ehlo_client* client) {
        return ehlo_client_auth(client, "PLAIN", 5, initial ? kPlain : nullptr, initial ? sizeof kPlain - 1 : 0);
      };
      const std::int32_t error = call(auth);
      return error != EHLO_E_TLS_REQUIRED && is_said(error, "AUTH may be said where it is offered");
    }
    return false;
  }

  bool begin_letter(bool command_wanted) {
    const Letter& letter = plan_.letters[next_];
    const std::int32_t error = letter.by_commands ? mail(letter) : transact();
    if (error == EHLO_E_STATE) {
      require(!command_wanted || !port_.tail().empty() || may_be_spent(),
              "a letter may be begun when a command is wanted");
      if (command_wanted && may_be_spent()) return spent_ = ++clearings_ < 3;
      return false;
    }
    const bool refusal = error == EHLO_E_NOT_OFFERED || error == EHLO_E_TLS_REQUIRED ||
                         error == EHLO_E_MESSAGE_TOO_LARGE || error == EHLO_E_NEEDS_SMTPUTF8;
    require(error == EHLO_OK || refusal, "an error is one that the call names");
    require(error != EHLO_E_NOT_OFFERED || (ehlo_client_lacks(port_.get()) & extensions_) == 0,
            "what is lacked is not offered");
    ++next_;
    if (error != EHLO_OK) return true;
    sendings_.push_back({next_ - 1, ehlo_client_transaction(port_.get()), 0, 0, 0, false,
                         (extensions_ & EHLO_EXT_BIT(EHLO_EXT_SIZE)) != 0, letter.by_commands && by_chunks(letter)});
    contents_.emplace_back();
    by_commands_ = letter.by_commands;
    mail_refused_ = spent_ = data_said_ = false;
    clearings_ = 0;
    port_.expect(sendings_.back().transaction, by_commands_ ? 0 : static_cast<std::uint32_t>(letter.recipients.size()));
    return true;
  }

  // RFC 3030 2: a BDAT that was refused is to be followed by RSET; by commands that is the program's to say.
  bool may_be_spent() const { return clearings_ < 2 && !sendings_.empty() && sendings_.back().by_chunks; }

  std::int32_t transact() {
    const ehlo_envelope* envelope = envelopes_.at(next_);
    return call([envelope](ehlo_client* client) { return ehlo_client_transact(client, envelope); });
  }

  bool by_chunks(const Letter& letter) const {
    return (letter.body == EHLO_BODY_BINARYMIME || (plan_.client.flags & EHLO_CLIENT_FLAG_CHUNKING)) &&
           (extensions_ & EHLO_EXT_BIT(EHLO_EXT_CHUNKING));
  }
  std::int32_t mail(const Letter& letter) {
    static constexpr const char* kBodies[] = {"7BIT", "8BITMIME", "BINARYMIME"};
    ParamPairs params = letter.params;
    if (letter.body != EHLO_BODY_7BIT) params.emplace_back("BODY", kBodies[letter.body]);
    if (letter.smtputf8) params.emplace_back("SMTPUTF8", "");
    const std::string sender = letter.sender;
    return call([params, sender](ehlo_client* client) {
      const auto texts = Envelopes::texts(params);
      return ehlo_client_mail(client, sender.data(), sender.size(), texts.data(), texts.size());
    });
  }

  // A letter by single commands: RCPT for each, then DATA, or RSET where nobody was accepted or it failed.
  bool command() {
    Sending& now = sendings_.back();
    const Letter& letter = plan_.letters[now.letter];
    const bool idle = ehlo_client_outstanding(port_.get()) == 0;
    if (mail_refused_ && idle && !data_said_) return by_commands_ = false, true;
    if (spent_) {
      if (call(ehlo_client_rset) != EHLO_OK) return false;
      return by_commands_ = spent_ = false, true;
    }
    if (!mail_refused_ && now.named < letter.recipients.size()) return name_recipient(now, letter);
    if (idle && now.accepted == 0 && !data_said_ && !mail_refused_) {
      if (!is_said(call(ehlo_client_rset), "RSET may be said when all replies are in")) return false;
      return by_commands_ = false, true;
    }
    if (now.by_chunks || data_said_ || mail_refused_) return false;
    data_said_ = call(ehlo_client_data) == EHLO_OK;
    return data_said_;
  }

  bool name_recipient(Sending& now, const Letter& letter) {
    const Letter::Recipient& recipient = letter.recipients[now.named];
    const std::int32_t error = call([&recipient](ehlo_client* client) {
      const auto texts = Envelopes::texts(recipient.params);
      return ehlo_client_rcpt(client, recipient.address.data(), recipient.address.size(), texts.data(), texts.size());
    });
    if (error == EHLO_E_STATE || error == EHLO_E_SPACE) return false;
    require(error == EHLO_OK || error == EHLO_E_NOT_OFFERED || error == EHLO_E_NEEDS_SMTPUTF8,
            "an error is one that the call names");
    ++now.named;
    if (error == EHLO_OK) {
      names_[now.transaction].push_back(now.named - 1);
      port_.expect(now.transaction, static_cast<std::uint32_t>(names_[now.transaction].size()));
    }
    return true;
  }

  // By commands: BDAT and the octets after it.
  std::string chunk(Sending& now, const Letter& letter) {
    if (!by_commands_ || spent_ || mail_refused_ || now.content_ended || now.named < letter.recipients.size())
      return "";
    const std::string_view left = std::string_view(letter.content).substr(now.given);
    const std::size_t size = choices_.one_in(3) ? left.size() : choices_.below(left.size() + 1);
    const bool last = size == left.size() && choices_.one_in(2);
    const std::string piece(left.substr(0, size));
    const std::int32_t error = call([piece, last](ehlo_client* client) {
      return ehlo_client_bdat(client, piece.data(), piece.size(), last, nullptr);
    });
    if (is_of_content(error)) abort();
    if (error != EHLO_OK) return "";
    std::string wire;
    while (port_.wants() & EHLO_WANT_OUTPUT) wire += output(100);
    wire += piece;
    note_given(now, piece, last);
    return wire;
  }

  static bool is_of_content(std::int32_t error) {
    return error == EHLO_E_BARE_LF || error == EHLO_E_BARE_CR || error == EHLO_E_FALSE_END || error == EHLO_E_NUL;
  }

  std::string give(Sending& now, std::string_view piece, bool last, std::size_t room) {
    if (last) port_.note_content_end(now.transaction);
    const CPort::Given given = port_.body(piece, last, plan_.copied, room);
    const auto error = static_cast<std::int32_t>(given.error);
    if (error == EHLO_OK || plan_.copied)
      calls_.push_back({ClientCall::Kind::body, std::string(piece), room, last, plan_.copied, nullptr});
    if (error == EHLO_E_STATE) return given.wire;
    if (error != EHLO_OK) {
      const bool repaired = plan_.client.data_endings == EHLO_ENDING_NORMALIZE && !by_chunks(plan_.letters[now.letter]);
      require(is_of_content(error) && (!repaired || error == EHLO_E_FALSE_END),
              "content is refused for what is wrong with it");
      abort();
      return given.wire;
    }
    const bool complete = last && given.consumed == piece.size() && !(port_.wants(EHLO_WANT_BODY));
    note_given(now, piece.substr(0, given.consumed), complete);
    return given.wire;
  }

  void note_given(Sending& now, std::string_view piece, bool ended) {
    gave_ = true;
    now.given += piece.size();
    contents_.back() += piece;
    now.content_ended |= ended;
    if (ended) port_.note_content_end(now.transaction);
    if (ended) by_commands_ = false;
  }

 public:
  // By commands: the recipients of the letter that RCPT was sent for, in the order of RCPT.
  std::size_t recipient_of(const Sending& sending, std::uint32_t index) const {
    const auto found = names_.find(sending.transaction);
    return found == names_.end() ? index : found->second[index];
  }

 private:
  static constexpr char kPlain[] = "\0user\0pass";

  const PairPlan& plan_;
  const Envelopes& envelopes_;
  Choices& choices_;
  CClientOwner client_;
  CPort port_;
  std::vector<ClientCall> calls_;
  std::vector<Sending> sendings_;
  std::vector<std::string> contents_;
  std::map<std::uint32_t, std::vector<std::size_t>> names_;
  std::uint64_t extensions_ = 0;
  std::size_t next_ = 0, clearings_ = 0;
  bool needs_open_ = true, opened_ = false, ready_ = false, refused_ = false, quit_ = false;
  bool tls_tried_ = false, auth_tried_ = false, gave_ = false, gave_up_ = false;
  bool by_commands_ = false, mail_refused_ = false, spent_ = false, data_said_ = false;
};

}  // namespace support
