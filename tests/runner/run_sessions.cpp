// sessions.jsonl: whole dialogues with a server. The plain run is compared with the case, every other run with the
// plain one.
#include <algorithm>
#include <set>

#include "kind.h"
#include "parse_calls.h"
#include "reply_reader.h"
#include "sasl.h"
#include "server_play.h"

namespace vectors {
namespace {

struct Session {
  const Json& steps;
  ServerCase setup;
};

bool acts(const Json& step) { return step.contains("send") || step.contains("event"); }

// Compares the plain run with the expectations of its case.
class Expectations {
 public:
  Expectations(const Session& session, const ServerPlay& play) : session_(session), play_(play) {}

  void check() {
    std::size_t action = 0;
    ActionResult before;
    for (std::size_t i = 0; i < session_.steps.size(); ++i) {
      try {
        const Json& step = session_.steps[i];
        if (acts(step)) {
          before = play_.results()[action++];
          check_action(step, before);
        } else {
          check_state(step, before);
        }
      } catch (const Fault& fault) {
        throw Fault("step " + std::to_string(i) + ": " + fault.what());
      }
    }
  }

 private:
  void check_action(const Json& step, const ActionResult& result) {
    const std::vector<Reply> replies = read_replies(result.replies);
    count_hello_commands(result);
    for (const Reply& reply : replies) check_reply(reply);
    if (step.contains("send"))
      only_keys(step, {"send", "expect", "split"}, "a step that sends");
    else
      only_keys(step, {"event", "expect"}, "a step with an event");
    require(!step.contains("send") || step.contains("expect"), "bad case: send without expect");
    check_codes(step.value("expect", Json::array()), replies);
  }

  static void check_codes(const Json& expect, const std::vector<Reply>& replies) {
    require(expect.is_array(), "bad case: expect is no list");
    std::string got;
    for (const Reply& reply : replies) got += " " + std::to_string(reply.code);
    bool good = expect.size() == replies.size();
    for (std::size_t i = 0; good && i < replies.size(); ++i)
      good = is_expected_code(expect[i].is_object() ? expect[i].at("code") : expect[i], replies[i].code);
    require(good, "the replies are" + (got.empty() ? " none" : got) + ", expected " + expect.dump());
    for (std::size_t i = 0; i < replies.size(); ++i)
      if (expect[i].is_object()) check_text(expect[i], replies[i]);
  }

  // The lines of a reply may be expected word by word.
  static void check_text(const Json& expect, const Reply& reply) {
    only_keys(expect, {"code", "enhanced", "text", "first"}, "a reply");
    std::vector<Bytes> texts;
    for (const Bytes& line : reply.lines) {
      const Bytes status = line.substr(0, line.find(' '));
      const bool has_status = status_class(line) != 0;
      if (expect.contains("enhanced")) {
        const Json found = has_status ? Json(status) : Json();
        const Json& wanted = expect["enhanced"];
        require(found == wanted || (wanted.is_array() && std::ranges::find(wanted, found) != wanted.end()),
                "the status code is " + found.dump() + ", expected " + wanted.dump());
      }
      texts.push_back(has_status ? line.substr(std::min(status.size() + 1, line.size())) : line);
    }
    if (expect.contains("text")) {
      const Json& text = expect["text"];
      require(texts == (text.is_array() ? byte_list_of(text) : std::vector{bytes_of(text)}), "the text is another one");
    }
    if (expect.contains("first"))
      require(texts[0].substr(0, texts[0].find(' ')) == bytes_of(expect["first"]), "the text begins with another word");
  }

  void check_state(const Json& step, const ActionResult& result) const {
    only_keys(step, {"closed", "messages", "messages_count", "messages_max", "ehlo_has", "ehlo_lacks"}, "a check");
    require(!step.empty(), "bad case: no step");
    const std::span<const Message> messages = std::span(play_.messages()).first(result.messages);
    if (step.contains("closed"))
      require(step["closed"].get<bool>() == result.closed, result.closed ? "closed" : "not closed");
    if (step.contains("messages")) check_messages(step["messages"], messages);
    const std::string count = std::to_string(messages.size()) + " messages";
    if (step.contains("messages_count")) require(step["messages_count"].get<std::size_t>() == messages.size(), count);
    if (step.contains("messages_max")) require(messages.size() <= step["messages_max"].get<std::size_t>(), count);
    if (step.contains("ehlo_has"))
      for (const Bytes& keyword : byte_list_of(step["ehlo_has"]))
        require(has_keyword(keyword), "EHLO does not offer " + keyword);
    if (step.contains("ehlo_lacks"))
      for (const Bytes& keyword : byte_list_of(step["ehlo_lacks"]))
        require(!has_keyword(keyword), "EHLO offers " + keyword);
  }

