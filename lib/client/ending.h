// The end of a session, and the outcomes that it leaves undecided.
#pragma once

#include "client/session.h"

namespace ehlo {

// Ends the session; the outcomes that are missing, and the last event, follow. Not twice.
void end_session(ClientSession& session, ClientEventType how, Error why, std::uint64_t at) noexcept;
inline void fail(ClientSession& session, Error why, std::uint64_t at = 0) noexcept {
  end_session(session, EHLO_CLIENT_EVENT_ERROR, why, at);
}

// After the end: reports outcomes, then the last event, one of them a call. False: all has been reported.
bool report_end(ClientSession& session, ClientCall& call) noexcept;

}  // namespace ehlo
