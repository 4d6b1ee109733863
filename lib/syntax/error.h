// What can go wrong, with its name, whose fault it is, and the reply that a server gives.
#pragma once

#include <cstdint>

#include "ehlo_types.h"

namespace ehlo {

using Error = ehlo_rc;
using ErrorInfo = ehlo_error_info;

// Of a number that is no error too.
const ErrorInfo& error_info(std::int32_t error) noexcept;

// The outcome of a parser: what, and at which octet of its input.
struct Problem {
  Error error = EHLO_OK;
  std::uint32_t at = 0;

  constexpr bool ok() const noexcept { return error == EHLO_OK; }
};

}  // namespace ehlo
