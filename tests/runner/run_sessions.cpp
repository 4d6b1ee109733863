// sessions.jsonl: whole dialogues with a server. The plain run is held against the case, every other run against the
// plain one.
#include <algorithm>

#include "kind.h"
#include "player.h"
#include "reply_reader.h"

namespace vectors {
namespace {

// What one step left behind.
struct StepResult {
  Bytes replies;
  bool closed = false;
  std::vector<Message> messages;
  std::size_t events = 0;  // of the log, up to here
  bool operator==(const StepResult& other) const {
    return replies == other.replies && closed == other.closed && messages == other.messages;
  }
};

struct Transcript {
  std::vector<StepResult> steps;
  std::vector<std::string> log;
  std::vector<Event> events;
};

struct Session {
  const Json& steps;
  Config config;
  App app;
};

Transcript play(const Session& session, const Engine& engine, const Plan& plan) {
  Player player(engine, session.config, session.app, plan);
  Transcript transcript;
  for (const Json& step : session.steps) {
    if (step.contains("send")) {
      const Bytes octets = bytes_of(step["send"]);
      player.send(octets);
    } else if (step.contains("event")) {
      player.event(step["event"].get<std::string>());
    }
    transcript.steps.push_back(
        {player.take_replies(), player.wants_close(), player.messages(), player.log().events().size()});
  }
  transcript.log = player.log().entries();
  transcript.events = player.log().events();
  return transcript;
}

// Holds the plain run against the expectations of its case.
class Judge {
 public:
  Judge(const Session& session, const Transcript& transcript, const Engine& engine)
      : session_(session), transcript_(transcript), engine_(engine) {}

  void judge() {
    for (std::size_t i = 0; i < session_.steps.size(); ++i) {
      try {
        judge_step(session_.steps[i], transcript_.steps[i]);
      } catch (const Fault& fault) {
        throw Fault("step " + std::to_string(i) + ": " + fault.what());
      }
    }
  }

 private:
  void judge_step(const Json& step, const StepResult& result) {
    require(step.is_object() && !step.empty(), "bad case: no step");
    const std::vector<Reply> replies = read_replies(result.replies);
    count_hello_commands(result);
    for (const Reply& reply : replies) judge_reply(reply);

    const bool acts = step.contains("send") || step.contains("event");
    if (step.contains("send"))
      only_keys(step, {"send", "expect", "split"}, "a step that sends");
    else if (step.contains("event"))
      only_keys(step, {"event", "expect"}, "a step with an event");
    else
      only_keys(step, {"closed", "messages", "messages_count", "messages_max", "ehlo_has", "ehlo_lacks"}, "a check");
    require(!step.contains("send") || step.contains("expect"), "bad case: send without expect");
    if (acts)
      judge_codes(step.value("expect", Json::array()), replies);
    else
      judge_checks(step, result);
  }

  static void judge_codes(const Json& expect, const std::vector<Reply>& replies) {
    require(expect.is_array(), "bad case: expect is no list");
    std::string got;
    for (const Reply& reply : replies) got += " " + std::to_string(reply.code);
    bool good = expect.size() == replies.size();
    for (std::size_t i = 0; good && i < replies.size(); ++i) good = is_expected_code(expect[i], replies[i].code);
    require(good, "the replies are" + (got.empty() ? " none" : got) + ", expected " + expect.dump());
  }

  void judge_checks(const Json& step, const StepResult& result) const {
    if (step.contains("closed"))
      require(step["closed"].get<bool>() == result.closed, result.closed ? "closed" : "not closed");
    if (step.contains("messages")) judge_messages(step["messages"], result.messages);
    const std::string count = std::to_string(result.messages.size()) + " messages";
    if (step.contains("messages_count"))
      require(step["messages_count"].get<std::size_t>() == result.messages.size(), count);
    if (step.contains("messages_max"))
      require(result.messages.size() <= step["messages_max"].get<std::size_t>(), count);
    if (step.contains("ehlo_has"))
      for (const Bytes& keyword : byte_list_of(step["ehlo_has"]))
        require(has_keyword(keyword), "EHLO does not offer " + keyword);
    if (step.contains("ehlo_lacks"))
      for (const Bytes& keyword : byte_list_of(step["ehlo_lacks"]))
        require(!has_keyword(keyword), "EHLO offers " + keyword);
  }