  static void check_messages(const Json& expect, std::span<const Message> messages) {
    require(expect.is_array() && expect.size() == messages.size(), std::to_string(messages.size()) + " messages");
    for (std::size_t i = 0; i < messages.size(); ++i) {
      only_keys(expect[i], {"from", "to", "body", "params", "rcpt_params"}, "a message");
      require(bytes_of(expect[i].at("from")) == messages[i].from, "a message is from " + printable(messages[i].from));
      std::string to;
      for (const Bytes& recipient : messages[i].to) to += " " + printable(recipient);
      require(byte_list_of(expect[i].at("to")) == messages[i].to, "a message is to" + to);
      require(bytes_of(expect[i].at("body")) == messages[i].body, "the body is " + printable(messages[i].body));
      if (expect[i].contains("params"))
        require(params_in(expect[i]["params"]) == messages[i].params, "the message has other parameters of MAIL");
      if (!expect[i].contains("rcpt_params")) continue;
      std::vector<Message::Params> all;
      for (const Json& params : expect[i]["rcpt_params"]) all.push_back(params_in(params));
      require(all == messages[i].rcpt_params, "the message has other parameters of RCPT");
    }
  }

  static Message::Params params_in(const Json& pairs) {
    Message::Params params;
    for (const Json& pair : pairs)
      params.emplace_back(bytes_of(pair.at(0)), pair.at(1).is_null() ? std::nullopt : std::optional(bytes_of(pair[1])));
    return params;
  }

  // The reply to a refused EHLO may be without a status code (RFC 2034 3), and looks like any other refusal.
  void count_hello_commands(const ActionResult& result) {
    const auto is_hello = [](std::string_view verb) { return verb == "EHLO" || verb == "LHLO" || verb == "HELO"; };
    for (; event_ < result.events; ++event_) {
      const Event& event = *play_.log().events()[event_];
      if (event.type == "hello") hello_verbs_.push_back(event.verb);
      const Bytes word = event.line ? first_word(*event.line) : "";
      if (event.type == "rejected" && (is_hello(event.verb) || is_hello(word))) ++refused_hellos_;
    }
  }

  void check_reply(const Reply& reply) {
    const bool greeting = !std::exchange(greeted_, true);
    if (greeting) return;
    const bool hello = reply.code == 250 && first_word(reply.lines[0]) == upper(kHostname);
    if (hello) return note_hello(reply);
    const unsigned expected = reply.code / 100;
    for (const Bytes& line : reply.lines) {
      const unsigned status = status_class(line);
      const std::string shown = std::to_string(reply.code) + " " + printable(line);
      if (expected == 3) {
        require(status == 0, "a 3yz reply with a status code: " + shown);
      } else if (session_.setup.config.offers("ENHANCEDSTATUSCODES") && status != expected) {
        require(status == 0 && expected > 3 && refused_hellos_ > 0, "no status code of its class: " + shown);
      }
    }
    if (expected > 3 && status_class(reply.lines[0]) == 0 && refused_hellos_ > 0) --refused_hellos_;
  }

  void note_hello(const Reply& reply) {
    require(next_hello_ < hello_verbs_.size(), "a reply to EHLO that nobody sent");
    if (hello_verbs_[next_hello_++] == "HELO") {
      require(reply.lines.size() == 1, "the reply to HELO has keywords");
      return;
    }
    keywords_.clear();
    for (std::size_t i = 1; i < reply.lines.size(); ++i) keywords_.push_back(first_word(reply.lines[i]));
    known_keywords_ = true;
  }

  bool has_keyword(const Bytes& keyword) const {
    require(known_keywords_, "bad case: no EHLO before");
    return std::find(keywords_.begin(), keywords_.end(), upper(keyword)) != keywords_.end();
  }

