// PIPELINING (RFC 2920): the order of replies and the flushing are the session's nature; here is its EHLO line.
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr Extension kPipelining{.id = EHLO_EXT_PIPELINING, .keyword = "PIPELINING"};

}  // namespace ehlo
