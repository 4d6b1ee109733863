// A single command line shown to a server session, in every cut: what a parser says of it must be what a session does.
#pragma once

#include "engine.h"

namespace vectors {

struct LineOutcome {
  std::int32_t error = EHLO_OK;
  unsigned code = 0;  // of the reply to a rejected line
  Command command;    // of an accepted line
};

// Feeds `line` where it is in its place: MAIL behind EHLO, RCPT behind MAIL and so on. Throws Fault where the cuts
// make a difference, or where the line is not answered by exactly one event.
LineOutcome line_in_session(const Engine& engine, const Config& config, std::string_view line);

}  // namespace vectors
