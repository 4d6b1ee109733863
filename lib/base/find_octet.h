// The search for one octet: a line end is near, so what counts is what happens before the first one is found.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ehlo {

#if defined(__SSE2__)

// Bit i: p[i] is `wanted`, for the vectors at 0, `second`, `third` and `last`, which may overlap.
inline std::uint64_t find_in_four(const unsigned char* p, unsigned second, unsigned third, unsigned last,
                                  __m128i wanted) noexcept {
  const auto find = [p, wanted](unsigned at) noexcept {
    const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
    return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, wanted)))} << at;
  };
  return find(0) | find(second) | find(third) | find(last);
}

#endif

// The first `octet` from `p`, or `end`.
inline const unsigned char* find_octet(const unsigned char* p, const unsigned char* end, unsigned char octet) noexcept {
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(octet));
  for (; end - p >= 64; p += 64)
    if (const std::uint64_t found = find_in_four(p, 16, 32, 48, wanted)) return p + __builtin_ctzll(found);
  // The vectors of the last octets overlap, so that nothing behind the end is read.
  if (end - p >= 16) {
    const auto last = static_cast<unsigned>(end - p) - 16;
    const std::uint64_t found = find_in_four(p, last < 16 ? last : 16, last < 32 ? last : 32, last, wanted);
    return found != 0 ? p + __builtin_ctzll(found) : end;
  }
#endif
  while (p != end && *p != octet) ++p;
  return p;
}

}  // namespace ehlo
