// client_sessions.jsonl: whole dialogues with a scripted server, at every cut of what it says.
#include <set>

#include "client_play.h"
#include "kind.h"
#include "parse_calls.h"
#include "sasl.h"

namespace vectors {
namespace {

// The first name in EHLO with which there is a session.
Bytes hostname_of(const ClientCase& one, Testee& testee) {
  for (const Json& step : one.steps) {
    if (!step.contains("do")) continue;
    const Json& what = step["do"];
    if (what.at(0) != "ehlo" && what[0] != "helo" && what[0] != "lhlo") continue;
    const Bytes hostname = bytes_of(what.at(1));
    if (hostname.find('\0') != Bytes::npos) continue;  // the configuration takes a C string
    Request request;
    write_client_call(request.call("client"), one, hostname, 32);
    const ResultPtr result = testee.ask_one(request);
    if (!result->error().empty()) continue;
    request.call("close").field("session", result->json().at("session").get<std::uint64_t>());
    testee.ask_one(request);
    return hostname;
  }
  return "client.example";
}

std::optional<Bytes> ask_for(Testee& testee, Request& request, const char* field) {
  const ResultPtr result = testee.ask_one(request);
  const Bytes error = result->error();
  require(error.empty() || error == "argument", "a writer gives " + error);
  return error.empty() ? std::optional(octets_in(result->json(), field).value_or("")) : std::nullopt;
}

void prepare(const Json& what, ClientCase& one, Testee& testee) {
  Request request;
  if (what.at(0) == "auth" && what.at(1) == "PLAIN") {
    const Bytes user = bytes_of(what.at(2)), password = bytes_of(what.at(3));
    JsonText& call = request.call("write_plain");
    call.field("user", user);
    call.field("password", password);
    std::optional<Bytes>& message = one.plain[{user, password}] = ask_for(testee, request, "text");
    if (!message) return;
    message = base64_of(*message);
    require(message.has_value(), "write_plain gives no base64");
  }
  if (what[0] != "mail" || what.size() < 3) return;
  for (const Json& pair : what[2]) {
    const Bytes keyword = bytes_of(pair.at(0));
    if (!is_given_decoded(keyword) || pair.at(1).is_null()) continue;
    const Bytes text = bytes_of(pair[1]);
    JsonText& call = request.call("write_param");
    call.field("keyword", keyword);
    call.field("text", text);
    one.values[{keyword, text}] = ask_for(testee, request, "value");
  }
}

ClientCase case_of(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"name", "steps", "config"});
  ClientCase one;
  one.steps = vector.at("steps");
  one.config = vector.value("config", Json::object());
  only_keys(one.config, {"protocol", "require_tls", "max_reply_line", "max_reply_lines", "max_reply_size"}, "config");
  one.lmtp = one.config.value("protocol", "smtp") == "lmtp";
  one.hostname = hostname_of(one, testee);
  for (const Json& step : one.steps) {
    require(step.is_object() && !step.empty(), "bad case: no step");
    one.feeds.push_back(step.contains("feed") ? bytes_of(step["feed"]) : "");
    if (step.contains("do")) prepare(step["do"], one, testee);
  }
  return one;
}

std::vector<Plan> plans_of(const ClientCase& one) {
  std::vector<Plan> plans(4);
  plans[1].name = "few events at a time";
  plans[1].event_cap = EHLO_CLIENT_EVENTS_MIN;
  plans[2].name = "output an octet at a time";
  plans[2].output_capacity = 1;
  plans[3].name = "content copied";
  plans[3].copied = true;
  plans.push_back(pieces_plan(1));
  std::set<std::size_t> positions;
  for (const Bytes& feed : one.feeds)
    for (const std::size_t position : cut_positions(feed)) positions.insert(position);
  for (const std::size_t position : positions) plans.push_back(split_plan(position));
  return plans;
}

void check_capabilities(const Json& expect, const Bytes& reply, Testee& testee) {
  std::set<Bytes> wanted, known;
  for (const Bytes& keyword : byte_list_of(expect)) wanted.insert(upper(keyword));
  if (!reply.empty()) {
    const ResultPtr hello = parse_hello(testee, reply, Json::object());
    require(hello->error().empty(), "a bad reply is kept");
    for (const Json& capability : capabilities_of(*hello)) known.insert(bytes_of(capability.at(0)));
  }
  require(known == wanted, "other capabilities are known");
}

void run(const Json& vector, Testee& testee) {
  const ClientCase one = case_of(vector, testee);
  std::size_t octets = 0;
  for (const Bytes& feed : one.feeds) octets += feed.size();
  Plays plays;
  for (const Plan& plan : plans_of(one)) plays.push_back(std::make_unique<ClientPlay>(one, plan));
  play_all(testee, plays, octets);
  const auto& plain = static_cast<const ClientPlay&>(*plays[0]);
  // Clang 14 lets no lambda use the names of a structured binding.
  for (const auto& known : plain.hello_replies())
    in_play(plain.name() + ": step " + std::to_string(known.first),
            [&] { check_capabilities(one.steps[known.first]["capabilities"], known.second, testee); });
  for (const auto& other : plays) {
    const auto& play = static_cast<const ClientPlay&>(*other);
    in_play(play.name(), [&] {
      play.check_outcomes();
      require(play.log() == plain.log(), "other events than in the plain run");
      require(play.hello_replies() == plain.hello_replies(), "another reply to EHLO is kept than in the plain run");
    });
  }
}

const KindRegistration kClientSessions("client_sessions", run);

}  // namespace
}  // namespace vectors
