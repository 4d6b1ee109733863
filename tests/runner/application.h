// The application behind the library, as the `app` object of a session describes it: it answers what the session
// asks and keeps the messages that it accepted.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine.h"

namespace vectors {

struct App {
  std::map<Bytes, unsigned> reject_mail, reject_rcpt;
  std::vector<unsigned> message_reply;  // one code for all, or one for each LMTP recipient
  bool reply_per_recipient = false;
  std::map<Bytes, Bytes> credentials;
  std::map<Bytes, Bytes> reply_text;  // by verb
  bool tls_unavailable = false;
};
// The `app` of a case, or one that accepts everything.
App app_of(const Json& vector);
// The EHLO_ASK_* bits of what such an application wants to be asked.
std::uint32_t asks_of(const App& app);
// The bit of EHLO_ASK_* that makes an event of this type an ask; 0 for one that only tells.
std::uint32_t ask_bit(std::uint32_t event_type);
inline constexpr std::uint32_t kEveryAsk = (1u << 15) - 1;

struct Message {
  Bytes from;
  std::vector<Bytes> to;
  Bytes body;
  bool operator==(const Message&) const = default;
};

class Application {
 public:
  Application(const Engine& engine, const App& app, bool lmtp) : engine_(engine), app_(app), lmtp_(lmtp) {}

  // Every event, in order, before any answer.
  void take(const Event& event);
  // Answers an ask. False: there is no space for the text now, the session's output has to be taken first. Throws
  // Fault where the session refuses an answer that fits.
  bool answer(Server& server, const Event& ask);
  // That nothing is owed when the session has said all it has to say.
  void check_settled() const;

  const std::vector<Message>& messages() const { return messages_; }

 private:
  struct Answer {
    enum class Kind { accept, reply, challenge } kind = Kind::accept;
    unsigned code = 0;
    const char* enhanced = nullptr;
    Bytes text;  // of a challenge
  };
  static Answer refuse(unsigned code, const char* enhanced = nullptr) {
    return {Answer::Kind::reply, code, enhanced, {}};
  }
  static Answer decide(unsigned code) { return code == 250 ? Answer{} : refuse(code); }

  Answer decide(const Event& ask) const;
  Answer decide_message(const Event& ask) const;
  Answer decide_auth(const Event& ask) const;
  Answer decide_login(const std::optional<Bytes>& response) const;
  Answer judge_plain(const Bytes& response) const;
  Answer judge(const Bytes& user, const Bytes& password) const;

  std::int32_t send(Server& server, const Event& ask, const Answer& answer) const;
  void note(const Event& ask, const Answer& answer);
  void note_message(const Event& ask, bool accepted);
  void drop_transaction();

  const Engine& engine_;
  const App& app_;
  bool lmtp_;

  bool transaction_open_ = false;
  bool abort_is_due_ = false;
  Bytes from_, body_;
  std::map<std::uint32_t, Bytes> recipients_;  // accepted, by the index of their RCPT
  std::map<std::uint32_t, bool> delivered_;    // LMTP: by the same index
  std::uint32_t next_rcpt_ = 0;
  std::vector<Message> messages_;

  Bytes mechanism_;  // of the exchange that is going on
  std::optional<Bytes> login_name_;
};

}  // namespace vectors
