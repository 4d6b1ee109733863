// commands.jsonl: one command line, parsed alone and in a session.
#include "kind.h"
#include "line_in_session.h"
#include "match.h"

namespace vectors {
namespace {

void judge(const Json& expect, const Bytes& line, std::int32_t error, unsigned code, const Command& command,
           const Engine& engine) {
  if (error != EHLO_OK) {
    if (expect.contains("error")) only_keys(expect, {"error", "reply"}, "expect");
    match_error(expect, error_kind_of_command(error, line, engine), code);
  } else {
    require(!expect.contains("error"), "accepted, expected the error " + expect.value("error", ""));
    match_command(expect, command, engine);
  }
}

void run(const Json& vector, const Engine& engine) {
  only_case_keys(vector, {"line", "config", "expect"});
  Config config = config_of(vector, {"max_line"});
  const Bytes line = bytes_of(vector["line"]);
  const Json& expect = vector.at("expect");

  Command command;
  const std::int32_t error = engine.parse_command(line, config, command);
  judge(expect, line, error, error == EHLO_OK ? 0 : engine.error_code(error), command, engine);

  // A session serves the mechanisms of its configuration only; whether it knows this one is not the question here.
  if (expect.contains("mechanism")) config.auth = {bytes_of(expect["mechanism"])};
  const LineOutcome outcome = line_in_session(engine, config, line);
  try {
    judge(expect, line, outcome.error, outcome.code, outcome.command, engine);
  } catch (const Fault& fault) {
    throw Fault(Bytes("in a session: ") + fault.what());
  }
}

bool matches(const Json& vector) { return vector.contains("line"); }

const KindRegistration kCommands({"commands", matches, run});

}  // namespace
}  // namespace vectors
