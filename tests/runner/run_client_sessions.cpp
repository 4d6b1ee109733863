// client_sessions.jsonl: whole dialogues with a scripted server, at every cut of what it says.
#include <algorithm>
#include <map>
#include <set>

#include "cuts.h"
#include "kind.h"
#include "match_replies.h"

namespace vectors {
namespace {

struct ClientPlan {
  std::string name = "whole";
  std::function<Pieces(std::size_t)> cut = [](std::size_t octets) { return Pieces{octets}; };
  std::uint32_t event_cap = 32;
  std::size_t output_room = 4096;
  bool copied = false;  // content is copied out instead of given as spans
};

// The program around one session, and the account it keeps.
class Talk {
 public:
  Talk(const Json& vector, const Engine& engine, const ClientPlan& plan) : engine_(engine), plan_(plan) {
    const Json config = vector.value("config", Json::object());
    only_keys(config, {"protocol", "require_tls", "max_reply_line", "max_reply_lines", "max_reply_size"}, "config");
    SenderSetup setup;
    setup.lmtp = config.value("protocol", "smtp") == "lmtp";
    setup.require_tls = config.value("require_tls", false);
    setup.replies = reply_limits_of(config);
    lmtp_ = setup.lmtp;
    for (const Json& step : vector["steps"]) {
      if (!step.contains("do")) continue;
      const Bytes call = step["do"][0].get<std::string>();
      if (call != "ehlo" && call != "helo" && call != "lhlo") continue;
      hostname_ = bytes_of(step["do"][1]);
      if (hostname_.find('\0') != Bytes::npos) continue;  // the configuration takes a C string
      sender_ = engine.sender(setup, hostname_);
      if (sender_ != nullptr) break;
    }
    // A name that cannot be sent is found out by the configuration.
    if (sender_ == nullptr) sender_ = engine.sender(setup, hostname_ = "client.example");
    require(sender_ != nullptr, "no session");
  }

  void step(const Json& step) {
    if (step.contains("do"))
      act(step);
    else if (step.contains("feed"))
      feed(step);
    else if (step.contains("event"))
      event(step);
    else
      check(step);
  }

  // What every session must hold, whatever its case expects.
  void finish() const {
    for (const auto& [recipient, count] : outcomes_) require(count == 1, "a recipient has had two outcomes");
  }

  const std::vector<std::string>& log() const { return log_; }

 private:
  void act(const Json& step) {
    only_keys(step, {"do", "out", "refuse"}, "a step");
    const std::uint32_t outstanding = sender_->outstanding();
    Bytes wire;
    const std::int32_t rc = call(step["do"], wire);
    if (step.contains("refuse")) {
      require(refusal_name(rc) == step["refuse"].get<std::string>(),
              "the call gives " + refusal_name(rc) + ", not " + step["refuse"].get<std::string>());
      require(take_output().empty() && wire.empty(), "a refused call has something to send");
      require(sender_->outstanding() == outstanding, "a refused call waits for something");
      return;
    }
    require(rc == EHLO_OK, "the call gives " + refusal_name(rc));
    const Bytes out = take_output() + wire;
    require(out == bytes_of(step.at("out")), "sent is " + printable(out));
  }

  static std::string refusal_name(std::int32_t rc) {
    switch (rc) {
      case EHLO_OK: return "ok";
      case EHLO_E_STATE: return "bad-state";
      case EHLO_E_ARGUMENT:
      case EHLO_E_NEEDS_SMTPUTF8: return "bad-argument";
      case EHLO_E_NOT_OFFERED: return "extension-not-offered";
      default: return ehlo_error_name(rc);
    }
  }

