// The scanner for any processor: eight octets at a time in a plain register.
#include <cstring>

#include "wire/fast/scanner_loops.h"

namespace ehlo {
namespace {

constexpr unsigned kWord = 8;
constexpr std::uint64_t kLowBits = 0x7F7F7F7F7F7F7F7F;

// The first octet in the lowest bits, whatever the machine's order.
std::uint64_t load(const Octet* p) noexcept {
  std::uint64_t octets;
  std::memcpy(&octets, p, sizeof octets);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  octets = __builtin_bswap64(octets);
#endif
  return octets;
}

// Sets the highest bit of each octet that is `c`, and no other bit. `other` is 0 in those octets. The additions are on
// seven bits, so no carry reaches the next octet.
std::uint64_t equal(std::uint64_t octets, Octet c) noexcept {
  const std::uint64_t other = octets ^ 0x0101010101010101 * c;
  return ~(((other & kLowBits) + kLowBits) | other | kLowBits);
}

// Gathers the highest bits of the octets into eight bits: the multiplication adds each at a place of its own.
std::uint64_t mask(std::uint64_t highest) noexcept { return (highest >> 7) * 0x0102040810204080 >> 56; }

class Blocks {
 public:
  explicit Blocks(const Octet* p) noexcept : p_(p) {
    for (std::size_t at = 0; at < kBlock; at += kWord) {
      const Word word(p + at);
      odd_ |= word.odd;
      dots_ |= word.dots;
      lf_ |= word.lf;
    }
  }

  bool is_plain() const noexcept { return (odd_ | dots_) == 0; }
  bool is_odd() const noexcept { return odd_ != 0; }
  bool has_lf() const noexcept { return lf_ != 0; }
  static bool are_plain(const Blocks& a, const Blocks& b) noexcept { return a.is_plain() && b.is_plain(); }
  static bool have_lf(const Blocks& a, const Blocks& b) noexcept { return a.has_lf() || b.has_lf(); }
  LineBits bits() const noexcept { return read(p_); }

  static LineBits read(const Octet* p) noexcept {
    LineBits bits{0, 0, 0};
    for (unsigned at = 0; at < kBlock; at += kWord) {
      const Word word(p + at);
      bits.odd |= mask(word.odd) << at;
      bits.lf |= mask(word.lf) << at;
      bits.dots |= mask(word.dots) << at;
    }
    return bits;
  }
  void store(Octet* to) const noexcept { copy(to, p_); }
  static void copy(Octet* to, const Octet* from) noexcept { std::memcpy(to, from, kBlock); }

 private:
  struct Word {
    explicit Word(const Octet* p) noexcept {
      const std::uint64_t octets = load(p);
      const std::uint64_t before = load(p - 1);
      lf = equal(octets, '\n');
      odd = (lf ^ equal(before, '\r')) | equal(octets, '\0');
      dots = equal(octets, '.') & equal(before, '\n');
    }
    std::uint64_t lf, odd, dots;
  };

  const Octet* p_;
  std::uint64_t odd_ = 0, dots_ = 0, lf_ = 0;
};

const Octet* find_special_in_words(const Octet* p, const Octet* end) noexcept {
  for (; end - p >= static_cast<std::ptrdiff_t>(kWord); p += kWord) {
    const std::uint64_t octets = load(p);
    const std::uint64_t hits = equal(octets, '\r') | equal(octets, '\n') | equal(octets, '\0');
    if (hits != 0) return p + __builtin_ctzll(hits) / 8;
  }
  return plain::find_special(p, end);
}

}  // namespace

const Scanner kScalarScanner{"scalar",
                             Blocks::read,
                             cut_dots<Blocks, Deleting>,
                             cut_dots<Blocks, Passing>,
                             cut_dots<Blocks, Doubling>,
                             copy_doubling<Blocks>,
                             find_special_in_words};

}  // namespace ehlo