  const Session& session_;
  const ServerPlay& play_;
  bool greeted_ = false;
  std::size_t event_ = 0;
  std::vector<Bytes> hello_verbs_;
  std::size_t next_hello_ = 0, refused_hellos_ = 0;
  std::vector<Bytes> keywords_;
  bool known_keywords_ = false;
};

void require_same(const ServerPlay& plain, const ServerPlay& other) {
  for (std::size_t i = 0; i < plain.results().size(); ++i) {
    const std::string where = "action " + std::to_string(i) + ": ";
    const ActionResult &a = plain.results()[i], &b = other.results()[i];
    if (a.replies != b.replies)
      throw Fault(where + "the replies are " + printable(b.replies) + ", not " + printable(a.replies));
    if (a.closed != b.closed) throw Fault(where + (b.closed ? "closed" : "not closed"));
    if (a.messages != b.messages) throw Fault(where + "another number of messages");
  }
  require(plain.messages() == other.messages(), "other messages");
  require_same_log(plain, other);
}

// Checks that the library reads the responses of SASL as the application here does.
void check_responses(Testee& testee, const ServerPlay& plain) {
  Request request;
  std::vector<Bytes> expected;
  for (const auto& event : plain.log().events()) {
    if (!event->response || !event->type.starts_with("auth")) continue;
    request.call("decode_base64").field("text", event->response);
    expected.push_back(base64_of(*event->response).value_or("(no base64)"));
  }
  if (expected.empty()) return;
  const std::vector<ResultPtr> decoded = testee.ask(request);
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    require_result(*decoded[i], "decode_base64");
    require(octets_in(decoded[i]->json(), "octets").value_or("(no base64)") == expected[i], "base64 is read otherwise");
    request.call("parse_plain").field("octets", expected[i]);
  }
  const std::vector<ResultPtr> parsed = testee.ask(request);
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    require_result(*parsed[i], "parse_plain");
    const std::optional<Plain> plain_message = plain_of(expected[i]);
    const Json& got = parsed[i]->json();
    require(plain_message.has_value() == parsed[i]->error().empty(), "PLAIN is accepted or not");
    if (!plain_message) continue;
    require(octets_in(got, "authzid").value_or("") == plain_message->authzid &&
                octets_in(got, "authcid").value_or("") == plain_message->authcid &&
                octets_in(got, "passwd").value_or("") == plain_message->passwd,
            "PLAIN is read otherwise");
  }
}

std::vector<Action> actions_of(const Json& steps) {
  std::vector<Action> actions;
  for (const Json& step : steps) {
    require(step.is_object(), "bad case: no step");
    if (step.contains("send")) {
      actions.push_back(send(bytes_of(step["send"])));
    } else if (step.contains("event")) {
      const Bytes name = step["event"].get<std::string>();
      const bool known = name == "tls" || name == "tls-failed" || name == "eof" || name == "timeout";
      require(known, "bad case: no event: " + name);
      actions.push_back({{}, name, {}});
    }
  }
  return actions;
}

// One run splits every send of the session at the same position: the sends do not share octets.
std::vector<Plan> plans_of(const Json& steps, const std::vector<Action>& actions) {
  std::set<std::size_t> positions;
  for (const Action& action : actions) {
    const std::vector<std::size_t> cuts = cut_positions(action.octets);
    positions.insert(cuts.begin(), cuts.end());
  }
  std::vector<Plan> plans = plans_with_splits({positions.begin(), positions.end()});
  for (const Json& step : steps)
    if (step.contains("split")) plans.push_back(pieces_plan(step["split"].get<std::size_t>()));
  return plans;
}

void run(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"name", "steps", "config", "app"});
  Session session{vector.at("steps"), {}};
  session.setup.config = config_of(vector, {"size_limit", "max_rcpt", "max_line", "max_auth_line", "auth",
                                            "auth_requires_tls", "require_tls", "require_auth"});
  session.setup.app = app_of(vector);
  const std::vector<Action> actions = actions_of(session.steps);
  for (const Json& step : session.steps)
    for (const Bytes& keyword : byte_list_of(step.value("ehlo_lacks", Json::array()))) require_known(testee, keyword);
  std::size_t octets = 0;
  for (const Action& action : actions) octets += action.octets.size();
  const Plays plays = server_plays(session.setup, plans_of(session.steps, actions), actions);
  play_all(testee, plays, octets);
  const ServerPlay& plain = server_play(plays, 0);
  in_play(plain.name(), [&] {
    Expectations(session, plain).check();
    check_responses(testee, plain);
  });
  for (std::size_t i = 1; i < plays.size(); ++i)
    in_play(plays[i]->name(), [&] { require_same(plain, server_play(plays, i)); });
}

const KindRegistration kSessions("sessions", run);
const KindRegistration kOfExtensions("sessions_ext", run);

}  // namespace
}  // namespace vectors
