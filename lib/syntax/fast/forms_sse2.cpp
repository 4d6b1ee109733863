// The common forms in vectors of 16 octets, which every x86-64 has.
#if defined(__x86_64__)
#include <emmintrin.h>

#include "syntax/fast/forms.h"

namespace ehlo {
namespace {

using Vector = __m128i;

Vector equal(Vector octets, char c) noexcept { return _mm_cmpeq_epi8(octets, _mm_set1_epi8(c)); }
Vector either(Vector a, Vector b) noexcept { return _mm_or_si128(a, b); }
Vector without(Vector a, Vector b) noexcept { return _mm_andnot_si128(b, a); }
Vector folded(Vector octets) noexcept { return _mm_or_si128(octets, _mm_set1_epi8(0x20)); }

// From `low` to `high` inclusive. SSE2 compares octets as signed numbers only, so the range is moved to begin at -128:
// then one comparison with its upper end is enough.
Vector within(Vector octets, char low, char high) noexcept {
  const Vector moved = _mm_add_epi8(octets, _mm_set1_epi8(static_cast<char>(-128 - low)));
  return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + (high - low) + 1)));
}

Vector up_to(Vector octets, char high) noexcept {
  return _mm_cmpeq_epi8(_mm_min_epu8(octets, _mm_set1_epi8(high)), octets);
}

Vector load_vector(const Octet* p) noexcept { return _mm_loadu_si128(reinterpret_cast<const Vector*>(p)); }
std::uint64_t mask(Vector of_class) noexcept { return static_cast<std::uint32_t>(_mm_movemask_epi8(of_class)); }

}  // namespace
}  // namespace ehlo

#include "syntax/fast/octet_classes.h"

namespace ehlo {
namespace {

// max(number, 0) without a branch: how much is left of a text cannot be predicted.
unsigned not_below_zero(std::int64_t number) noexcept { return static_cast<unsigned>(number & ~(number >> 63)); }

// Up to 32 octets of a text from `begin`. No load leaves the text, which has kLeastText octets or more: the memory
// behind may be inaccessible. Near the end of the text a load begins earlier, and its bits are shifted to their places.
class Window {
 public:
  static constexpr std::uint32_t kOctets = 32;
  static constexpr std::size_t kLeastText = 16;

  Window(Bytes text, std::size_t begin) noexcept {
    const auto left = static_cast<std::int64_t>(text.size - begin);
    back_ = not_below_zero(16 - left);
    next_back_ = not_below_zero(32 - left);
    octets_ = load_vector(text.data + begin - back_);
    next_ = load_vector(text.data + begin + 16 - next_back_);
  }

  // Bit i: the octet at begin + i is of the class; 0 behind the end.
  template <class Class>
  std::uint64_t bits(Class of_class) const noexcept {
    return mask(of_class(octets_)) >> back_ | mask(of_class(next_)) << 16 >> next_back_;
  }

 private:
  Vector octets_, next_;
  unsigned back_, next_back_;
};

// The same for 64 octets. In a text of fewer than 64 the four loads overlap, and the same bits are combined twice.
class Block {
 public:
  static constexpr std::uint32_t kOctets = 64;
  static constexpr std::size_t kLeastText = 16;

  Block(Bytes text, std::size_t begin) noexcept {
    const bool short_text = text.size < kOctets;
    const std::size_t first = short_text ? 0 : text.size - begin < kOctets ? text.size - kOctets : begin;
    last_ = short_text ? static_cast<unsigned>(text.size) - 16 : kOctets - 16;
    second_ = last_ < 16 ? last_ : 16;
    third_ = last_ < 32 ? last_ : 32;
    back_ = static_cast<unsigned>(begin - first);
    const Octet* const p = text.data + first;
    octets_[0] = load_vector(p);
    octets_[1] = load_vector(p + second_);
    octets_[2] = load_vector(p + third_);
    octets_[3] = load_vector(p + last_);
  }

  template <class Class>
  std::uint64_t bits(Class of_class) const noexcept {
    return (mask(of_class(octets_[0])) | mask(of_class(octets_[1])) << second_ | mask(of_class(octets_[2])) << third_ |
            mask(of_class(octets_[3])) << last_) >>
           back_;
  }

 private:
  Vector octets_[4];
  unsigned second_, third_, last_, back_;
};

Vector dot(Vector octets) noexcept { return equal(octets, '.'); }
// The signs that are usual in local parts. The rest of atext is rare: the machine reads such paths.
Vector local_sign(Vector octets) noexcept {
  return either(equal(octets, '_'), either(equal(octets, '+'), equal(octets, '=')));
}

[[gnu::always_inline]] inline MailboxBits look_for_mailbox(Bytes line, std::size_t begin) noexcept {
  const Window window(line, begin);
  const std::uint64_t let_digs = window.bits(let_dig), dots = window.bits(dot);
  const std::uint64_t domain = let_digs | dots | window.bits(hyphen);
  return {let_digs, dots, domain, domain | window.bits(local_sign)};
}

}  // namespace
}  // namespace ehlo

#include "syntax/fast/forms_in_blocks.h"

namespace ehlo {

const CommonForms kSse2Forms{"sse2", take_envelope, is_domain, take_reply, take_hello, take_capabilities};

}  // namespace ehlo

#endif
