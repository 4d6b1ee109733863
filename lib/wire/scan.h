// The search for line structure in content.
#pragma once

#include "syntax/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ehlo {

// The first CR or LF from `p`, or `end`.
inline const Octet* find_cr_or_lf(const Octet* p, const Octet* end) noexcept {
#if defined(__SSE2__)
  const __m128i cr = _mm_set1_epi8('\r');
  const __m128i lf = _mm_set1_epi8('\n');
  for (; end - p >= 16; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const int hits = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf)));
    if (hits != 0) return p + __builtin_ctz(static_cast<unsigned>(hits));
  }
#endif
  while (p != end && *p != '\r' && *p != '\n') ++p;
  return p;
}

}  // namespace ehlo
