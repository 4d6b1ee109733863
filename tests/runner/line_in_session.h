// A single command line shown to a server session, in every cut: the session must agree with the parser.
#pragma once

#include "match.h"
#include "testee.h"

namespace vectors {

// Feeds `line` where it is legal: MAIL after EHLO, RCPT after MAIL and so on. Throws Fault where the cuts make a
// difference, or where the line has not exactly one event.
Parsed line_in_session(Testee& testee, const Config& config, std::string_view line);

}  // namespace vectors
