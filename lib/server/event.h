// The events of a server session: flat structs in arrays of the program.
#pragma once

#include "ehlo_server_types.h"
#include "syntax/command.h"

namespace ehlo {

using EventType = std::uint32_t;  // EHLO_SERVER_EVENT_*
using Event = ehlo_server_event;
inline constexpr Event kNoEvent{
    EHLO_SERVER_EVENT_NONE, 0, 0, EHLO_OK, 0, kAbsent, kAbsent, kAbsent, kNoPath, {0, 0}, {0, 0}, 0,
    EHLO_VERB_UNKNOWN,      0, 0};

// One line, or one piece of content, gives at most EHLO_SERVER_EVENTS_MIN events: six violations, a piece of the body,
// and a chunk or a message.
using Batch = ehlo_server_batch;

// The protocol that a rejected line seems to belong to.
using Junk = std::uint32_t;  // EHLO_JUNK_*
Junk classify_junk(Bytes line) noexcept;

const char* event_name(EventType type) noexcept;

}  // namespace ehlo
