// Absolute URIs, by their grammar (RFC 3986 4.3).
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"

namespace ehlo {

// Checks that `text` of `input` is one URI. EHLO_E_SYNTAX, with the position in `input`.
Problem parse_uri(Bytes input, Span text) noexcept;

}  // namespace ehlo
