// Where the octets that give content its structure stand in a block of 64, as a bit for each octet.
#pragma once

#include <cstdint>

#include "syntax/bytes.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace ehlo {

struct LineBits {
  std::uint64_t cr = 0;
  std::uint64_t lf = 0;
  std::uint64_t dot = 0;

  // Bit 0 becomes what stood at bit `by`.
  LineBits from(unsigned by) const noexcept { return {cr >> by, lf >> by, dot >> by}; }
};
inline constexpr std::size_t kBlock = 64;

#if defined(__SSE2__)

struct Sse2Blocks {
  static LineBits read(const Octet* p) noexcept { return {find(p, '\r'), find(p, '\n'), find(p, '.')}; }

 private:
  static std::uint64_t find(const Octet* p, char c) noexcept {
    return find16(p, c) | find16(p + 16, c) << 16 | find16(p + 32, c) << 32 | find16(p + 48, c) << 48;
  }
  static std::uint64_t find16(const Octet* p, char c) noexcept {
    const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, _mm_set1_epi8(c))));
  }
};

struct Avx2Blocks {
  [[gnu::target("avx2")]] static LineBits read(const Octet* p) noexcept {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32));
    return {find(low, high, '\r'), find(low, high, '\n'), find(low, high, '.')};
  }

 private:
  [[gnu::target("avx2")]] static std::uint64_t find(__m256i low, __m256i high, char c) noexcept {
    const __m256i wanted = _mm256_set1_epi8(c);
    const auto first = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)));
    const auto second = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)));
    return first | std::uint64_t{second} << 32;
  }
};

#endif

}  // namespace ehlo
