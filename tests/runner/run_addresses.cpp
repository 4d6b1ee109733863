// addresses.jsonl: one path, parsed alone and within MAIL or RCPT.
#include "kind.h"
#include "parse_calls.h"

namespace vectors {
namespace {

void compare(const Json& expect, const Bytes& error, const Path& path) {
  const bool valid = expect.at("valid").get<bool>();
  require(valid == error.empty(), valid ? "refused: " + error : "accepted");
  if (valid)
    match_path(expect, path);
  else
    require(error == "syntax" || error == "needs-smtputf8", "the error is " + error);
}

ResultPtr parse_path(Testee& testee, const Bytes& text, bool forward, bool smtputf8) {
  Request request;
  JsonText& call = request.call("parse_path");
  call.field("path", text);
  call.flag("forward", forward);
  call.flag("smtputf8", smtputf8);
  return testee.ask_one(request);
}

void run(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"path", "kind", "smtputf8", "expect"});
  const Json& expect = vector.at("expect");
  only_keys(expect, {"valid", "null", "local", "local_value", "domain", "literal", "route", "needs_smtputf8"},
            "expect");
  const Bytes text = bytes_of(vector.at("path"));
  const Json& kind = vector.at("kind");
  require(kind == "forward" || kind == "reverse", "bad case: kind " + kind.dump());
  const bool forward = kind == "forward";
  const bool smtputf8 = vector.at("smtputf8").get<bool>();

  const ResultPtr alone = parse_path(testee, text, forward, smtputf8);
  const Bytes error = alone->error();
  compare(expect, error, error.empty() ? Path(alone->json()) : Path());

  // RCPT has no SMTPUTF8 parameter of its own, so the command alone cannot say whether non-ASCII is allowed.
  if (forward && !smtputf8 && error == "needs-smtputf8") return;
  const Bytes line = (forward ? "RCPT TO:" : "MAIL FROM:") + text + (!forward && smtputf8 ? " SMTPUTF8\r\n" : "\r\n");
  in_play("in " + printable(line), [&] {
    const Parsed parsed(*parse_command(testee, line, config_of(Json::object(), {})));
    const bool too_long = parsed.error == "line-too-long";
    // There the text after a whole path is read as parameters.
    const bool parameters = parsed.error == "bad-parameter" || parsed.error == "unknown-parameter";
    const bool path = parsed.error == (forward ? "bad-recipient" : "bad-sender");
    compare(expect, too_long || parameters || path ? "syntax" : parsed.error, parsed.command.path);
  });
}

const KindRegistration kAddresses("addresses", run);

}  // namespace
}  // namespace vectors