  std::int32_t call(const Json& what, Bytes& wire) {
    const Bytes name = what.at(0).get<std::string>();
    const auto text = [&what](std::size_t i) { return bytes_of(what.at(i)); };
    const std::map<Bytes, std::uint32_t> hellos = {
        {"ehlo", EHLO_VERB_EHLO}, {"helo", EHLO_VERB_HELO}, {"lhlo", EHLO_VERB_LHLO}};
    if (const auto hello = hellos.find(name); hello != hellos.end())
      return text(1) == hostname_ ? sender_->hello(hello->second) : EHLO_E_ARGUMENT;
    if (name == "mail" || name == "rcpt") return envelope(name, what);
    if (name == "data") return sender_->data();
    if (name == "rset") return sender_->rset();
    if (name == "quit") return sender_->quit();
    if (name == "starttls") return sender_->starttls();
    if (name == "abort-data") return sender_->abort_data();
    if (name == "vrfy") return sender_->vrfy(text(1));
    if (name == "auth") return authenticate(text(1), text(2), text(3));
    if (name == "message") return content(text(1), wire);
    if (name == "bdat") {
      const Bytes chunk = text(1);
      const std::int32_t rc = sender_->bdat(chunk, what.at(2).get<bool>());
      if (rc == EHLO_OK) wire = chunk;
      return rc;
    }
    throw Fault("bad case: no call " + name);
  }

  std::int32_t envelope(const Bytes& name, const Json& what) {
    std::vector<SentParam> params;
    if (what.size() > 2) {
      for (const Json& item : what[2]) {
        SentParam param{bytes_of(item.at(0)), std::nullopt};
        if (!item.at(1).is_null()) param.value = bytes_of(item.at(1));
        if (param.keyword == "ENVID" && param.value) {
          param.value = engine_.write_param(EHLO_PARAM_ENVID, *param.value);
          if (!param.value) return EHLO_E_ARGUMENT;
        }
        params.push_back(param);
      }
    }
    const Bytes address = bytes_of(what.at(1));
    const std::int32_t rc = name == "mail" ? sender_->mail(address, params) : sender_->rcpt(address, params);
    if (rc == EHLO_OK && name == "mail") ++transaction_;
    if (rc == EHLO_OK && name == "rcpt") recipients_[transaction_].push_back(address);
    return rc;
  }

  std::int32_t authenticate(const Bytes& mechanism, const Bytes& user, const Bytes& password) {
    mechanism_ = mechanism;
    answers_.clear();
    std::optional<Bytes> response;
    if (mechanism == "PLAIN") {
      response = engine_.write_plain(user, password);
      if (!response) return EHLO_E_ARGUMENT;
    } else {
      answers_ = {password, user};
    }
    return sender_->auth(mechanism, response);
  }

  // All of it in one call, so that a refusal finds nothing sent.
  std::int32_t content(const Bytes& octets, Bytes& wire) {
    std::size_t consumed = 0;
    const std::size_t room = octets.size() * 3 + 64;
    const std::int32_t rc = sender_->body(octets, true, room, plan_.copied, wire, consumed);
    if (rc == EHLO_OK) require(consumed == octets.size(), "the content was not consumed");
    return rc;
  }

  void feed(const Json& step) {
    only_keys(step, {"feed", "events", "out"}, "a step");
    const Bytes octets = bytes_of(step["feed"]);
    std::vector<std::string> told;
    Bytes out;
    std::size_t at = 0;
    for (const std::size_t size : plan_.cut(octets.size())) {
      inbox_ += octets.substr(at, size);
      at += size;
      receive(told);
      out += take_output();
    }
    judge_events(step.value("events", Json::array()), told);
    require(out == (step.contains("out") ? bytes_of(step["out"]) : ""), "sent is " + printable(out));
  }

  void event(const Json& step) {
    only_keys(step, {"event", "events"}, "a step");
    const Bytes name = step["event"].get<std::string>();
    if (name == "eof") {
      sender_->eof();
    } else {
      const bool wanted = (sender_->wants() & EHLO_WANT_TLS) != 0;
      require(wanted, "no handshake is wanted");
      require((name == "tls" ? sender_->tls_started() : sender_->tls_failed()) == EHLO_OK, "no handshake is open");
    }
    std::vector<std::string> told;
    receive(told);
    judge_events(step.value("events", Json::array()), told);
    require(take_output().empty(), "something is sent");
  }

