// params.jsonl: the parameters of MAIL and RCPT, parsed alone, within a command line and in a session.
#include <algorithm>
#include <set>

#include "kind.h"
#include "line_in_session.h"
#include "parse_calls.h"
#include "support/rows.h"

namespace vectors {
namespace {

using support::ParamRow;

Bytes digits_of(const Json& expected) {
  require(expected.is_string() || expected.is_number_integer(), "bad case: no number");
  return expected.is_string() ? bytes_of(expected) : expected.dump();
}

std::size_t place_of(const ParamRow& row, std::string_view word) {
  const std::vector<std::string_view> words = support::words_of(row.words);
  const auto found = std::ranges::find(words, word);
  require(found != words.end(), "bad case: no value " + printable(word));
  return static_cast<std::size_t>(found - words.begin());
}

// The meaning of `number`, by the kind of the value.
Bytes number_of(const Json& expected, const ParamRow& row) {
  std::uint64_t bits = 0;
  switch (row.kind) {
    case EHLO_KIND_NUMBER:
    case EHLO_KIND_DATE: return digits_of(expected);
    case EHLO_KIND_WORD:
      return std::to_string(row.least + static_cast<std::int64_t>(place_of(row, bytes_of(expected))));
    case EHLO_KIND_WORDS:
      for (const Bytes& word : byte_list_of(expected)) bits |= std::uint64_t{1} << place_of(row, word);
      return std::to_string(bits);
    default: return "0";
  }
}

// A set of bits has no order.
bool is_same_set(const Json& expected, const Json& decoded) {
  const std::vector<Bytes> wanted = byte_list_of(expected), got = byte_list_of(decoded);
  const std::set<Bytes> unique(wanted.begin(), wanted.end());
  require(unique.size() == wanted.size(), "bad case: a word twice in a set");
  return got.size() == wanted.size() && unique == std::set<Bytes>(got.begin(), got.end());
}

bool is_same(const Json& expected, const Json& decoded, const ParamRow& row) {
  switch (row.kind) {
    case EHLO_KIND_NUMBER:
    case EHLO_KIND_DATE: return digits_of(expected) == digits_of(decoded);
    case EHLO_KIND_WORDS: return is_same_set(expected, decoded);
    case EHLO_KIND_KEYWORDS: return byte_list_of(expected) == byte_list_of(decoded);
    // Its parts, as the vectors have them.
    case EHLO_KIND_CUSTOM: return expected == decoded;
    default: return decoded.is_string() && bytes_of(expected) == bytes_of(decoded);
  }
}

// Values of the kind CUSTOM, of which ORCPT is the only one: the detail is its address.
void match_custom(const Param& param) {
  if (param.id != "ORCPT") return;
  require(param.detail == param.value->substr(param.value->find(';') + 1), "the detail is not the address");
  require(param.number == "0", "a number where there is none");
}

void match_decoded(const Json& expected, const Param& param, const ParamRow& row) {
  require(is_same(expected, param.decoded, row), [&] {
    return "decoded " + param.decoded.dump(-1, ' ', true) + ", expected " + expected.dump(-1, ' ', true);
  });
  if (row.kind == EHLO_KIND_CUSTOM) return match_custom(param);
  require(param.number == number_of(expected, row), param.id + " has the number " + param.number);
  require(!param.detail, "a detail where there is none");
}

void match_param(const Json& expected, const Param& param) {
  only_keys(expected, {"name", "value", "decoded"}, "a parameter");
  const Bytes name = bytes_of(expected.at("name"));
  require(name == upper(param.keyword), "the parameter is " + printable(param.keyword));
  const ParamRow* row = support::row_named(support::kParams, name);
  require(row != nullptr, "bad case: no parameter " + name);
  require(param.id == name, "the id of " + name + " is " + printable(param.id));
  const Json& value = expected.at("value");
  const std::optional<Bytes> wanted = value.is_null() ? std::nullopt : std::optional(bytes_of(value));
  require(wanted == param.value, "the value is " + printable_or_absent(param.value));
  require(wanted.has_value() == expected.contains("decoded"), "bad case: decoded belongs to a value");
  if (wanted)
    match_decoded(expected["decoded"], param, *row);
  else
    require(param.number == "0" && !param.detail && param.decoded.is_null(), "a number or a meaning without a value");
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
    // Alone, a control character is an error of the parameter; in a line it is an error of the whole line
    // (commands.jsonl).
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
const KindRegistration kOfExtensions("params_ext", run);

}  // namespace
}  // namespace vectors
