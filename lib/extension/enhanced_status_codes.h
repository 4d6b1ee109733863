// ENHANCEDSTATUSCODES (RFC 2034): the replies carry them; here is its EHLO line.
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr Extension kEnhancedStatusCodes{.id = ExtensionId::enhanced_status_codes,
                                                .keyword = "ENHANCEDSTATUSCODES"};

}  // namespace ehlo
