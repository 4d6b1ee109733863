// Tables of keywords that are found by their last octets, without collisions: the compiler looks for a seed.
#pragma once

#include <array>

#include "syntax/bytes.h"

namespace ehlo {

// Bit 5 distinguishes the two cases of a letter. Of a digit or "-" it makes a control character, which no keyword has.
inline constexpr std::uint64_t kFold = 0xDFDFDFDFDFDFDFDFu;

// The last eight octets of a keyword in upper case, zeros before a shorter one.
constexpr std::uint64_t tail_of(std::string_view keyword) noexcept {
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < 8 && i < keyword.size(); ++i)
    tail |= std::uint64_t{static_cast<Octet>(keyword[keyword.size() - 1 - i])} << (56 - 8 * i);
  return tail & kFold;
}

// How tails are spread over slots. A power of two of slots is enough for as many tails as its square root twice over;
// more need a larger table.
struct Spread {
  std::size_t slots = 0;  // 0: there is none
  std::uint32_t seed = 0, shift = 0;

  static constexpr std::size_t kMostSlots = 1024;

  constexpr std::size_t slot_of(std::uint64_t tail) const noexcept {
    return (static_cast<std::uint32_t>(tail ^ tail >> 32) * seed) >> shift;
  }
};

template <std::size_t count>
constexpr Spread find_spread(const std::array<std::uint64_t, count>& tails) noexcept {
  for (std::uint32_t bits = 6; std::size_t{1} << bits <= Spread::kMostSlots; ++bits) {
    for (std::uint32_t seed = 0x9E3779B1u, tries = 0; tries < 1024; ++tries, seed += 2) {
      const Spread spread{std::size_t{1} << bits, seed, 32 - bits};
      // Counted in bits: clang limits the steps of a constant expression.
      std::uint64_t taken[Spread::kMostSlots / 64] = {};
      std::size_t at = 0;
      for (; at < count; ++at) {
        const std::size_t slot = spread.slot_of(tails[at]);
        if (taken[slot / 64] >> slot % 64 & 1) break;
        taken[slot / 64] |= std::uint64_t{1} << slot % 64;
      }
      if (at == count) return spread;
    }
  }
  return {};
}

}  // namespace ehlo
