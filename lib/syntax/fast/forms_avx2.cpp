// The common forms in vectors of 32 octets, entered through their table alone.
#if defined(__x86_64__)
#include <immintrin.h>

#include "base/fast/avx2_region.h"
#include "syntax/fast/forms.h"

EHLO_AVX2_BEGIN

namespace ehlo {
namespace {

using Vector = __m256i;

Vector equal(Vector octets, char c) noexcept { return _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(c)); }
Vector either(Vector a, Vector b) noexcept { return _mm256_or_si256(a, b); }
Vector without(Vector a, Vector b) noexcept { return _mm256_andnot_si256(b, a); }
Vector folded(Vector octets) noexcept { return _mm256_or_si256(octets, _mm256_set1_epi8(0x20)); }

// From `low` to `high` inclusive. Octets are compared as signed numbers only, so the range is moved to begin at -128:
// then one comparison with its upper end is enough.
Vector within(Vector octets, char low, char high) noexcept {
  const Vector moved = _mm256_add_epi8(octets, _mm256_set1_epi8(static_cast<char>(-128 - low)));
  return _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(-128 + (high - low) + 1)), moved);
}

Vector up_to(Vector octets, char high) noexcept {
  return _mm256_cmpeq_epi8(_mm256_min_epu8(octets, _mm256_set1_epi8(high)), octets);
}

Vector load_halves(const Octet* low, const Octet* high) noexcept {
  const __m128i* const first = reinterpret_cast<const __m128i*>(low);
  const __m128i* const second = reinterpret_cast<const __m128i*>(high);
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(first)), _mm_loadu_si128(second), 1);
}
Vector load_vector(const Octet* p) noexcept { return _mm256_loadu_si256(reinterpret_cast<const Vector*>(p)); }
std::uint32_t mask(Vector of_class) noexcept { return static_cast<std::uint32_t>(_mm256_movemask_epi8(of_class)); }

}  // namespace
}  // namespace ehlo

#include "syntax/fast/octet_classes.h"

