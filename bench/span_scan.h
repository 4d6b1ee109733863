// The lower limit for a dot decoder: it scans with the widest registers for dots after line ends, and ends a span at
// each. It has no policy, no limits and no end of data, and reports no bare CR or LF.
#pragma once

#include <cstddef>
#include <string_view>

#include "syntax/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bench {

class SpanScan {
 public:
  // Returns the number of spans. They fill `spans` again and again from its begin.
  std::size_t run(std::string_view input, ehlo::Span* spans, std::size_t cap) {
    spans_ = spans;
    cap_ = cap;
    count_ = next_ = kept_ = carry_ = 0;
    std::size_t at = 0;
#if defined(__x86_64__)
    at = __builtin_cpu_supports("avx2") ? avx2(input.data(), input.size()) : sse2(input.data(), input.size());
#endif
    for (; at < input.size(); ++at) {
      if (carry_ && input[at] == '.') dot(at);
      carry_ = input[at] == '\n';
    }
    emit(input.size());
    return count_;
  }

 private:
  void emit(std::size_t to) {
    spans_[next_] = {static_cast<std::uint32_t>(kept_), static_cast<std::uint32_t>(to - kept_)};
    next_ = next_ + 1 == cap_ ? 0 : next_ + 1;
    ++count_;
  }
  void dot(std::size_t at) {
    emit(at);
    kept_ = at + 1;
  }
  // The line feeds and the dots of one block: a bit for each octet.
  void block(std::size_t at, std::uint64_t lf, std::uint64_t dots, unsigned width) {
    for (std::uint64_t hits = dots & (lf << 1 | carry_); hits != 0; hits &= hits - 1)
      dot(at + static_cast<std::size_t>(__builtin_ctzll(hits)));
    carry_ = lf >> (width - 1);
  }

#if defined(__x86_64__)
  [[gnu::target("avx2")]] std::size_t avx2(const char* p, std::size_t size) {
    const auto mask = [p](std::size_t at, char c) __attribute__((target("avx2"))) {
      const __m256i octets = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + at));
      const __m256i equal = _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(c));
      return std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(equal))};
    };
    std::size_t at = 0;
    for (; size - at >= 64; at += 64)
      block(at, mask(at, '\n') | mask(at + 32, '\n') << 32, mask(at, '.') | mask(at + 32, '.') << 32, 64);
    return at;
  }
  std::size_t sse2(const char* p, std::size_t size) {
    const auto mask = [p](std::size_t at, char c) {
      const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
      return static_cast<std::uint64_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, _mm_set1_epi8(c))));
    };
    std::size_t at = 0;
    for (; size - at >= 16; at += 16) block(at, mask(at, '\n'), mask(at, '.'), 16);
    return at;
  }
#endif

  ehlo::Span* spans_ = nullptr;
  std::size_t cap_ = 0;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::size_t kept_ = 0;
  std::uint64_t carry_ = 0;
};

}  // namespace bench
