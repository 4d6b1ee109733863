// What follows from each reply of the server.
#pragma once

#include "client/session.h"

namespace ehlo {

// Takes the reply of the call: as that to the command that is next, or as one that no command asked for.
void take_reply(ClientSession& session, ClientCall& call) noexcept;

}  // namespace ehlo
