// Errors: their names, whose fault they are, and the replies that a server gives.
#pragma once

#include <cstdint>

#include "ehlo_types.h"

namespace ehlo {

using Error = ehlo_rc;
using ErrorInfo = ehlo_error_info;

// Defined for every number: one that is no error gives "unknown-error".
const ErrorInfo& error_info(std::int32_t error) noexcept;

// The result of a parser: the error, and at which octet of its input.
struct Problem {
  Error error = EHLO_OK;
  std::uint32_t at = 0;

  constexpr bool ok() const noexcept { return error == EHLO_OK; }
};

}  // namespace ehlo
