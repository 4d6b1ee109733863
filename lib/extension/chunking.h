// CHUNKING (RFC 3030).
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr Extension kChunking{.id = EHLO_EXT_CHUNKING, .keyword = "CHUNKING", .verbs = bit(EHLO_VERB_BDAT)};

}  // namespace ehlo
