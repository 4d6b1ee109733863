// CHUNKING (RFC 3030).
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr Extension kChunking{.id = ExtensionId::chunking, .keyword = "CHUNKING", .verbs = bit(Verb::bdat)};

}  // namespace ehlo
