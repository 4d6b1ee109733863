// The searches of base/find_octet.h in vectors of 16 octets. No load leaves the text: the page behind it may be
// inaccessible.
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>

namespace ehlo::fast {

// Bit i: p[i] is `wanted`. Looks at the vectors at 0, `second`, `third` and `last`. Where they overlap, the same bits
// are combined twice.
inline std::uint64_t find_in_four(const unsigned char* p, unsigned second, unsigned third, unsigned last,
                                  __m128i wanted) noexcept {
  const auto find = [p, wanted](unsigned at) noexcept {
    const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
    return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, wanted)))} << at;
  };
  return find(0) | find(second) | find(third) | find(last);
}

// One branch for 64 octets: most searches are for a near line end, whose position cannot be predicted.
inline const unsigned char* find_octet(const unsigned char* p, const unsigned char* end, unsigned char octet) noexcept {
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(octet));
  for (; end - p >= 64; p += 64)
    if (const std::uint64_t found = find_in_four(p, 16, 32, 48, wanted)) return p + __builtin_ctzll(found);
  if (end - p >= 16) {
    // Fewer than 64 octets are left: the vectors overlap, so that the last one ends with the text.
    const auto last = static_cast<unsigned>(end - p) - 16;
    const std::uint64_t found = find_in_four(p, last < 16 ? last : 16, last < 32 ? last : 32, last, wanted);
    return found != 0 ? p + __builtin_ctzll(found) : end;
  }
  while (p != end && *p != octet) ++p;
  return p;
}

inline const unsigned char* find_special(const unsigned char* p, const unsigned char* end) noexcept {
  const __m128i cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n'), nul = _mm_setzero_si128();
  for (; end - p >= 16; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf));
    const int hits = _mm_movemask_epi8(_mm_or_si128(ends, _mm_cmpeq_epi8(block, nul)));
    if (hits != 0) return p + __builtin_ctz(static_cast<unsigned>(hits));
  }
  while (p != end && *p != '\r' && *p != '\n' && *p != '\0') ++p;
  return p;
}

}  // namespace ehlo::fast
