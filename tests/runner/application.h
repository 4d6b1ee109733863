// The application behind the library, as the `app` object of a session describes it: it answers what the session
// asks and keeps the messages that it accepted.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "results.h"
#include "support/json_text.h"

namespace vectors {

using support::JsonText;

struct App {
  std::map<Bytes, unsigned> reject_mail, reject_rcpt;
  std::vector<unsigned> message_reply;  // one code for all, or one for each LMTP recipient
  bool reply_per_recipient = false;
  std::map<Bytes, Bytes> credentials;
  std::map<Bytes, Bytes> reply_text;  // by verb
  struct Reply {
    unsigned code = 0;
    std::optional<Bytes> enhanced;
    Bytes text;
  };
  std::map<Bytes, Reply> replies;  // by verb, alone or with its argument
  std::set<Bytes> allow;           // verbs that are declined unless they are here
  bool tls_unavailable = false;
};
// The `app` of a case, or one that accepts everything.
App app_of(const Json& vector);
// What an application wants to be asked: EHLO_ASK_* bits, and of the commands without one EHLO_VERB_BIT().
struct Asks {
  std::uint32_t asks = 0;
  std::uint64_t commands = 0;
};
Asks asks_of(const App& app);
// The asks of an application that has nothing to say about them.
Asks every_ask(const App& app);
// Whether the event is one of these asks.
bool is_asked(const Event& event, const Asks& asks);

struct Message {
  Bytes from;
  std::vector<Bytes> to;
  Bytes body;
  using Params = std::vector<std::pair<Bytes, std::optional<Bytes>>>;  // keyword in upper case, value as sent
  Params params = {};                                                  // of MAIL
  std::vector<Params> rcpt_params = {};                                // for each of `to`
  bool operator==(const Message&) const = default;
};

// How an ask is answered.
struct Answer {
  enum class Kind { accept, reply, challenge } kind = Kind::accept;
  unsigned code = 0;
  const char* enhanced = nullptr;
  Bytes text;
  bool own_text = false;  // from `reply_text`

  // The answer as an item of `answers`.
  void write(JsonText& out, std::uint32_t id) const;
};

class Application {
 public:
  Application(const App& app, bool lmtp) : app_(app), lmtp_(lmtp) {}

  // Every event, in order, before any answer.
  void take(const Event& event);
  // The answer to an ask; without `own_text` it has no text of the case, for where that may not be sent.
  Answer answer(const Event& ask, bool own_text) const;
  // Notes that the session has accepted the answer.
  void note(const Event& ask, const Answer& answer);
  // Checks that no answer is missing when the session has nothing more to send.
  void check_settled() const;

  const std::vector<Message>& messages() const { return messages_; }

 private:
  static Answer refuse(unsigned code, const char* enhanced = nullptr) {
    return {Answer::Kind::reply, code, enhanced, "refused by the application"};
  }
  static Answer decide(unsigned code) { return code == 250 ? Answer{} : refuse(code); }

  Answer decide(const Event& ask) const;
  const App::Reply* reply_to(const Event& ask) const;
  Answer decide_message(const Event& ask) const;
  Answer decide_auth(const Event& ask) const;
  Answer decide_login(const std::optional<Bytes>& response) const;
  Answer decide_plain(const Bytes& response) const;
  Answer look_up(const Bytes& user, const Bytes& password) const;

  void note_message(const Event& ask, bool accepted);
  void drop_transaction();

  const App& app_;
  bool lmtp_;

  bool transaction_open_ = false;
  bool abort_is_due_ = false;
  Bytes from_, body_;
  Message::Params params_;                                // of MAIL
  std::map<std::uint32_t, Bytes> recipients_;             // accepted, by the index of their RCPT
  std::map<std::uint32_t, Message::Params> rcpt_params_;  // by the same index
  std::map<std::uint32_t, bool> delivered_;               // LMTP: by the same index
  std::uint32_t next_rcpt_ = 0;
  std::vector<Message> messages_;

  Bytes mechanism_;  // of the exchange that is going on
  std::optional<Bytes> login_name_;
};

}  // namespace vectors
