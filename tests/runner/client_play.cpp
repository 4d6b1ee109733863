// The program around a client session.
#include "client_play.h"

#include "parse_calls.h"
#include "support/rows.h"

namespace vectors {
namespace {

// The octets as the text of JSON.
Json text_of(std::string_view octets) {
  JsonText text;
  text.octets(octets);
  return Json::parse(text.text());
}

// The name that the vectors have for the error of a call.
Bytes refusal_name(const Bytes& error) {
  if (error.empty()) return "ok";
  if (error == "state") return "bad-state";
  if (error == "argument" || error == "needs-smtputf8") return "bad-argument";
  return error == "not-offered" ? "extension-not-offered" : error;
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', true); }

}  // namespace

bool is_given_decoded(std::string_view keyword) {
  const support::ParamRow* row = support::row_named(support::kParams, keyword);
  if (row == nullptr || (row->kind != EHLO_KIND_XTEXT && row->kind != EHLO_KIND_MAILBOX)) return false;
  // AUTH, which may be "<>", is given as it is sent.
  return !(row->flags & EHLO_ROW_NULL_PATH);
}

void write_client_call(JsonText& call, const ClientCase& one, const Bytes& hostname, std::uint32_t events) {
  call.field("hostname", hostname);
  if (one.lmtp) call.field("protocol", EHLO_PROTOCOL_LMTP);
  const bool require_tls = one.config.value("require_tls", false);
  call.field("flags", EHLO_CLIENT_FLAG_PLAINTEXT_AUTH | (require_tls ? EHLO_CLIENT_FLAG_REQUIRE_TLS : 0u));
  call.number("data_endings", EHLO_ENDING_REJECT);
  call.open("replies", '{');
  write_reply_limits(call, one.config);
  call.close('}');
  call.field("events", events);
}

void ClientPlay::ask(Request& request) {
  shows_ = false;
  if (session_ == 0) return write_client_call(request.call("client"), case_, case_.hostname, plan_.event_cap);
  if (!is_met_) {
    turn(request);
    return;
  }
  const std::size_t before = request.calls();
  while (step_ < case_.steps.size() && request.calls() == before)
    in_play("step " + std::to_string(step_), [&] { ask_step(request); });
}

JsonText& ClientPlay::turn(Request& request) const {
  JsonText& call = request.call("client_turn");
  call.field("session", session_);
  call.field("output", plan_.output_capacity);
  return call;
}

void ClientPlay::ask_step(Request& request) {
  if (step().contains("do")) {
    only_keys(step(), {"do", "out", "refuse"}, "a step");
    const std::optional<Json> what = deed();
    if (!what) return take_deed(ClientTurn(Json{{"do_error", "argument"}, {"outstanding", outstanding_}}));
    JsonText& call = turn(request);
    call.key("do");
    call.word(dumped(*what));
  } else if (step().contains("feed")) {
    if (!is_begun_) {
      only_keys(step(), {"feed", "events", "out"}, "a step");
      pieces_ = plan_.cut(case_.feeds[step_].size());
      is_begun_ = true;
    }
    JsonText& call = turn(request);
    if (response_) {
      call.key("do");
      call.word(dumped(*response_));
    }
    write_pieces(request);
    call.flag("stop", true);
  } else if (step().contains("event")) {
    only_keys(step(), {"event", "events"}, "a step");
    const Bytes name = step()["event"].get<std::string>();
    if (name != "eof") require((wants_ & EHLO_WANT_TLS) != 0, "no handshake is wanted");
    JsonText& call = turn(request);
    call.field("event", name);
    write_pieces(request);
  } else {
    turn(request).flag("hello_reply", step().contains("capabilities"));
  }
}

// Without pieces an empty one is shown, so that the session gives the events that wait.
void ClientPlay::write_pieces(Request& request) {
  const bool looks = pieces_.empty() && (!response_ || (wants_ & EHLO_WANT_EVENTS) != 0);
  shows_ = looks || !pieces_.empty();
  request.pieces(case_.feeds[step_], offset_, looks ? Pieces{0} : pieces_);
}

std::optional<Json> ClientPlay::deed() {
  const Json& what = step()["do"];
  const Bytes name = what.at(0).get<std::string>();
  if (name == "ehlo" || name == "helo" || name == "lhlo") {
    // The configuration refuses a name that cannot be sent.
    if (bytes_of(what.at(1)) != case_.hostname) return std::nullopt;
    return Json{"hello", upper(name)};
  }
  if (name == "mail" || name == "rcpt") return envelope(what);
  if (name == "auth") return authenticate(what);
  if (name == "vrfy") return Json{name, text_of(bytes_of(what.at(1)))};
  if (name == "bdat") return Json{name, text_of(bytes_of(what.at(1))), what.at(2)};
  if (name == "message") {
    // Room for all of it in one call, so that nothing has been sent when it is refused.
    const Bytes content = bytes_of(what.at(1));
    return Json{"body", text_of(content), true, content.size() * 3 + 64, plan_.copied};
  }
  for (const char* plain : {"data", "rset", "quit", "starttls", "abort-data"})
    if (name == plain) return Json::array({name});
  throw Fault("bad case: no call " + name);
}

std::optional<Json> ClientPlay::envelope(const Json& what) const {
  Json params = Json::array();
  for (const Json& pair : what.size() > 2 ? what[2] : Json::array()) {
    Json value = pair.at(1).is_null() ? Json() : text_of(bytes_of(pair[1]));
    if (is_given_decoded(bytes_of(pair.at(0))) && !value.is_null()) {
      const std::optional<Bytes>& written = case_.values.at({bytes_of(pair[0]), bytes_of(pair[1])});
      if (!written) return std::nullopt;
      value = text_of(*written);
    }
    params.push_back({text_of(bytes_of(pair[0])), value});
  }
  return Json{what[0], text_of(bytes_of(what.at(1))), params};
}

std::optional<Json> ClientPlay::authenticate(const Json& what) {
  const Bytes mechanism = bytes_of(what.at(1)), user = bytes_of(what.at(2)), password = bytes_of(what.at(3));
  answers_.clear();
  if (mechanism != "PLAIN") {
    answers_ = {password, user};
    return Json{"auth", text_of(mechanism), nullptr};
  }
  const std::optional<Bytes>& response = case_.plain.at({user, password});
  if (!response) return std::nullopt;
  return Json{"auth", text_of(mechanism), text_of(*response)};
}

void ClientPlay::take(std::span<const ResultPtr> results) {
  const Result& result = *results[0];
  if (takes_session(result)) return;
  const auto& turn = result.as<ClientTurn>();
  const auto check = [&] { require(shows_ || turn.events.empty(), "events come of a turn that shows nothing"); };
  in_play("step " + std::to_string(step_), check);
  if (is_met_) return in_play("step " + std::to_string(step_), [&] { take_step(turn); });
  is_met_ = true;
  wants_ = turn.wants;
  outstanding_ = turn.outstanding;
}

void ClientPlay::take_step(const ClientTurn& turn) {
  require(turn.event_error.empty(), "no handshake is open: " + turn.event_error);
  require(turn.receives >= turn.pieces, "the testee has not shown each piece");
  if (response_) require(turn.do_error.empty(), "a challenge cannot be answered or cancelled: " + turn.do_error);
  response_.reset();
  wants_ = turn.wants;
  for (const auto& event : turn.events) report(*event);
  if (step().contains("do")) return take_deed(turn);
  if (step().contains("feed")) return take_feed(turn);
  if (step().contains("event")) {
    check_events();
    require(turn.output.empty(), "something is sent");
  } else {
    check_state(turn);
  }
  outstanding_ = turn.outstanding;
  end_step();
}

void ClientPlay::end_step() {
  ++step_;
  is_begun_ = false;
  pieces_.clear();
  offset_ = 0;
}

void ClientPlay::take_deed(const ClientTurn& turn) {
  const Bytes refusal = refusal_name(turn.do_error);
  if (step().contains("refuse")) {
    const Bytes expected = step()["refuse"].get<std::string>();
    require(refusal == expected, "the call gives " + refusal + ", not " + expected);
    require(turn.output.empty() && turn.sent.empty(), "a refused call has something to send");
    require(turn.outstanding == outstanding_, "a refused call waits for something");
  } else {
    require(refusal == "ok", "the call gives " + refusal);
    const Bytes out = turn.output + turn.sent;
    require(out == bytes_of(step().at("out")), "sent is " + printable(out));
    note_deed();
  }
  outstanding_ = turn.outstanding;
  end_step();
}

void ClientPlay::note_deed() {
  const Json& what = step()["do"];
  if (what[0] == "mail") ++transaction_;
  if (what[0] == "rcpt") recipients_[transaction_].push_back(bytes_of(what[1]));
}

void ClientPlay::take_feed(const ClientTurn& turn) {
  out_ += turn.output;
  require(turn.pieces != 0 || pieces_.empty(), "no piece is added");
  const bool looked = pieces_.empty() && turn.pieces == 1;
  note_shown(looked ? 0 : turn.pieces);
  if (response_ || !pieces_.empty()) return;
  outstanding_ = turn.outstanding;
  check_events();
  const Bytes out = std::exchange(out_, {});
  require(out == (step().contains("out") ? bytes_of(step()["out"]) : ""), "sent is " + printable(out));
  end_step();
}

void ClientPlay::add(const Json& entry) {
  reported_.push_back(dumped(entry));
  log_.push_back(reported_.back());
}

void ClientPlay::report(const ClientEvent& event) {
  require(!over_, "an event behind the last one");
  // The reply to a refused chunk comes after the last chunk.
  if (event.code != 0 && event.type != "outcome") require(event.reply && event.text, "a code without its reply");
  const Bytes verb = event.verb.empty() ? "?" : event.verb;
  if (event.type == "greeting") return add({"greeting", event.code});
  if (event.type == "reply" && verb == "MAIL")
    require(event.transaction == ++begun_, "the transaction of a MAIL is " + std::to_string(event.transaction));
  if (event.type == "reply") return add({"reply", verb, event.code});
  if (event.type == "go-ahead") return add({"go-ahead", verb});
  if (event.type == "tls") return add(Json::array({"start-tls"}));
  if (event.type == "challenge") return report_challenge(event);
  if (event.type == "outcome") return note_outcome(event);
  if (event.type == "ready" || event.type == "done") return log_.push_back(event.type);
  if (event.type == "result") {
    if (!case_.lmtp) return add({"result", event.code});
    require(event.index < recipients_[event.transaction].size(), "a result of nobody");
    return add({"result", text_of(recipients_[event.transaction][event.index]), event.code});
  }
  over_ = true;
  if (event.type == "closed") return add(Json::array({"closed"}));
  require(event.type == "error", "an event of the type " + event.type);
  add({"error", reply_error_name(event.error)});
}

void ClientPlay::report_challenge(const ClientEvent& event) {
  if (!event.error.empty()) return add(Json::array({"challenge-error"}));
  if ((event.flags & EHLO_FLAG_ANSWERED) != 0) return add({"challenge", text_of(event.text.value_or(""))});
  require(!response_, "two challenges wait for an answer");
  if (answers_.empty()) {
    response_ = Json::array({"cancel"});
    return add(Json::array({"challenge-error"}));
  }
  response_ = Json{"respond", text_of(answers_.back())};
  answers_.pop_back();
  add({"challenge", text_of(event.text.value_or(""))});
}

void ClientPlay::note_outcome(const ClientEvent& event) {
  ++outcomes_[{event.transaction, event.index}];
  unknown_ = unknown_ || event.verdict == EHLO_VERDICT_UNKNOWN;
  log_.push_back("outcome " + std::to_string(event.transaction) + " " + std::to_string(event.index) + " " +
                 std::to_string(event.verdict) + " " + std::to_string(event.scope) + " " + std::to_string(event.code) +
                 " " + event.error);
}

void ClientPlay::check_events() {
  std::vector<std::string> wanted;
  for (const Json& one : step().value("events", Json::array())) wanted.push_back(dumped(one));
  std::string got;
  for (const std::string& one : reported_) got += " " + one;
  require(wanted == reported_, "the events are" + (got.empty() ? " none" : got));
  reported_.clear();
}

void ClientPlay::check_state(const ClientTurn& turn) {
  for (const auto& [key, value] : step().items()) {
    if (key == "closed") {
      require(((turn.wants & EHLO_WANT_CLOSE) != 0) == value.get<bool>(), "closed or not");
    } else if (key == "outstanding") {
      require(turn.outstanding == value.get<std::uint32_t>(), std::to_string(turn.outstanding) + " outstanding");
    } else if (key == "tls") {
      require(((turn.facts & EHLO_FACT_TLS) != 0) == value.get<bool>(), "TLS or not");
    } else if (key == "message_outcome") {
      require(value == (unknown_ ? "unknown" : "not-sent"), "the outcome is another one");
    } else if (key == "capabilities") {
      hello_replies_[step_] = turn.hello_reply;
    } else {
      throw Fault("bad case: \"" + key + "\" is no check");
    }
  }
}

void ClientPlay::check_outcomes() const {
  for (const auto& [recipient, count] : outcomes_) require(count == 1, "a recipient has had two outcomes");
}

}  // namespace vectors
