// The application behind the library: what `app` says, and acceptance of everything else.
#include "application.h"

#include "match.h"

namespace vectors {
namespace {

struct AskRow {
  std::uint32_t event;
  std::uint32_t bit;
  unsigned positive;  // the reply code of an acceptance
  std::string_view verbs;
};
// What an ask is called in `reply_text`. The reply to a message belongs to DATA or BDAT.
constexpr AskRow kAsks[] = {
    {EHLO_EVENT_GREETING, EHLO_ASK_GREETING, 220, "GREETING"},
    {EHLO_EVENT_HELLO, EHLO_ASK_HELLO, 250, "EHLO HELO LHLO"},
    {EHLO_EVENT_MAIL, EHLO_ASK_MAIL, 250, "MAIL"},
    {EHLO_EVENT_RCPT, EHLO_ASK_RCPT, 250, "RCPT"},
    {EHLO_EVENT_DATA, EHLO_ASK_DATA, 354, "DATA"},
    {EHLO_EVENT_CHUNK, EHLO_ASK_CHUNK, 250, "BDAT"},
    {EHLO_EVENT_MESSAGE, EHLO_ASK_MESSAGE, 250, "DATA BDAT"},
    {EHLO_EVENT_RSET, EHLO_ASK_RSET, 250, "RSET"},
    {EHLO_EVENT_NOOP, EHLO_ASK_NOOP, 250, "NOOP"},
    {EHLO_EVENT_HELP, EHLO_ASK_HELP, 214, "HELP"},
    {EHLO_EVENT_VRFY, EHLO_ASK_VRFY, 252, "VRFY"},
    {EHLO_EVENT_EXPN, EHLO_ASK_EXPN, 252, "EXPN"},
    {EHLO_EVENT_QUIT, EHLO_ASK_QUIT, 221, "QUIT"},
    {EHLO_EVENT_STARTTLS, EHLO_ASK_STARTTLS, 220, "STARTTLS"},
    {EHLO_EVENT_AUTH, EHLO_ASK_AUTH, 235, "AUTH"},
    {EHLO_EVENT_AUTH_RESPONSE, EHLO_ASK_AUTH, 235, "AUTH"},
};

const AskRow* row_of(std::uint32_t event_type) {
  for (const AskRow& row : kAsks)
    if (row.event == event_type) return &row;
  return nullptr;
}

bool has_word(std::string_view words, std::string_view word) {
  return (" " + Bytes(words) + " ").find(" " + Bytes(word) + " ") != Bytes::npos;
}

Bytes verb_of(const Engine& engine, const Event& ask) {
  return ask.type == EHLO_EVENT_GREETING ? "GREETING" : engine.verb_name(ask.verb);
}

std::map<Bytes, unsigned> codes_of(const Json& object) {
  std::map<Bytes, unsigned> codes;
  for (const auto& [address, code] : object.items()) codes[bytes_of(address)] = code.get<unsigned>();
  return codes;
}

std::map<Bytes, Bytes> texts_of(const Json& object) {
  std::map<Bytes, Bytes> texts;
  for (const auto& [key, text] : object.items()) texts[bytes_of(key)] = bytes_of(text);
  return texts;
}

constexpr std::string_view kRefusal = "refused by the application";

}  // namespace

std::uint32_t ask_bit(std::uint32_t event_type) {
  const AskRow* row = row_of(event_type);
  return row == nullptr ? 0 : row->bit;
}

App app_of(const Json& vector) {
  App app;
  if (!vector.contains("app")) return app;
  const Json& object = vector["app"];
  only_keys(object, {"reject_mail", "reject_rcpt", "message_reply", "credentials", "tls_unavailable", "reply_text"},
            "app");
  if (object.contains("reject_mail")) app.reject_mail = codes_of(object["reject_mail"]);
  if (object.contains("reject_rcpt")) app.reject_rcpt = codes_of(object["reject_rcpt"]);
  if (object.contains("credentials")) app.credentials = texts_of(object["credentials"]);
  if (object.contains("reply_text")) app.reply_text = texts_of(object["reply_text"]);
  for (const auto& [verb, text] : app.reply_text) {
    bool known = false;
    for (const AskRow& row : kAsks) known = known || has_word(row.verbs, verb);
    require(known, "bad case: no verb: " + printable(verb) + " in reply_text");
  }
  app.tls_unavailable = object.value("tls_unavailable", false);
  if (object.contains("message_reply")) {
    const Json& codes = object["message_reply"];
    app.reply_per_recipient = codes.is_array();
    if (codes.is_array())
      app.message_reply = codes.get<std::vector<unsigned>>();
    else
      app.message_reply = {codes.get<unsigned>()};
  }
  return app;
}

std::uint32_t asks_of(const App& app) {
  std::uint32_t asks = EHLO_ASK_DEFAULT;
  if (app.tls_unavailable) asks |= EHLO_ASK_STARTTLS;
  for (const auto& [verb, text] : app.reply_text)
    for (const AskRow& row : kAsks)
      if (has_word(row.verbs, verb)) asks |= row.bit;
  return asks;
}

void Application::drop_transaction() {
  transaction_open_ = abort_is_due_ = false;
  from_.clear();
  body_.clear();
  recipients_.clear();
  delivered_.clear();
  next_rcpt_ = 0;
}

void Application::take(const Event& event) {
  switch (event.type) {
    case EHLO_EVENT_MAIL:
      require(!transaction_open_, "MAIL while a transaction is open: no ABORT was told");
      next_rcpt_ = 0;
      break;
    case EHLO_EVENT_RCPT:
      require(transaction_open_, "RCPT without a transaction");
      require(event.index >= next_rcpt_, "the index of RCPT goes backwards");
      next_rcpt_ = event.index + 1;
      break;
    case EHLO_EVENT_BODY:
      require(transaction_open_, "BODY without a transaction");
      require(!event.body.empty(), "BODY without an octet");
      body_ += event.body;
      break;
    case EHLO_EVENT_ABORT:
      require(transaction_open_, "ABORT without a transaction");
      drop_transaction();
      break;
    // An asked EHLO has to be accepted first.
    case EHLO_EVENT_HELLO: abort_is_due_ = event.id == 0 && transaction_open_; break;
    case EHLO_EVENT_RSET: abort_is_due_ = transaction_open_; break;
    case EHLO_EVENT_CLOSE: require(!transaction_open_, "CLOSE while a transaction is open: no ABORT was told"); break;
    case EHLO_EVENT_CHUNK:
    case EHLO_EVENT_MESSAGE:
      require(transaction_open_, "content without a transaction");
      require(event.number == body_.size(), "the number of octets is not that of the content");
      break;
    case EHLO_EVENT_AUTH:
      require(event.text.has_value(), "AUTH without a mechanism");
      mechanism_ = upper(*event.text);
      login_name_.reset();
      break;
    case EHLO_EVENT_AUTH_RESPONSE:
      require(!mechanism_.empty() && event.response.has_value(), "AUTH_RESPONSE outside of an exchange");
      break;
    case EHLO_EVENT_AUTH_ABORT:
      require(!mechanism_.empty(), "AUTH_ABORT outside of an exchange");
      mechanism_.clear();
      break;
    default: break;
  }
}

void Application::check_settled() const { require(!abort_is_due_, "EHLO or RSET in a transaction: no ABORT was told"); }

bool Application::answer(Server& server, const Event& ask) {
  const Answer answer = decide(ask);
  const std::int32_t rc = send(server, ask, answer);
  if (rc == EHLO_E_SPACE) return false;
  require(rc == EHLO_OK, "an answer to " + engine_.event_name(ask.type) + " is refused: " + engine_.error_name(rc));
  note(ask, answer);
  return true;
}

Application::Answer Application::decide(const Event& ask) const {
  switch (ask.type) {
    case EHLO_EVENT_MAIL: {
      const auto found = app_.reject_mail.find(address_of(ask.path));
      return found == app_.reject_mail.end() ? Answer{} : refuse(found->second);
    }
    case EHLO_EVENT_RCPT: {
      const auto found = app_.reject_rcpt.find(address_of(ask.path));
      return found == app_.reject_rcpt.end() ? Answer{} : refuse(found->second);
    }
    case EHLO_EVENT_MESSAGE: return decide_message(ask);
    case EHLO_EVENT_STARTTLS: return app_.tls_unavailable ? refuse(454, "4.7.0") : Answer{};
    case EHLO_EVENT_AUTH:
    case EHLO_EVENT_AUTH_RESPONSE: return decide_auth(ask);
    default: return {};
  }
}

Application::Answer Application::decide_message(const Event& ask) const {
  if (app_.message_reply.empty()) return {};
  if (!app_.reply_per_recipient) return decide(app_.message_reply[0]);
  const auto recipient = recipients_.find(ask.index);
  require(!lmtp_ || recipient != recipients_.end(), "MESSAGE for a recipient that was not accepted");
  const auto which = lmtp_ ? std::distance(recipients_.begin(), recipient) : 0;
  require(static_cast<std::size_t>(which) < app_.message_reply.size(), "bad case: too few codes in message_reply");
  return decide(app_.message_reply[static_cast<std::size_t>(which)]);
}

Application::Answer Application::decide_auth(const Event& ask) const {
  if (mechanism_ == "LOGIN") return decide_login(ask.response);
  if (mechanism_ != "PLAIN") return refuse(504, "5.5.4");
  return ask.response ? judge_plain(*ask.response) : Answer{Answer::Kind::challenge, 0, nullptr, {}};
}

// draft-murchison-sasl-login: the name, then the password; the name may come as the initial response.
Application::Answer Application::decide_login(const std::optional<Bytes>& response) const {
  if (!response) return {Answer::Kind::challenge, 0, nullptr, "Username:"};
  const std::optional<Bytes> text = engine_.decode_base64(*response);
  require(text.has_value(), "a response that is no base64 reaches the application");
  if (!login_name_) return {Answer::Kind::challenge, 0, nullptr, "Password:"};
  return judge(*login_name_, *text);
}

Application::Answer Application::judge_plain(const Bytes& response) const {
  const std::optional<Bytes> message = engine_.decode_base64(response);
  require(message.has_value(), "a response that is no base64 reaches the application");
  const std::optional<PlainMessage> plain = engine_.parse_plain(*message);
  if (!plain) return refuse(501, "5.5.2");
  return judge(plain->authcid, plain->passwd);
}

Application::Answer Application::judge(const Bytes& user, const Bytes& password) const {
  const auto found = app_.credentials.find(user);
  return found != app_.credentials.end() && found->second == password ? Answer{} : refuse(535, "5.7.8");
}

std::int32_t Application::send(Server& server, const Event& ask, const Answer& answer) const {
  if (answer.kind == Answer::Kind::challenge) return server.challenge(ask.id, answer.text);
  const bool accepting = answer.kind == Answer::Kind::accept;
  const auto text = app_.reply_text.find(verb_of(engine_, ask));
  if (text != app_.reply_text.end()) {
    const unsigned code = accepting ? row_of(ask.type)->positive : answer.code;
    const std::int32_t rc = server.reply(ask.id, code, answer.enhanced, text->second);
    // Text that may not be sent: the application then says the same in other words.
    if (rc != EHLO_E_ARGUMENT) return rc;
  }
  return accepting ? server.accept(ask.id) : server.reply(ask.id, answer.code, answer.enhanced, kRefusal);
}

void Application::note(const Event& ask, const Answer& answer) {
  const bool accepted = answer.kind == Answer::Kind::accept ||
                        (answer.kind == Answer::Kind::reply && answer.code >= 200 && answer.code < 300);
  switch (ask.type) {
    case EHLO_EVENT_HELLO: abort_is_due_ = transaction_open_ && accepted; break;
    case EHLO_EVENT_MAIL:
      transaction_open_ = accepted;
      if (accepted) from_ = address_of(ask.path);
      break;
    case EHLO_EVENT_RCPT:
      if (accepted) recipients_[ask.index] = address_of(ask.path);
      break;
    case EHLO_EVENT_MESSAGE: note_message(ask, accepted); break;
    case EHLO_EVENT_AUTH:
    case EHLO_EVENT_AUTH_RESPONSE:
      if (answer.kind != Answer::Kind::challenge)
        mechanism_.clear();
      else if (ask.response)
        login_name_ = engine_.decode_base64(*ask.response);
      break;
    default: break;
  }
}

void Application::note_message(const Event& ask, bool accepted) {
  // RFC 2033 4.2: in LMTP each recipient has a reply of its own, and the message is kept for those that accept.
  if (lmtp_) {
    require(recipients_.contains(ask.index), "MESSAGE for a recipient that was not accepted");
    require(delivered_.emplace(ask.index, accepted).second, "MESSAGE twice for one recipient");
    if (delivered_.size() < recipients_.size()) return;
  }
  Message message{from_, {}, body_};
  for (const auto& [index, address] : recipients_)
    if (lmtp_ ? delivered_[index] : accepted) message.to.push_back(address);
  require(!recipients_.empty(), "MESSAGE without an accepted recipient");
  if (!message.to.empty()) messages_.push_back(std::move(message));
  drop_transaction();
}

}  // namespace vectors
