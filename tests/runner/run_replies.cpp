// replies.jsonl and ehlo.jsonl: replies of a server, parsed without a session.
#include <algorithm>

#include "kind.h"
#include "parse_calls.h"

namespace vectors {
namespace {

Json config_of_reply(const Json& vector) {
  const Json config = vector.value("config", Json::object());
  only_keys(config, {"max_reply_line", "max_reply_lines", "max_reply_size", "tls"}, "config");
  return config;
}

ResultPtr parse_reply(Testee& testee, const Bytes& octets, const Json& config) {
  Request request;
  JsonText& call = request.call("parse_reply");
  call.field("octets", octets);
  write_reply_limits(call, config);
  return testee.ask_one(request);
}

// An error must be reported with the octet that makes it certain, and not before.
void check_position(Testee& testee, const Result& result, const Bytes& octets, const Json& config) {
  const auto at = result.json().value("at", std::size_t{0});
  require(at <= octets.size(), "the position is outside");
  const ResultPtr before = parse_reply(testee, octets.substr(0, at), config);
  const bool bare_cr = result.error() == "bare-cr";  // reported at the CR, certain after it
  const bool too_long = result.error() == "reply-too-long" && before->json().value("at", std::size_t{0}) == at;
  require(before->error() == "incomplete" || bare_cr || too_long, "certain before its position " + std::to_string(at));
}

void run_reply(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"bytes", "config", "expect"});
  const Json& expect = vector.at("expect");
  only_keys(expect, {"code", "enhanced", "lines", "remaining", "incomplete", "error"}, "expect");
  const Bytes octets = bytes_of(vector.at("bytes"));
  const Json config = config_of_reply(vector);
  const ResultPtr result = parse_reply(testee, octets, config);
  const Bytes error = reply_error_name(result->error());
  if (expect.contains("incomplete")) return require(error == "incomplete", "it is " + error);
  if (expect.contains("error")) {
    require(error == expect["error"].get<std::string>(), "the error is " + error);
    return check_position(testee, *result, octets, config);
  }
  require(error.empty(), "the error is " + error);
  const unsigned code = result->json().value("code", 0u);
  require(is_expected_code(expect.at("code"), code), "the code is " + std::to_string(code));
  const Bytes enhanced = octets_in(result->json(), "enhanced").value_or("none");
  require(enhanced == (expect.at("enhanced").is_null() ? "none" : expect["enhanced"].get<std::string>()),
          "the enhanced code is " + enhanced);
  require(byte_list_of(result->json().at("lines")) == byte_list_of(expect.at("lines")), "the lines are wrong");
  const auto length = result->json().value("length", std::size_t{0});
  require(length <= octets.size(), "the reply is longer than its input");
  require(octets.substr(length) == bytes_of(expect.at("remaining")), "the rest is wrong");
}

void compare_auth(const Json& expect, const Result& hello) {
  const auto has = [&hello](const char* list) {
    const std::vector<Bytes> keywords = byte_list_of(hello.json().at(list));
    return std::ranges::find(keywords, "AUTH") != keywords.end();
  };
  require(has("offered") == !expect.is_null(), has("offered") ? "AUTH is offered" : "AUTH is not offered");
  const std::vector<Bytes> mechanisms = byte_list_of(hello.json().at("mechanisms"));
  if (has("offered")) require(mechanisms == byte_list_of(expect), "the mechanisms are wrong");
  require(mechanisms.empty() == !has("usable"), "AUTH is usable or not");
}

void run_hello(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"bytes", "config", "expect"});
  const Json& expect = vector.at("expect");
  only_keys(expect, {"domain", "capabilities", "size_limit", "auth", "usable", "error"}, "expect");
  const ResultPtr hello = parse_hello(testee, bytes_of(vector.at("bytes")), config_of_reply(vector));
  const Bytes error = reply_error_name(hello->error());
  if (expect.contains("error")) return require(error == expect["error"].get<std::string>(), "the error is " + error);
  require(error.empty(), "the error is " + error);
  const Bytes domain = octets_in(hello->json(), "domain").value_or("");
  require(domain == bytes_of(expect.at("domain")), "the domain is " + printable(domain));
  const Json capabilities = capabilities_of(*hello);
  require(capabilities == expect.at("capabilities"), "the capabilities are " + capabilities.dump());
  const Json limit = hello->json().value("size_limit", Json());
  const Bytes shown = limit.is_null() ? "null" : std::to_string(limit.get<std::uint64_t>());
  require(shown == (expect.at("size_limit").is_null() ? "null" : expect["size_limit"].get<std::string>()),
          "the limit is " + shown);
  compare_auth(expect.at("auth"), *hello);
  const std::vector<Bytes> usable = byte_list_of(hello->json().at("usable"));
  const Json expected = expect.value("usable", Json::object());
  for (const auto& [keyword, wanted] : expected.items()) {
    require_known(testee, keyword);
    require((std::ranges::find(usable, keyword) != usable.end()) == wanted.get<bool>(), keyword + " is usable or not");
  }
}

const KindRegistration kReplies("replies", run_reply);
const KindRegistration kHellos("ehlo", run_hello);

}  // namespace
}  // namespace vectors
