// params.jsonl: the parameters of MAIL and RCPT, parsed alone, within a command line and in a session.
#include <algorithm>
#include <set>

#include "kind.h"
#include "line_in_session.h"
#include "parse_calls.h"

namespace vectors {
namespace {

constexpr std::string_view kKnown[] = {"SIZE",   "BODY",  "SMTPUTF8", "RET",       "ENVID",
                                       "NOTIFY", "ORCPT", "AUTH",     "REQUIRETLS"};

constexpr std::pair<std::string_view, std::uint64_t> kNumbers[] = {
    {"7BIT", EHLO_BODY_7BIT},         {"8BITMIME", EHLO_BODY_8BITMIME}, {"BINARYMIME", EHLO_BODY_BINARYMIME},
    {"FULL", EHLO_RET_FULL},          {"HDRS", EHLO_RET_HDRS},          {"NEVER", EHLO_NOTIFY_NEVER},
    {"SUCCESS", EHLO_NOTIFY_SUCCESS}, {"FAILURE", EHLO_NOTIFY_FAILURE}, {"DELAY", EHLO_NOTIFY_DELAY},
};
std::uint64_t number_of(std::string_view name) {
  for (const auto& [known, number] : kNumbers)
    if (known == name) return number;
  throw Fault("bad case: no value " + printable(name));
}

void match_number(const Json& expected, const Param& param) {
  std::uint64_t wanted = 0;
  if (param.id == "SIZE") return require(std::to_string(param.number) == expected, "SIZE has another number");
  if (param.id == "BODY" || param.id == "RET") wanted = number_of(bytes_of(expected));
  if (param.id == "NOTIFY")
    for (const Bytes& keyword : byte_list_of(expected)) wanted |= number_of(keyword);
  require(param.number == wanted, param.id + " has the number " + std::to_string(param.number));
}

void match_decoded(const Json& expected, const Param& param) {
  const std::string shown =
      "decoded " + param.decoded.dump(-1, ' ', true) + ", expected " + expected.dump(-1, ' ', true);
  if (param.id == "NOTIFY") {  // a set of bits has no order
    const std::vector<Bytes> wanted = byte_list_of(expected), got = byte_list_of(param.decoded);
    const std::set<Bytes> unique(wanted.begin(), wanted.end());
    require(unique.size() == wanted.size(), "bad case: a keyword twice in NOTIFY");
    require(got.size() == wanted.size() && unique == std::set<Bytes>(got.begin(), got.end()), shown);
  } else if (param.id == "ORCPT") {
    require(byte_list_of(expected).size() == 2, "bad case: ORCPT is decoded to a pair");
    require(param.decoded.is_array() && byte_list_of(expected) == byte_list_of(param.decoded), shown);
  } else {
    require(param.decoded.is_string() && bytes_of(expected) == bytes_of(param.decoded), shown);
  }
  match_number(expected, param);
  const bool has_detail = param.id == "ORCPT";
  require(has_detail || !param.detail, "a detail where there is none");
  if (has_detail)
    require(param.detail == param.value->substr(param.value->find(';') + 1), "the detail is not the address");
}

void match_param(const Json& expected, const Param& param) {
  only_keys(expected, {"name", "value", "decoded"}, "a parameter");
  const Bytes name = bytes_of(expected.at("name"));
  require(name == upper(param.keyword), "the parameter is " + printable(param.keyword));
  require(std::ranges::find(kKnown, name) != std::end(kKnown), "bad case: no parameter " + name);
  require(param.id == name, "the id of " + name + " is " + printable(param.id));
  const Json& value = expected.at("value");
  const std::optional<Bytes> wanted = value.is_null() ? std::nullopt : std::optional(bytes_of(value));
  require(wanted == param.value, "the value is " + printable_or_absent(param.value));
  require(wanted.has_value() == expected.contains("decoded"), "bad case: decoded belongs to a value");
  if (wanted)
    match_decoded(expected["decoded"], param);
  else
    require(param.number == 0 && !param.detail && param.decoded.is_null(), "a number or a meaning without a value");
}

void compare(const Json& expect, const Bytes& error, unsigned code, const std::vector<Param>& params) {
  only_keys(expect, {"params", "error", "reply"}, "expect");
  if (!error.empty()) return match_error(expect, error, code);
  require(!expect.contains("error"), "accepted, expected the error " + expect.value("error", ""));
  const Json& expected = expect.at("params");
  require(expected.is_array() && expected.size() == params.size(), std::to_string(params.size()) + " parameters");
  for (std::size_t i = 0; i < params.size(); ++i) match_param(expected[i], params[i]);
}

ResultPtr parse_params(Testee& testee, const Bytes& text, std::string_view verb, const Config& config) {
  Request request;
  JsonText& call = request.call("parse_params");
  call.field("params", text);
  call.field("verb", verb);
  write_parse_options(call, config);
  return testee.ask_one(request);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

void run(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"command", "params", "config", "expect"});
  const Config config = config_of(vector, {});
  const Json& expect = vector.at("expect");
  const bool mail = vector.at("command") == "MAIL";
  require(mail || vector["command"] == "RCPT", "bad case: command " + vector["command"].dump());
  const Bytes text = bytes_of(vector.at("params"));

  const ResultPtr alone = parse_params(testee, text, mail ? "MAIL" : "RCPT", config);
  compare(expect, alone->error(), alone->json().value("code", 0u), params_in(alone->json()));

  const auto compare_in_line = [&](const Parsed& parsed) {
    // A control character is a wrong parameter, but within a line it is wrong wherever it stands (commands.jsonl).
    const bool either = parsed.error == "syntax" && has_control(text) && expect.value("error", "") == "bad-parameter";
    compare(expect, either ? "bad-parameter" : parsed.error, parsed.code, parsed.command.params);
  };
  const Bytes line = (mail ? "MAIL FROM:<a@client.example> " : "RCPT TO:<bob@mx.example> ") + text + "\r\n";
  in_play("in " + printable(line), [&] {
    compare_in_line(Parsed(*parse_command(testee, line, config)));
    compare_in_line(line_in_session(testee, config, line));
  });
}

const KindRegistration kParameters("params", run);

}  // namespace
}  // namespace vectors