  static void judge_messages(const Json& expect, const std::vector<Message>& messages) {
    require(expect.is_array() && expect.size() == messages.size(), std::to_string(messages.size()) + " messages");
    for (std::size_t i = 0; i < messages.size(); ++i) {
      only_keys(expect[i], {"from", "to", "body"}, "a message");
      require(bytes_of(expect[i].at("from")) == messages[i].from, "a message is from " + printable(messages[i].from));
      std::string to;
      for (const Bytes& recipient : messages[i].to) to += " " + printable(recipient);
      require(byte_list_of(expect[i].at("to")) == messages[i].to, "a message is to" + to);
      require(bytes_of(expect[i].at("body")) == messages[i].body, "the body is " + printable(messages[i].body));
    }
  }

  // The reply to a refused EHLO may be without a status code (RFC 2034 3), and looks like any other refusal.
  void count_hello_commands(const StepResult& result) {
    for (; event_ < result.events; ++event_) {
      const Event& event = transcript_.events[event_];
      const bool hello = event.verb == EHLO_VERB_EHLO || event.verb == EHLO_VERB_LHLO || event.verb == EHLO_VERB_HELO;
      if (event.type == EHLO_EVENT_HELLO) hello_verbs_.push_back(engine_.verb_name(event.verb));
      const Bytes word = event.line ? first_word(*event.line) : "";
      if (event.type == EHLO_EVENT_REJECTED && (hello || word == "EHLO" || word == "LHLO" || word == "HELO"))
        ++refused_hellos_;
    }
  }

  void judge_reply(const Reply& reply) {
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
      } else if (session_.config.offers("ENHANCEDSTATUSCODES") && status != expected) {
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
  const Transcript& transcript_;
  const Engine& engine_;
  bool greeted_ = false;
  std::size_t event_ = 0;
  std::vector<Bytes> hello_verbs_;
  std::size_t next_hello_ = 0, refused_hellos_ = 0;
  std::vector<Bytes> keywords_;
  bool known_keywords_ = false;
};

void require_same(const Transcript& plain, const Transcript& other) {
  for (std::size_t i = 0; i < plain.steps.size(); ++i) {
    const std::string where = "step " + std::to_string(i) + ": ";
    const StepResult &a = plain.steps[i], &b = other.steps[i];
    require(a.replies == b.replies,
            where + "the replies are " + printable(b.replies) + ", not " + printable(a.replies));
    require(a.closed == b.closed, where + (b.closed ? "closed" : "not closed"));
    require(a.messages == b.messages, where + "other messages");
  }
  for (std::size_t i = 0; i < std::max(plain.log.size(), other.log.size()); ++i) {
    const std::string a = i < plain.log.size() ? plain.log[i] : "nothing";
    const std::string b = i < other.log.size() ? other.log[i] : "nothing";
    require(a == b, "event " + std::to_string(i) + " is " + b + ", not " + a);
  }
}

void run(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"name", "steps", "config", "app"});
  const Session session{vector["steps"],
                        config_of(vector, {"size_limit", "max_rcpt", "max_line", "max_auth_line", "auth",
                                           "auth_requires_tls", "require_tls", "require_auth"}),
                        app_of(vector)};
  std::vector<Plan> plans = standard_plans();
  std::vector<std::size_t> positions;
  for (const Json& step : session.steps) {
    if (!step.is_object() || !step.contains("send")) continue;
    const std::vector<std::size_t> cuts = cut_positions(bytes_of(step["send"]));
    positions.insert(positions.end(), cuts.begin(), cuts.end());
    if (step.contains("split")) plans.push_back(pieces_plan(step["split"].get<std::size_t>()));
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  // One run splits every send of the session at this position: the sends do not share octets.
  for (const std::size_t position : positions) plans.push_back(split_plan(position));

  Transcript plain;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    try {
      const Transcript transcript = play(session, engine, plans[i]);
      if (i == 0) {
        plain = transcript;
        Judge(session, plain, engine).judge();
      } else {
        require_same(plain, transcript);
      }
    } catch (const std::exception& fault) {
      throw Fault(plans[i].name + ": " + fault.what());
    }
  }
}

bool matches(const Json& vector) {
  return vector.contains("steps") && vector["steps"].is_array() && !vector["steps"].empty() &&
         vector["steps"][0].is_object() && vector["steps"][0].contains("send");
}

const KindRegistration kSessions({"sessions", matches, run});

}  // namespace
}  // namespace vectors
