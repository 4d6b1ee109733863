// commands.jsonl: one command line, parsed alone and in a session.
#include "kind.h"
#include "line_in_session.h"
#include "parse_calls.h"

namespace vectors {
namespace {

void compare(const Json& expect, const Bytes& line, const Parsed& parsed) {
  if (!parsed.error.empty()) {
    if (expect.contains("error")) only_keys(expect, {"error", "reply"}, "expect");
    match_error(expect, error_kind_of_command(parsed.error, line), parsed.code);
  } else {
    require(!expect.contains("error"), "accepted, expected the error " + expect.value("error", ""));
    match_command(expect, parsed.command);
  }
}

void run(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"line", "config", "expect"});
  Config config = config_of(vector, {"max_line"});
  const Bytes line = bytes_of(vector.at("line"));
  const Json& expect = vector.at("expect");
  compare(expect, line, Parsed(*parse_command(testee, line, config)));

  // A session serves only the mechanisms of its configuration. Here it need not know this one.
  if (expect.contains("mechanism")) config.auth = {bytes_of(expect["mechanism"])};
  const Parsed in_session = line_in_session(testee, config, line);
  in_play("in a session", [&] { compare(expect, line, in_session); });
}

const KindRegistration kCommands("commands", run);
const KindRegistration kOfExtensions("commands_ext", run);

}  // namespace
}  // namespace vectors
