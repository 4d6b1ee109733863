// The application behind the library: does what `app` says, and accepts everything else.
#include "application.h"

#include <algorithm>

#include "sasl.h"
#include "support/rows.h"

namespace vectors {
namespace {

struct AskRow {
  std::string_view event;
  Asks asks;
  unsigned positive;  // the reply code of an acceptance
  std::string_view verbs;
  bool declined = false;  // where nobody asks
};
// The name of an ask in `reply_text`. The reply to a message belongs to DATA or BDAT.
constexpr AskRow kAsks[] = {
    {"greeting", {EHLO_ASK_GREETING}, 220, "GREETING"},
    {"hello", {EHLO_ASK_HELLO}, 250, "EHLO HELO LHLO"},
    {"mail", {EHLO_ASK_MAIL}, 250, "MAIL"},
    {"rcpt", {EHLO_ASK_RCPT}, 250, "RCPT"},
    {"data", {EHLO_ASK_DATA}, 354, "DATA"},
    {"chunk", {EHLO_ASK_CHUNK}, 250, "BDAT"},
    {"message", {EHLO_ASK_MESSAGE}, 250, "DATA BDAT"},
    {"rset", {EHLO_ASK_RSET}, 250, "RSET"},
    {"quit", {EHLO_ASK_QUIT}, 221, "QUIT"},
    {"starttls", {EHLO_ASK_STARTTLS}, 220, "STARTTLS"},
    {"auth", {EHLO_ASK_AUTH}, 235, "AUTH"},
    {"auth-response", {EHLO_ASK_AUTH}, 235, "AUTH"},
};

// The asks that come as COMMAND, one row for each verb.
std::vector<AskRow> all_asks() {
  std::vector<AskRow> all(std::begin(kAsks), std::end(kAsks));
  for (const support::VerbRow& row : support::kVerbs)
    if (!(row.flags & EHLO_COMMAND_SESSION))
      all.push_back(
          {"command", {0, EHLO_VERB_BIT(row.id)}, row.yes_code, row.name, (row.flags & EHLO_COMMAND_DECLINED) != 0});
  return all;
}
const std::vector<AskRow>& rows() {
  static const std::vector<AskRow> all = all_asks();
  return all;
}

const AskRow* row_of(const Event& event) {
  for (const AskRow& row : rows())
    if (row.event == event.type && (row.asks.asks != 0 || row.verbs == event.verb)) return &row;
  return nullptr;
}

bool has_word(std::string_view words, std::string_view word) {
  return (" " + Bytes(words) + " ").find(" " + Bytes(word) + " ") != Bytes::npos;
}

// Events with credentials are marked, and a command without any is not (ehlo_server_types.h). A refused line may have
// the mark or not.
void check_secret(const Event& event) {
  const bool is_secret = (event.flags & EHLO_FLAG_SECRET) != 0;
  const bool is_auth = event.type.starts_with("auth");
  require(is_secret || !is_auth, "an event of AUTH is not marked as secret");
  require(!is_secret || is_auth || row_of(event) == nullptr, "a command without credentials is marked as secret");
}

// Whether `allow` or `replies` has a verb of the row.
bool is_named(const App& app, const AskRow& row) {
  const auto has = [&](std::string_view key) { return has_word(row.verbs, key.substr(0, key.find(' '))); };
  return std::ranges::any_of(app.allow, has) ||
         std::ranges::any_of(app.replies, [&](const auto& reply) { return has(reply.first); });
}

App::Reply reply_of(const Json& value) {
  if (!value.is_object()) return {value.get<unsigned>(), std::nullopt, "as the program says"};
  only_keys(value, {"code", "enhanced", "text"}, "a reply of the program");
  App::Reply reply{value.at("code").get<unsigned>(), std::nullopt, "as the program says"};
  if (value.contains("enhanced")) reply.enhanced = value["enhanced"].get<Bytes>();
  if (!value.contains("text")) return reply;
  reply.text.clear();
  const std::vector<Bytes> lines =
      value["text"].is_array() ? byte_list_of(value["text"]) : std::vector{bytes_of(value["text"])};
  for (const Bytes& line : lines) reply.text += (&line == &lines.front() ? "" : "\n") + line;
  return reply;
}

Message::Params params_of(const Event& event) {
  Message::Params params;
  for (const Param& param : event.params) params.emplace_back(upper(param.keyword), param.value);
  return params;
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

}  // namespace

bool is_asked(const Event& event, const Asks& asks) {
  const AskRow* row = row_of(event);
  return row != nullptr && ((row->asks.asks & asks.asks) != 0 || (row->asks.commands & asks.commands) != 0);
}

// The library declines some verbs without an application. An application that says nothing about them does the same.
Asks every_ask(const App& app) {
  Asks every;
  for (const AskRow& row : rows()) {
    if (row.declined && !is_named(app, row)) continue;
    every.asks |= row.asks.asks;
    every.commands |= row.asks.commands;
  }
  return every;
}

App app_of(const Json& vector) {
  App app;
  if (!vector.contains("app")) return app;
  const Json& object = vector["app"];
  only_keys(object,
            {"reject_mail", "reject_rcpt", "message_reply", "credentials", "tls_unavailable", "reply_text", "replies",
             "allow"},
            "app");
  if (object.contains("replies"))
    for (const auto& [key, value] : object["replies"].items()) app.replies[bytes_of(key)] = reply_of(value);
  if (object.contains("allow"))
    for (const Bytes& verb : byte_list_of(object["allow"])) app.allow.insert(verb);
  if (object.contains("reject_mail")) app.reject_mail = codes_of(object["reject_mail"]);
  if (object.contains("reject_rcpt")) app.reject_rcpt = codes_of(object["reject_rcpt"]);
  if (object.contains("credentials")) app.credentials = texts_of(object["credentials"]);
  if (object.contains("reply_text")) app.reply_text = texts_of(object["reply_text"]);
  for (const auto& [verb, text] : app.reply_text) {
    bool known = false;
    for (const AskRow& row : rows()) known = known || has_word(row.verbs, verb);
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

Asks asks_of(const App& app) {
  Asks asks{EHLO_ASK_DEFAULT, 0};
  if (app.tls_unavailable) asks.asks |= EHLO_ASK_STARTTLS;
  for (const AskRow& row : rows()) {
    bool wanted = is_named(app, row);
    for (const auto& [verb, text] : app.reply_text) wanted = wanted || has_word(row.verbs, verb);
    if (!wanted) continue;
    asks.asks |= row.asks.asks;
    asks.commands |= row.asks.commands;
  }
  return asks;
}

void Application::drop_transaction() {
  transaction_open_ = abort_is_due_ = false;
  from_.clear();
  body_.clear();
  params_.clear();
  recipients_.clear();
  rcpt_params_.clear();
  delivered_.clear();
  next_rcpt_ = 0;
}

void Application::take(const Event& event) {
  const Bytes& type = event.type;
  check_secret(event);
  if (type == "mail") {
    require(!transaction_open_, "MAIL while a transaction is open: no ABORT was reported");
    next_rcpt_ = 0;
  } else if (type == "rcpt") {
    require(transaction_open_, "RCPT without a transaction");
    require(event.index >= next_rcpt_, "the index of RCPT goes backwards");
    next_rcpt_ = event.index + 1;
  } else if (type == "body") {
    require(transaction_open_, "BODY without a transaction");
    require(!event.body.empty(), "BODY without an octet");
    body_ += event.body;
  } else if (type == "abort") {
    require(transaction_open_, "ABORT without a transaction");
    drop_transaction();
  } else if (type == "hello") {  // an asked EHLO has to be accepted first
    abort_is_due_ = event.id == 0 && transaction_open_;
  } else if (type == "rset") {
    abort_is_due_ = transaction_open_;
  } else if (type == "close") {
    require(!transaction_open_, "CLOSE while a transaction is open: no ABORT was reported");
  } else if (type == "chunk" || type == "message") {
    require(transaction_open_, "content without a transaction");
    require(event.number == body_.size(), "the number of octets is not that of the content");
  } else if (type == "auth") {
    require(event.text.has_value(), "AUTH without a mechanism");
    mechanism_ = upper(*event.text);
    login_name_.reset();
  } else if (type == "auth-response") {
    require(!mechanism_.empty() && event.response.has_value(), "AUTH_RESPONSE outside of an exchange");
  } else if (type == "auth-abort") {
    require(!mechanism_.empty(), "AUTH_ABORT outside of an exchange");
    mechanism_.clear();
  }
}

void Application::check_settled() const {
  require(!abort_is_due_, "EHLO or RSET in a transaction: no ABORT was reported");
}

Answer Application::answer(const Event& ask, bool own_text) const {
  Answer answer = decide(ask);
  if (!own_text || answer.kind == Answer::Kind::challenge) return answer;
  const auto text = app_.reply_text.find(ask.type == "greeting" ? "GREETING" : ask.verb);
  if (text == app_.reply_text.end()) return answer;
  if (answer.kind == Answer::Kind::accept) answer.code = row_of(ask)->positive;
  answer.kind = Answer::Kind::reply;
  answer.text = text->second;
  answer.own_text = true;
  return answer;
}

void Answer::write(JsonText& out, std::uint32_t id) const {
  out.open('[');
  out.number(id);
  if (kind == Kind::accept) {
    out.octets("accept");
  } else if (kind == Kind::challenge) {
    out.octets("challenge");
    out.octets(text);
  } else {
    out.octets("reply");
    out.number(code);
    if (enhanced != nullptr)
      out.octets(enhanced);
    else
      out.word("null");
    out.octets(text);
  }
  out.close(']');
}

// The longest key that fits wins.
const App::Reply* Application::reply_to(const Event& ask) const {
  Bytes verb = ask.type == "greeting" ? "GREETING" : ask.type == "message" ? "MESSAGE" : ask.verb;
  Bytes argument = ask.path.whole ? ask.path.address : ask.text.value_or("");
  if (ask.type == "command" && ask.kind > ' ') argument.insert(argument.begin(), static_cast<char>(ask.kind));
  auto found = app_.replies.find(verb + " " + argument);
  if (found == app_.replies.end()) found = app_.replies.find(verb);
  return found == app_.replies.end() ? nullptr : &found->second;
}

Answer Application::decide(const Event& ask) const {
  if (const App::Reply* reply = reply_to(ask))
    return {Answer::Kind::reply, reply->code, reply->enhanced ? reply->enhanced->c_str() : nullptr, reply->text};
  if (ask.type == "mail" || ask.type == "rcpt") {
    const auto& refused = ask.type == "mail" ? app_.reject_mail : app_.reject_rcpt;
    const auto found = refused.find(ask.path.address);
    return found == refused.end() ? Answer{} : refuse(found->second);
  }
  if (ask.type == "message") return decide_message(ask);
  if (ask.type == "starttls") return app_.tls_unavailable ? refuse(454, "4.7.0") : Answer{};
  if (ask.type == "auth" || ask.type == "auth-response") return decide_auth(ask);
  return {};
}

Answer Application::decide_message(const Event& ask) const {
  if (app_.message_reply.empty()) return {};
  if (!app_.reply_per_recipient) return decide(app_.message_reply[0]);
  const auto recipient = recipients_.find(ask.index);
  require(!lmtp_ || recipient != recipients_.end(), "MESSAGE for a recipient that was not accepted");
  const auto which = lmtp_ ? std::distance(recipients_.begin(), recipient) : 0;
  require(static_cast<std::size_t>(which) < app_.message_reply.size(), "bad case: too few codes in message_reply");
  return decide(app_.message_reply[static_cast<std::size_t>(which)]);
}

Answer Application::decide_auth(const Event& ask) const {
  if (mechanism_ == "LOGIN") return decide_login(ask.response);
  if (mechanism_ != "PLAIN") return refuse(504, "5.5.4");
  return ask.response ? decide_plain(*ask.response) : Answer{Answer::Kind::challenge, 0, nullptr, {}};
}

// draft-murchison-sasl-login: the name, then the password; the name may come as the initial response.
Answer Application::decide_login(const std::optional<Bytes>& response) const {
  if (!response) return {Answer::Kind::challenge, 0, nullptr, "Username:"};
  const std::optional<Bytes> text = base64_of(*response);
  require(text.has_value(), "a response that is no base64 reaches the application");
  if (!login_name_) return {Answer::Kind::challenge, 0, nullptr, "Password:"};
  return look_up(*login_name_, *text);
}

Answer Application::decide_plain(const Bytes& response) const {
  const std::optional<Bytes> message = base64_of(response);
  require(message.has_value(), "a response that is no base64 reaches the application");
  const std::optional<Plain> plain = plain_of(*message);
  return plain ? look_up(plain->authcid, plain->passwd) : refuse(501, "5.5.2");
}

Answer Application::look_up(const Bytes& user, const Bytes& password) const {
  const auto found = app_.credentials.find(user);
  return found != app_.credentials.end() && found->second == password ? Answer{} : refuse(535, "5.7.8");
}

void Application::note(const Event& ask, const Answer& answer) {
  const bool accepted = answer.kind == Answer::Kind::accept ||
                        (answer.kind == Answer::Kind::reply && answer.code >= 200 && answer.code < 300);
  if (ask.type == "hello") {
    abort_is_due_ = transaction_open_ && accepted;
  } else if (ask.type == "mail") {
    transaction_open_ = accepted;
    if (accepted) from_ = ask.path.address;
    if (accepted) params_ = params_of(ask);
  } else if (ask.type == "rcpt") {
    if (accepted) recipients_[ask.index] = ask.path.address;
    if (accepted) rcpt_params_[ask.index] = params_of(ask);
  } else if (ask.type == "message") {
    note_message(ask, accepted);
  } else if (ask.type == "auth" || ask.type == "auth-response") {
    if (answer.kind != Answer::Kind::challenge)
      mechanism_.clear();
    else if (ask.response)
      login_name_ = base64_of(*ask.response);
  }
}

void Application::note_message(const Event& ask, bool accepted) {
  // RFC 2033 4.2: in LMTP each recipient has a reply of its own, and the message is kept for those that accept.
  if (lmtp_) {
    require(recipients_.contains(ask.index), "MESSAGE for a recipient that was not accepted");
    require(delivered_.emplace(ask.index, accepted).second, "MESSAGE twice for one recipient");
    if (delivered_.size() < recipients_.size()) return;
  }
  Message message{from_, {}, body_, params_};
  for (const auto& [index, address] : recipients_) {
    if (!(lmtp_ ? delivered_[index] : accepted)) continue;
    message.to.push_back(address);
    message.rcpt_params.push_back(rcpt_params_[index]);
  }
  require(!recipients_.empty(), "MESSAGE without an accepted recipient");
  if (!message.to.empty()) messages_.push_back(std::move(message));
  drop_transaction();
}

}  // namespace vectors
