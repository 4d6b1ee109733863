// ENHANCEDSTATUSCODES (RFC 2034): the replies carry them; here is its EHLO line.
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr Extension kEnhancedStatusCodes{.id = EHLO_EXT_ENHANCEDSTATUSCODES, .keyword = "ENHANCEDSTATUSCODES"};

}  // namespace ehlo
