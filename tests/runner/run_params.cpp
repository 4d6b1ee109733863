// params.jsonl: the parameters of MAIL and RCPT, parsed alone, within a command line and in a session.
#include <algorithm>

#include "kind.h"
#include "line_in_session.h"
#include "match.h"

namespace vectors {
namespace {

struct NamedParam {
  const char* name;
  std::uint32_t id;
};
constexpr NamedParam kParams[] = {
    {"SIZE", EHLO_PARAM_SIZE},   {"BODY", EHLO_PARAM_BODY},   {"SMTPUTF8", EHLO_PARAM_SMTPUTF8},
    {"RET", EHLO_PARAM_RET},     {"ENVID", EHLO_PARAM_ENVID}, {"NOTIFY", EHLO_PARAM_NOTIFY},
    {"ORCPT", EHLO_PARAM_ORCPT}, {"AUTH", EHLO_PARAM_AUTH},   {"REQUIRETLS", EHLO_PARAM_REQUIRETLS},
};

void match_text(const Json& expected, const std::optional<Bytes>& got) {
  require(bytes_of(expected) == got, "decoded " + printable_or_absent(got) + ", expected " + expected.dump());
}

Bytes body_name(std::uint64_t number) {
  switch (number) {
    case EHLO_BODY_7BIT: return "7BIT";
    case EHLO_BODY_8BITMIME: return "8BITMIME";
    case EHLO_BODY_BINARYMIME: return "BINARYMIME";
    default: return "BODY number " + std::to_string(number);
  }
}

// In the order of the keywords in `expected`, because a set of bits has none.
void match_notify(const Json& expected, std::uint64_t bits) {
  std::uint64_t wanted = 0;
  for (const Bytes& keyword : byte_list_of(expected)) {
    std::uint64_t bit = 0;
    if (keyword == "NEVER") bit = EHLO_NOTIFY_NEVER;
    if (keyword == "SUCCESS") bit = EHLO_NOTIFY_SUCCESS;
    if (keyword == "FAILURE") bit = EHLO_NOTIFY_FAILURE;
    if (keyword == "DELAY") bit = EHLO_NOTIFY_DELAY;
    require(bit != 0 && (wanted & bit) == 0, "bad case: NOTIFY " + printable(keyword));
    wanted |= bit;
  }
  require(bits == wanted, "NOTIFY is decoded to the bits " + std::to_string(bits));
}

void match_orcpt(const Json& expected, const Param& param, const Engine& engine) {
  require(expected.is_array() && expected.size() == 2, "bad case: ORCPT is decoded to a pair");
  const std::size_t semicolon = param.value->find(';');
  require(semicolon != Bytes::npos, "ORCPT without a type");
  match_text(expected[0], param.value->substr(0, semicolon));
  match_text(expected[1], engine.decode_orcpt(*param.value));
  require(param.detail == param.value->substr(semicolon + 1), "the detail is not the address");
}

void match_decoded(const Json& expected, const Param& param, const Engine& engine) {
  require(param.id == EHLO_PARAM_ORCPT || !param.detail, "a detail where there is none");
  switch (param.id) {
    case EHLO_PARAM_SIZE: return match_text(expected, std::to_string(param.number));
    case EHLO_PARAM_BODY: return match_text(expected, body_name(param.number));
    case EHLO_PARAM_RET:
      require(param.number == EHLO_RET_FULL || param.number == EHLO_RET_HDRS, "no such RET");
      return match_text(expected, param.number == EHLO_RET_FULL ? "FULL" : "HDRS");
    case EHLO_PARAM_NOTIFY: return match_notify(expected, param.number);
    case EHLO_PARAM_ENVID: return match_text(expected, engine.decode_xtext(*param.value, false));
    // RFC 4954 5 writes hexchar with HEXDIG, which has both cases.
    case EHLO_PARAM_AUTH: return match_text(expected, engine.decode_xtext(*param.value, true));
    case EHLO_PARAM_ORCPT: return match_orcpt(expected, param, engine);
    default: throw Fault("nothing to decode in " + param.keyword);
  }
}

void match_param(const Json& expected, const Param& param, const Engine& engine) {
  only_keys(expected, {"name", "value", "decoded"}, "a parameter");
  const Bytes name = bytes_of(expected.at("name"));
  require(name == upper(param.keyword), "the parameter is " + printable(param.keyword));
  const auto* row =
      std::find_if(std::begin(kParams), std::end(kParams), [&](const NamedParam& p) { return p.name == name; });
  require(row != std::end(kParams), "bad case: no parameter " + name);
  require(row->id == param.id, "the id of " + name + " is " + std::to_string(param.id));
  const Json& value = expected.at("value");
  const std::optional<Bytes> wanted = value.is_null() ? std::nullopt : std::optional(bytes_of(value));
  require(wanted == param.value, "the value is " + printable_or_absent(param.value));
  require(wanted.has_value() == expected.contains("decoded"), "bad case: decoded belongs to a value");
  if (wanted)
    match_decoded(expected["decoded"], param, engine);
  else
    require(param.number == 0 && !param.detail, "a number or a detail without a value");
}

void judge(const Json& expect, std::int32_t error, unsigned code, const std::vector<Param>& params,
           const Engine& engine) {
  only_keys(expect, {"params", "error", "reply"}, "expect");
  if (error != EHLO_OK) return match_error(expect, error_kind_of_params(error, engine), code);
  require(!expect.contains("error"), "accepted, expected the error " + expect.value("error", ""));
  const Json& expected = expect.at("params");
  require(expected.is_array() && expected.size() == params.size(), std::to_string(params.size()) + " parameters");
  for (std::size_t i = 0; i < params.size(); ++i) match_param(expected[i], params[i], engine);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

void run(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"command", "params", "config", "expect"});
  const Config config = config_of(vector, {});
  const Json& expect = vector.at("expect");
  const bool mail = vector["command"] == "MAIL";
  require(mail || vector["command"] == "RCPT", "bad case: command " + vector["command"].dump());
  const Bytes text = bytes_of(vector["params"]);
  const auto code_of = [&](std::int32_t error) { return error == EHLO_OK ? 0 : engine.error_code(error); };

  std::vector<Param> params;
  const std::int32_t error = engine.parse_params(text, mail ? EHLO_VERB_MAIL : EHLO_VERB_RCPT, config, params);
  judge(expect, error, code_of(error), params, engine);

  const auto judge_in_line = [&](std::int32_t problem, unsigned code, const std::vector<Param>& got) {
    // A control character is a wrong parameter, but within a line it is wrong wherever it stands (commands.jsonl).
    const bool either = problem == EHLO_E_SYNTAX && has_control(text) && expect.value("error", "") == "bad-parameter";
    judge(expect, either ? std::int32_t{EHLO_E_BAD_PARAMETER} : problem, code, got, engine);
  };
  const Bytes line = (mail ? "MAIL FROM:<a@client.example> " : "RCPT TO:<bob@mx.example> ") + text + "\r\n";
  try {
    Command command;
    const std::int32_t in_line = engine.parse_command(line, config, command);
    judge_in_line(in_line, code_of(in_line), command.params);
    const LineOutcome outcome = line_in_session(engine, config, line);
    judge_in_line(outcome.error, outcome.code, outcome.command.params);
  } catch (const Fault& fault) {
    throw Fault("in " + printable(line) + ": " + fault.what());
  }
}

bool matches(const Json& vector) { return vector.contains("command") && vector.contains("params"); }

const KindRegistration kParameters({"params", matches, run});

}  // namespace
}  // namespace vectors
