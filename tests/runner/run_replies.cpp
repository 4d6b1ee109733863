// replies.jsonl and ehlo.jsonl: replies of a server, parsed without a session.
#include <set>

#include "kind.h"
#include "match_replies.h"

namespace vectors {

Bytes enhanced_text(std::uint32_t packed) {
  return std::to_string(EHLO_ENHANCED_CLASS(packed)) + "." + std::to_string(EHLO_ENHANCED_SUBJECT(packed)) + "." +
         std::to_string(EHLO_ENHANCED_DETAIL(packed));
}

Bytes reply_error_name(std::int32_t error) {
  if (error == EHLO_E_HELLO_REFUSED) return "ehlo-refused";
  return ehlo_error_name(error);
}

ReplyLimits reply_limits_of(const Json& config) {
  ReplyLimits limits;
  if (config.contains("max_reply_line")) limits.line = config["max_reply_line"].get<std::uint32_t>();
  if (config.contains("max_reply_lines")) limits.lines = config["max_reply_lines"].get<std::uint32_t>();
  if (config.contains("max_reply_size")) limits.octets = config["max_reply_size"].get<std::uint32_t>();
  return limits;
}

namespace {

Json config_of_reply(const Json& vector) {
  const Json config = vector.value("config", Json::object());
  only_keys(config, {"max_reply_line", "max_reply_lines", "max_reply_size", "tls"}, "config");
  return config;
}

void judge_reply(const Json& expect, const Bytes& octets, const ReplyLimits& limits, const Engine& engine) {
  ParsedReply reply;
  std::size_t at = 0;
  const std::int32_t rc = engine.parse_reply(octets, limits, reply, at);
  if (expect.contains("incomplete")) {
    require(rc == EHLO_E_INCOMPLETE, "it is " + reply_error_name(rc));
    return;
  }
  if (expect.contains("error")) {
    require(reply_error_name(rc) == expect["error"].get<std::string>(), "the error is " + reply_error_name(rc));
    // Certain at this octet, and not before it.
    require(at <= octets.size(), "the position is outside");
    std::size_t again = 0;
    const std::int32_t before = engine.parse_reply(octets.substr(0, at), limits, reply, again);
    const bool bare_cr = rc == EHLO_E_BARE_CR;  // told at the CR, certain behind it
    require(before == EHLO_E_INCOMPLETE || bare_cr || (rc == EHLO_E_REPLY_TOO_LONG && again == at),
            "certain before its position " + std::to_string(at));
    return;
  }
  require(rc == EHLO_OK, "the error is " + reply_error_name(rc));
  require(is_expected_code(expect.at("code"), reply.code), "the code is " + std::to_string(reply.code));
  const Bytes enhanced = reply.enhanced == 0 ? "none" : enhanced_text(reply.enhanced);
  require(enhanced == (expect.at("enhanced").is_null() ? "none" : expect["enhanced"].get<std::string>()),
          "the enhanced code is " + enhanced);
  require(reply.lines == byte_list_of(expect.at("lines")), "the lines are wrong");
  require(octets.substr(reply.length) == bytes_of(expect.at("remaining")), "the rest is wrong");
}

void run_reply(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"bytes", "config", "expect"});
  only_keys(vector["expect"], {"code", "enhanced", "lines", "remaining", "incomplete", "error"}, "expect");
  judge_reply(vector["expect"], bytes_of(vector["bytes"]), reply_limits_of(config_of_reply(vector)), engine);
}

std::vector<Bytes> words_of(const Bytes& text) {
  std::vector<Bytes> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end != at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

void judge_auth(const Json& expect, const ParsedHello& hello, const Bytes& octets, const Engine& engine) {
  const bool offered = (hello.offered & EHLO_EXT_BIT(EHLO_EXT_AUTH)) != 0;
  require(offered == !expect.is_null(), offered ? "AUTH is offered" : "AUTH is not offered");
  std::vector<Bytes> mechanisms;
  std::set<Bytes> seen;
  for (const auto& [keyword, params] : hello.capabilities)
    if (upper(keyword) == "AUTH")
      for (const Bytes& word : words_of(params))
        if (seen.insert(upper(word)).second) mechanisms.push_back(upper(word));
  if (offered) require(mechanisms == byte_list_of(expect), "the mechanisms are wrong");
  for (const Bytes& mechanism : mechanisms)
    require(engine.has_mechanism(octets, mechanism), mechanism + " is not found");
  require(!engine.has_mechanism(octets, "NO-SUCH-ONE"), "a mechanism is found that is not there");
  require(mechanisms.empty() == ((hello.usable & EHLO_EXT_BIT(EHLO_EXT_AUTH)) == 0), "AUTH is usable or not");
}

void run_hello(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"bytes", "config", "expect"});
  const Json& expect = vector["expect"];
  only_keys(expect, {"domain", "capabilities", "size_limit", "auth", "usable", "error"}, "expect");
  const Json config = config_of_reply(vector);
  const Bytes octets = bytes_of(vector["bytes"]);
  ParsedHello hello;
  const std::int32_t rc = engine.parse_hello(octets, config.value("tls", false), reply_limits_of(config), hello);
  if (expect.contains("error")) {
    require(reply_error_name(rc) == expect["error"].get<std::string>(), "the error is " + reply_error_name(rc));
    return;
  }
  require(rc == EHLO_OK, "the error is " + reply_error_name(rc));
  require(hello.domain == bytes_of(expect.at("domain")), "the domain is " + printable(hello.domain));
  Json capabilities = Json::array();
  for (const auto& [keyword, params] : hello.capabilities) capabilities.push_back({upper(keyword), words_of(params)});
  require(capabilities == expect.at("capabilities"), "the capabilities are " + capabilities.dump());
  const Bytes limit = hello.size_limit ? std::to_string(*hello.size_limit) : "null";
  require(limit == (expect.at("size_limit").is_null() ? "null" : expect["size_limit"].get<std::string>()),
          "the limit is " + limit);
  judge_auth(expect.at("auth"), hello, octets, engine);
  const Json usable = expect.value("usable", Json::object());
  for (const auto& [keyword, wanted] : usable.items()) {
    const std::uint64_t bit = ehlo_extension_bit(keyword.data(), keyword.size());
    require(bit != 0, "bad case: " + keyword + " is not known");
    require(((hello.usable & bit) != 0) == wanted.get<bool>(), keyword + " is usable or not");
  }
}

bool is_hello_file(const Json& vector) { return vector.value("id", "").find("ehlo-") != std::string::npos; }

bool matches_reply(const Json& vector) {
  return vector.contains("bytes") && vector.contains("expect") && !is_hello_file(vector) &&
         !vector["expect"].contains("capabilities");
}

// An error alone does not say which of the two kinds a case is of: there the id does.
bool matches_hello(const Json& vector) {
  return vector.contains("bytes") && vector.contains("expect") &&
         (vector["expect"].contains("capabilities") || is_hello_file(vector));
}

const KindRegistration kReplies({"replies", matches_reply, run_reply});
const KindRegistration kHellos({"ehlo", matches_hello, run_hello});

}  // namespace
}  // namespace vectors