  void receive(std::vector<std::string>& told) {
    do {
      std::vector<SenderEvent> events;
      inbox_.erase(0, sender_->receive(inbox_, plan_.event_cap, events));
      for (const SenderEvent& one : events) tell(one, told);
    } while ((sender_->wants() & EHLO_WANT_EVENTS) != 0);
  }

  void tell(const SenderEvent& event, std::vector<std::string>& told) {
    const auto add = [&](const Json& expected) {
      told.push_back(expected.dump(-1, ' ', true));
      log_.push_back(told.back());
    };
    require(!over_, "an event behind the last one");
    // That of a refused chunk comes behind the last one.
    if (event.code != 0 && event.type != EHLO_CLIENT_OUTCOME)
      require(event.reply && event.text, "a code without its reply");
    const Bytes verb = event.verb == EHLO_VERB_UNKNOWN ? "?" : ehlo_verb_name(event.verb);
    switch (event.type) {
      case EHLO_CLIENT_GREETING: return add({"greeting", event.code});
      case EHLO_CLIENT_REPLY: return add({"reply", verb, event.code});
      case EHLO_CLIENT_GO_AHEAD: return add({"go-ahead", verb});
      case EHLO_CLIENT_START_TLS: return add({"start-tls"});
      case EHLO_CLIENT_CHALLENGE: return add(challenge(event));
      case EHLO_CLIENT_RESULT:
        if (!lmtp_) return add({"result", event.code});
        require(event.index < recipients_[event.transaction].size(), "a result of nobody");
        return add({"result", recipients_[event.transaction][event.index], event.code});
      case EHLO_CLIENT_CLOSED: over_ = true; return add(Json::array({"closed"}));
      case EHLO_CLIENT_ERROR: over_ = true; return add({"error", reply_error_name(event.error)});
      case EHLO_CLIENT_OUTCOME: return outcome(event);
      case EHLO_CLIENT_READY:
      case EHLO_CLIENT_DONE: log_.push_back(std::to_string(event.type)); return;
      default: throw Fault("an event of type " + std::to_string(event.type));
    }
  }

  Json challenge(const SenderEvent& event) {
    if (event.error != EHLO_OK) return Json::array({"challenge-error"});
    if ((event.flags & EHLO_FLAG_ANSWERED) != 0) return {"challenge", event.text.value()};
    if (answers_.empty()) {
      require(sender_->cancel() == EHLO_OK, "an exchange cannot be cancelled");
      return Json::array({"challenge-error"});
    }
    require(sender_->respond(answers_.back()) == EHLO_OK, "a challenge cannot be answered");
    answers_.pop_back();
    return {"challenge", event.text.value()};
  }

  void outcome(const SenderEvent& event) {
    ++outcomes_[{event.transaction, event.index}];
    unknown_ = unknown_ || event.verdict == EHLO_VERDICT_UNKNOWN;
    log_.push_back("outcome " + std::to_string(event.transaction) + " " + std::to_string(event.index) + " " +
                   std::to_string(event.verdict) + " " + std::to_string(event.scope) + " " +
                   std::to_string(event.code) + " " + std::to_string(event.error));
  }

  static void judge_events(const Json& expect, const std::vector<std::string>& told) {
    std::vector<std::string> wanted;
    for (const Json& one : expect) wanted.push_back(one.dump(-1, ' ', true));
    std::string got;
    for (const std::string& one : told) got += " " + one;
    require(wanted == told, "the events are" + (got.empty() ? " none" : got));
  }

  void check(const Json& step) {
    for (const auto& [key, value] : step.items()) {
      if (key == "closed") {
        require(((sender_->wants() & EHLO_WANT_CLOSE) != 0) == value.get<bool>(), "closed or not");
      } else if (key == "outstanding") {
        require(sender_->outstanding() == value.get<std::uint32_t>(),
                std::to_string(sender_->outstanding()) + " outstanding");
      } else if (key == "tls") {
        require(((sender_->facts() & EHLO_FACT_TLS) != 0) == value.get<bool>(), "TLS or not");
      } else if (key == "message_outcome") {
        require(value == (unknown_ ? "unknown" : "not-sent"), "the outcome is another one");
      } else if (key == "capabilities") {
        judge_capabilities(value);
      } else {
        throw Fault("bad case: \"" + key + "\" is no check");
      }
    }
  }