namespace ehlo {
namespace {

// max(number, 0) without a branch: how much is left of a text cannot be predicted.
unsigned not_below_zero(std::int64_t number) noexcept { return static_cast<unsigned>(number & ~(number >> 63)); }

// Patterns for a shuffle that moves the octets of a half vector down by n places: the 16 octets from kPlaces[n] on.
// 0x80 makes an octet 0.
constexpr Octet kPlaces[48] = {0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,
                               12,   13,   14,   15,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                               0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                               0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

// Up to 32 octets of a text from `begin`, and zeros behind its end. No load leaves the text, which has 16 octets or
// more: the memory behind may be inaccessible. Near the end of the text a load begins earlier, and the shuffle moves
// its octets to their places.
Vector load_window(Bytes text, std::size_t begin) noexcept {
  const auto left = static_cast<std::int64_t>(text.size - begin);
  const unsigned back = not_below_zero(16 - left), next_back = not_below_zero(32 - left);
  const Vector octets = load_halves(text.data + begin - back, text.data + begin + 16 - next_back);
  return _mm256_shuffle_epi8(octets, load_halves(kPlaces + back, kPlaces + next_back));
}

class Window {
 public:
  static constexpr std::uint32_t kOctets = 32;
  static constexpr std::size_t kLeastText = 16;

  Window(Bytes text, std::size_t begin) noexcept : octets_(load_window(text, begin)) {}

  // Bit i: the octet at begin + i is of the class; 0 behind the end.
  template <class Class>
  std::uint64_t bits(Class of_class) const noexcept {
    return mask(of_class(octets_));
  }

 private:
  Vector octets_;
};

// The same for 64 octets. In a text of fewer than 64 the two loads overlap, and the same bits are combined twice.
class Block {
 public:
  static constexpr std::uint32_t kOctets = 64;
  static constexpr std::size_t kLeastText = 32;

  Block(Bytes text, std::size_t begin) noexcept {
    const bool short_text = text.size < kOctets;
    const std::size_t first = short_text ? 0 : text.size - begin < kOctets ? text.size - kOctets : begin;
    second_ = short_text ? static_cast<unsigned>(text.size) - 32 : 32;
    back_ = static_cast<unsigned>(begin - first);
    octets_ = load_vector(text.data + first);
    next_ = load_vector(text.data + first + second_);
  }

  template <class Class>
  std::uint64_t bits(Class of_class) const noexcept {
    return (mask(of_class(octets_)) | std::uint64_t{mask(of_class(next_))} << second_) >> back_;
  }

 private:
  Vector octets_, next_;
  unsigned second_, back_;
};

// A table of 16 octets, twice: a shuffle looks up each half of the vector in its own half of the table.
struct Table {
  alignas(32) Octet octets[32];
};
constexpr Table doubled(const Octet (&octets)[16]) noexcept {
  Table table{};
  for (unsigned i = 0; i < 32; ++i) table.octets[i] = octets[i % 16];
  return table;
}

// The class of an octet in a mailbox, from two tables: one by its low half, one by its high half. The octet is of a
// class if both entries have the bit. The order of the bits makes each set that is needed one comparison: letters and
// digits are the greatest, then the hyphen, the dot, and the signs.
constexpr Octet kDigit = 0x80, kFirstLetters = 0x40, kLastLetters = 0x20, kHyphen = 0x10, kDot = 0x08, kPlus = 0x04,
                kEquals = 0x02, kUnderscore = 0x01;
constexpr Octet kLow = kFirstLetters | kLastLetters | kDigit;
const Table kLowHalves =
    doubled({kLastLetters | kDigit, kLow, kLow, kLow, kLow, kLow, kLow, kLow, kLow, kLow, kFirstLetters | kLastLetters,
             kFirstLetters | kPlus, kFirstLetters, kFirstLetters | kHyphen | kEquals, kFirstLetters | kDot,
             kFirstLetters | kUnderscore});
const Table kHighHalves = doubled({0, 0, kHyphen | kDot | kPlus, kDigit | kEquals, kFirstLetters,
                                   kLastLetters | kUnderscore, kFirstLetters, kLastLetters, 0, 0, 0, 0, 0, 0, 0, 0});

Vector load_table(const Table& table) noexcept {
  const Octet* octets = table.octets;
  // Hides the constant from GCC, which would build it from immediate values each time.
  __asm__("" : "+r"(octets));
  return _mm256_load_si256(reinterpret_cast<const Vector*>(octets));
}

[[gnu::always_inline]] inline MailboxBits look_for_mailbox(Bytes line, std::size_t begin) noexcept {
  const Vector octets = load_window(line, begin);
  const Vector half = _mm256_set1_epi8(0x0F);
  // A shuffle gives 0 for an index with the highest bit, so octets above 127 have no class.
  const Vector low = _mm256_shuffle_epi8(load_table(kLowHalves), octets);
  const Vector high =
      _mm256_shuffle_epi8(load_table(kHighHalves), _mm256_and_si256(_mm256_srli_epi16(octets, 4), half));
  const Vector classes = _mm256_and_si256(low, high);
  const auto not_below = [classes](Octet limit) {
    const Vector limits = _mm256_set1_epi8(static_cast<char>(limit));
    return mask(_mm256_cmpeq_epi8(_mm256_max_epu8(classes, limits), classes));
  };
  return {not_below(kLastLetters), mask(equal(classes, kDot)), not_below(kDot),
          std::uint64_t{~mask(_mm256_cmpeq_epi8(classes, _mm256_setzero_si256()))}};
}

}  // namespace
}  // namespace ehlo

#include "syntax/fast/forms_in_blocks.h"

namespace ehlo {

const CommonForms kAvx2Forms{"avx2", take_envelope, is_domain, take_reply, take_hello, take_capabilities};

}  // namespace ehlo

EHLO_AVX2_END

#endif
