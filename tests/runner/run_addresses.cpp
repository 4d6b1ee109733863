// addresses.jsonl: one path, parsed alone and within MAIL or RCPT.
#include "kind.h"
#include "match.h"

namespace vectors {
namespace {

void judge(const Json& expect, std::int32_t error, const Path& path, const Engine& engine) {
  const bool valid = expect.at("valid").get<bool>();
  require(valid == (error == EHLO_OK), valid ? "refused: " + engine.error_name(error) : "accepted");
  if (valid)
    match_path(expect, path, engine);
  else
    require(error == EHLO_E_SYNTAX || error == EHLO_E_NEEDS_SMTPUTF8, "the error is " + engine.error_name(error));
}

void run(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"path", "kind", "smtputf8", "expect"});
  const Json& expect = vector.at("expect");
  only_keys(expect, {"valid", "null", "local", "local_value", "domain", "literal", "route", "needs_smtputf8"},
            "expect");
  const Bytes text = bytes_of(vector["path"]);
  const Json& kind = vector.at("kind");
  require(kind == "forward" || kind == "reverse", "bad case: kind " + kind.dump());
  const bool forward = kind == "forward";
  const bool smtputf8 = vector.at("smtputf8").get<bool>();

  Path path;
  const std::int32_t error = engine.parse_path(text, forward, smtputf8, path);
  judge(expect, error, path, engine);

  // RCPT has no SMTPUTF8 parameter of its own, so the command alone cannot say whether non-ASCII is allowed.
  const bool judged_by_command = !forward || smtputf8 || error != EHLO_E_NEEDS_SMTPUTF8;
  if (!judged_by_command) return;
  const Bytes line = (forward ? "RCPT TO:" : "MAIL FROM:") + text + (!forward && smtputf8 ? " SMTPUTF8\r\n" : "\r\n");
  Command command;
  const std::int32_t in_command = engine.parse_command(line, Config(config_of(Json::object(), {})), command);
  try {
    const bool too_long = in_command == EHLO_E_LINE_TOO_LONG;
    // What stands behind a whole path is taken for parameters there.
    const bool parameters = in_command == EHLO_E_BAD_PARAMETER || in_command == EHLO_E_UNKNOWN_PARAMETER;
    const bool path = in_command == (forward ? EHLO_E_BAD_RECIPIENT : EHLO_E_BAD_SENDER);
    judge(expect, too_long || parameters || path ? std::int32_t{EHLO_E_SYNTAX} : in_command, command.path, engine);
  } catch (const Fault& fault) {
    throw Fault("in " + printable(line) + ": " + fault.what());
  }
}

bool matches(const Json& vector) { return vector.contains("path"); }

const KindRegistration kAddresses({"addresses", matches, run});

}  // namespace
}  // namespace vectors