  void judge_capabilities(const Json& expect) const {
    std::set<Bytes> wanted, known;
    for (const Bytes& keyword : byte_list_of(expect)) wanted.insert(upper(keyword));
    const Bytes reply = sender_->hello_reply();
    ParsedHello hello;
    if (!reply.empty()) require(engine_.parse_hello(reply, false, {}, hello) == EHLO_OK, "a bad reply is kept");
    for (const auto& [keyword, params] : hello.capabilities) known.insert(upper(keyword));
    require(known == wanted, "other capabilities are known");
  }

  Bytes take_output() {
    Bytes out;
    std::vector<char> room(plan_.output_room);
    for (;;) {
      const std::size_t taken = sender_->output(room.data(), room.size());
      if (taken == 0) return out;
      out.append(room.data(), taken);
    }
  }

  const Engine& engine_;
  const ClientPlan& plan_;
  std::unique_ptr<Sender> sender_;
  bool lmtp_ = false, over_ = false, unknown_ = false;
  Bytes hostname_, inbox_, mechanism_;
  std::vector<Bytes> answers_;  // the next one last
  std::uint32_t transaction_ = 0;
  // By transaction: the results of one may come when the next is under way.
  std::map<std::uint32_t, std::vector<Bytes>> recipients_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> outcomes_;
  std::vector<std::string> log_;
};

std::vector<std::string> play(const Json& vector, const Engine& engine, const ClientPlan& plan) {
  Talk talk(vector, engine, plan);
  std::size_t number = 0;
  for (const Json& step : vector["steps"]) {
    try {
      talk.step(step);
    } catch (const std::exception& fault) {
      throw Fault("step " + std::to_string(number) + ": " + fault.what());
    }
    ++number;
  }
  talk.finish();
  return talk.log();
}

std::vector<ClientPlan> plans_of(const Json& vector) {
  std::vector<ClientPlan> plans(5);
  plans[1].name = "one octet at a time";
  plans[1].cut = [](std::size_t octets) { return in_pieces_of(1, octets); };
  plans[2].name = "few events at a time";
  plans[2].event_cap = EHLO_CLIENT_EVENTS_MIN;
  plans[3].name = "output an octet at a time";
  plans[3].output_room = 1;
  plans[4].name = "content copied";
  plans[4].copied = true;
  std::set<std::size_t> positions;
  for (const Json& step : vector["steps"])
    if (step.contains("feed"))
      for (const std::size_t position : cut_positions(bytes_of(step["feed"]))) positions.insert(position);
  for (const std::size_t position : positions) {
    ClientPlan plan;
    plan.name = "split at " + std::to_string(position);
    plan.cut = [position](std::size_t octets) { return split_at(position, octets); };
    plans.push_back(plan);
  }
  return plans;
}

void run(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"name", "steps", "config"});
  std::vector<std::string> plain;
  for (const ClientPlan& plan : plans_of(vector)) {
    try {
      const std::vector<std::string> log = play(vector, engine, plan);
      if (plain.empty()) plain = log;
      require(log == plain, "other events than in the plain run");
    } catch (const std::exception& fault) {
      throw Fault(plan.name + ": " + fault.what());
    }
  }
}

bool matches(const Json& vector) {
  return vector.contains("steps") && vector["steps"].is_array() && !vector["steps"].empty() &&
         vector["steps"][0].is_object() &&
         (vector["steps"][0].contains("do") || vector["steps"][0].contains("feed") ||
          (vector["steps"][0].contains("event") && vector["steps"][0].contains("events")));
}

const KindRegistration kClientSessions({"client_sessions", matches, run});

}  // namespace
}  // namespace vectors
