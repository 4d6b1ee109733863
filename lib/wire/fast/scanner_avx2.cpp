// The scanner with AVX2. Other files reach it through its table only, which is used where has_avx2().
#if defined(__x86_64__)
#include <immintrin.h>

#include "base/fast/avx2_region.h"
#include "wire/fast/scanner.h"

EHLO_AVX2_BEGIN

#include "wire/fast/scanner_loops.h"

namespace ehlo {
namespace {

constexpr std::size_t kHalf = 32;

__m256i load(const Octet* p) noexcept { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
__m256i equal(__m256i octets, char c) noexcept { return _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(c)); }
std::uint64_t mask(__m256i low, __m256i high) noexcept {
  const auto first = static_cast<std::uint32_t>(_mm256_movemask_epi8(low));
  const auto second = static_cast<std::uint32_t>(_mm256_movemask_epi8(high));
  return first | std::uint64_t{second} << 32;
}

struct Half {
  explicit Half(const Octet* p) noexcept : octets(load(p)) {
    const __m256i before = load(p - 1);
    lf = equal(octets, '\n');
    unpaired = _mm256_xor_si256(lf, equal(before, '\r'));
    dots = _mm256_and_si256(equal(octets, '.'), equal(before, '\n'));
  }

  __m256i octets, lf, unpaired, dots;
};

class Blocks {
 public:
  explicit Blocks(const Octet* p) noexcept : low_(p), high_(p + kHalf) {}

  bool is_plain() const noexcept { return is_zero(_mm256_or_si256(changes(), is_nul(least()))); }
  bool is_odd() const noexcept {
    const __m256i unpaired = _mm256_or_si256(low_.unpaired, high_.unpaired);
    return !is_zero(_mm256_or_si256(unpaired, is_nul(least())));
  }
  bool has_lf() const noexcept { return !is_zero(lf()); }
  static bool are_plain(const Blocks& a, const Blocks& b) noexcept {
    // The least of the four octets that share a position: one comparison finds a NUL in any of them.
    const __m256i nul = is_nul(_mm256_min_epu8(a.least(), b.least()));
    return is_zero(_mm256_or_si256(nul, _mm256_or_si256(a.changes(), b.changes())));
  }
  static bool have_lf(const Blocks& a, const Blocks& b) noexcept { return !is_zero(_mm256_or_si256(a.lf(), b.lf())); }
  LineBits bits() const noexcept {
    const __m256i low = _mm256_or_si256(low_.unpaired, is_nul(low_.octets));
    const __m256i high = _mm256_or_si256(high_.unpaired, is_nul(high_.octets));
    return {mask(low, high), mask(low_.lf, high_.lf), mask(low_.dots, high_.dots)};
  }
  void store(Octet* to) const noexcept { store(to, low_.octets, high_.octets); }
  static void copy(Octet* to, const Octet* from) noexcept { store(to, load(from), load(from + kHalf)); }

 private:
  static void store(Octet* to, __m256i low, __m256i high) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + kHalf), high);
  }
  static __m256i is_nul(__m256i octets) noexcept { return equal(octets, '\0'); }
  __m256i least() const noexcept { return _mm256_min_epu8(low_.octets, high_.octets); }
  static bool is_zero(__m256i octets) noexcept { return _mm256_testz_si256(octets, octets) != 0; }
  __m256i changes() const noexcept {
    return _mm256_or_si256(_mm256_or_si256(low_.unpaired, low_.dots), _mm256_or_si256(high_.unpaired, high_.dots));
  }
  __m256i lf() const noexcept { return _mm256_or_si256(low_.lf, high_.lf); }

  Half low_, high_;
};

LineBits read(const Octet* p) noexcept { return Blocks(p).bits(); }

const Octet* find_special_in_halves(const Octet* p, const Octet* end) noexcept {
  for (; end - p >= static_cast<std::ptrdiff_t>(kHalf); p += kHalf) {
    const __m256i octets = load(p);
    const __m256i line = _mm256_or_si256(equal(octets, '\r'), equal(octets, '\n'));
    const __m256i hits = _mm256_or_si256(line, equal(octets, '\0'));
    const auto bits = static_cast<unsigned>(_mm256_movemask_epi8(hits));
    if (bits != 0) return p + __builtin_ctz(bits);
  }
  return find_special(p, end);
}

}  // namespace

const Scanner kAvx2Scanner{"avx2",
                           read,
                           cut_dots<Blocks, Deleting>,
                           cut_dots<Blocks, Passing>,
                           cut_dots<Blocks, Doubling>,
                           copy_doubling<Blocks>,
                           find_special_in_halves};

}  // namespace ehlo

EHLO_AVX2_END

#endif
