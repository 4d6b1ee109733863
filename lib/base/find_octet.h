// The searches for the octets that end lines.
#pragma once

#include "base/speed.h"

#if EHLO_FAST_SSE2
#include "base/fast/find_octet_sse2.h"
#endif

namespace ehlo {

namespace plain {

inline const unsigned char* find_octet(const unsigned char* p, const unsigned char* end, unsigned char octet) noexcept {
  while (p != end && *p != octet) ++p;
  return p;
}

inline const unsigned char* find_special(const unsigned char* p, const unsigned char* end) noexcept {
  while (p != end && *p != '\r' && *p != '\n' && *p != '\0') ++p;
  return p;
}

}  // namespace plain

// The first `octet` from `p`, or `end`.
inline const unsigned char* find_octet(const unsigned char* p, const unsigned char* end, unsigned char octet) noexcept {
#if EHLO_FAST_SSE2
  return fast::find_octet(p, end, octet);
#else
  return plain::find_octet(p, end, octet);
#endif
}

// The first CR, LF or NUL from `p`, or `end`.
inline const unsigned char* find_special(const unsigned char* p, const unsigned char* end) noexcept {
#if EHLO_FAST_SSE2
  return fast::find_special(p, end);
#else
  return plain::find_special(p, end);
#endif
}

}  // namespace ehlo
