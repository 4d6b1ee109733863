// The search for CR, LF and NUL in content: the octets that are more than text.
#pragma once

#include "base/find_octet.h"
#include "syntax/bytes.h"

#if EHLO_FAST
#include "wire/fast/scanner.h"
#endif

namespace ehlo {

// The first CR, LF or NUL from `p`, or `end`.
inline const Octet* find_special_octet(const Octet* p, const Octet* end) noexcept {
#if EHLO_FAST
  return scanner().find_special(p, end);
#else
  return find_special(p, end);
#endif
}

}  // namespace ehlo
