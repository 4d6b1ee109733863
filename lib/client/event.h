// What a client session reports to its program.
#pragma once

#include "ehlo_client_types.h"
#include "extension/extension_set.h"
#include "syntax/error.h"
#include "syntax/verb.h"

namespace ehlo {

using ClientEventType = std::uint32_t;  // EHLO_CLIENT_EVENT_*
using Verdict = std::uint32_t;          // EHLO_VERDICT_*
using OutcomeScope = std::uint32_t;     // EHLO_SCOPE_*
using ClientEvent = ehlo_client_event;
inline constexpr ClientEvent kNoClientEvent{EHLO_CLIENT_EVENT_NONE,
                                            EHLO_VERB_UNKNOWN,
                                            0,
                                            0,
                                            0,
                                            0,
                                            EHLO_VERDICT_NONE,
                                            EHLO_SCOPE_NONE,
                                            0,
                                            EHLO_OK,
                                            0,
                                            0,
                                            kAbsent,
                                            kAbsent};

// One reply gives at most EHLO_CLIENT_EVENTS_MIN events; the outcomes of many recipients come in several batches.
using ClientBatch = ehlo_client_batch;

const char* client_event_name(ClientEventType type) noexcept;

}  // namespace ehlo
