// The content of a message in the session: the octets, the end of a chunk or of the message, and its results.
#pragma once

#include "server/session.h"

namespace ehlo {

// Takes octets of DATA or of a chunk. False: nothing more can be done now.
bool take_content(Session& session, Call& call) noexcept;

// Asks for the result of the message: once, in LMTP for each accepted recipient (RFC 2033 4.2).
void ask_result(Session& session, Call& call) noexcept;

}  // namespace ehlo
