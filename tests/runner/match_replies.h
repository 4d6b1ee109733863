// What the vectors say of replies, read by more than one kind.
#pragma once

#include "engine.h"

namespace vectors {

Bytes enhanced_text(std::uint32_t packed);
// The name that the vectors have for a reply error.
Bytes reply_error_name(std::int32_t error);
ReplyLimits reply_limits_of(const Json& config);

}  // namespace vectors
