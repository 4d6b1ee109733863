// A single command line shown to a server session, in every cut: what a parser says of it must be what a session does.
#pragma once

#include "match.h"
#include "testee.h"

namespace vectors {

// Feeds `line` where it is in its place: MAIL behind EHLO, RCPT behind MAIL and so on. Throws Fault where the cuts
// make a difference, or where the line is not answered by exactly one event.
Parsed line_in_session(Testee& testee, const Config& config, std::string_view line);

}  // namespace vectors
