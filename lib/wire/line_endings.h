// The policy for line endings that are not CR LF (RFC 5321 2.3.8).
#pragma once

#include <cstdint>

#include "ehlo_types.h"

namespace ehlo {

// EHLO_ENDING_*. None of them moves the end of data.
using LineEndings = std::uint8_t;

}  // namespace ehlo
