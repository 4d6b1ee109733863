// The policy for line endings that are not CR LF (RFC 5321 2.3.8).
#pragma once

#include <cstdint>

namespace ehlo {

// Values are those of EHLO_ENDING_* in the C API. None of them moves the end of data.
enum class LineEndings : std::uint8_t { reject = 0, normalize = 1, accept = 2 };

}  // namespace ehlo
