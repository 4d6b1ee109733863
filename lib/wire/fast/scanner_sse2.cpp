// The scanner with SSE2, which every x86-64 processor has.
#include "wire/fast/scanner_loops.h"

#if defined(__x86_64__)
#include <emmintrin.h>

namespace ehlo {
namespace {

constexpr std::size_t kQuarter = 16;

__m128i load(const Octet* p) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
__m128i equal(__m128i octets, char c) noexcept { return _mm_cmpeq_epi8(octets, _mm_set1_epi8(c)); }
std::uint64_t mask(__m128i octets) noexcept { return static_cast<std::uint32_t>(_mm_movemask_epi8(octets)); }

struct Quarter {
  explicit Quarter(const Octet* p) noexcept : octets(load(p)) {
    const __m128i before = load(p - 1);
    lf = equal(octets, '\n');
    unpaired = _mm_xor_si128(lf, equal(before, '\r'));
    dots = _mm_and_si128(equal(octets, '.'), equal(before, '\n'));
  }

  __m128i octets, lf, unpaired, dots;
};

class Blocks {
 public:
  explicit Blocks(const Octet* p) noexcept
      : quarters_{Quarter(p), Quarter(p + kQuarter), Quarter(p + 2 * kQuarter), Quarter(p + 3 * kQuarter)} {}

  bool is_plain() const noexcept { return is_zero(changes()); }
  bool is_odd() const noexcept {
    __m128i found = equal(least(), '\0');
    for (const Quarter& quarter : quarters_) found = _mm_or_si128(found, quarter.unpaired);
    return !is_zero(found);
  }
  bool has_lf() const noexcept { return !is_zero(lf()); }
  static bool are_plain(const Blocks& a, const Blocks& b) noexcept {
    return is_zero(_mm_or_si128(a.changes(), b.changes()));
  }
  static bool have_lf(const Blocks& a, const Blocks& b) noexcept { return !is_zero(_mm_or_si128(a.lf(), b.lf())); }
  LineBits bits() const noexcept {
    LineBits bits{0, 0, 0};
    for (unsigned i = 0; i < 4; ++i) {
      const __m128i odd = _mm_or_si128(quarters_[i].unpaired, equal(quarters_[i].octets, '\0'));
      bits.odd |= mask(odd) << i * kQuarter;
      bits.lf |= mask(quarters_[i].lf) << i * kQuarter;
      bits.dots |= mask(quarters_[i].dots) << i * kQuarter;
    }
    return bits;
  }
  void store(Octet* to) const noexcept {
    for (std::size_t i = 0; i < 4; ++i)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * kQuarter), quarters_[i].octets);
  }
  static void copy(Octet* to, const Octet* from) noexcept {
    for (std::size_t at = 0; at < kBlock; at += kQuarter)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), load(from + at));
  }

 private:
  static bool is_zero(__m128i found) noexcept { return _mm_movemask_epi8(found) == 0; }
  // The least of the four octets that share a position: one comparison finds a NUL in any of them.
  __m128i least() const noexcept {
    return _mm_min_epu8(_mm_min_epu8(quarters_[0].octets, quarters_[1].octets),
                        _mm_min_epu8(quarters_[2].octets, quarters_[3].octets));
  }
  __m128i changes() const noexcept {
    __m128i found = equal(least(), '\0');
    for (const Quarter& quarter : quarters_) found = _mm_or_si128(found, _mm_or_si128(quarter.unpaired, quarter.dots));
    return found;
  }
  __m128i lf() const noexcept {
    return _mm_or_si128(_mm_or_si128(quarters_[0].lf, quarters_[1].lf), _mm_or_si128(quarters_[2].lf, quarters_[3].lf));
  }

  Quarter quarters_[4];
};

LineBits read(const Octet* p) noexcept { return Blocks(p).bits(); }

}  // namespace

const Scanner kSse2Scanner{"sse2",
                           read,
                           cut_dots<Blocks, Deleting>,
                           cut_dots<Blocks, Passing>,
                           cut_dots<Blocks, Doubling>,
                           copy_doubling<Blocks>,
                           find_special};

}  // namespace ehlo
#endif
