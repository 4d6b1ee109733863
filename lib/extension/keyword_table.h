// Perfect hash tables of keywords, by their last eight octets: the compiler searches for a seed without collisions.
#pragma once

#include <array>

#include "syntax/bytes.h"

namespace ehlo {

// Clears bit 5 of each octet, which makes letters upper case. It turns a digit or "-" into a control character. That
// makes no two keywords equal, since none has control characters.
inline constexpr std::uint64_t kFold = 0xDFDFDFDFDFDFDFDFu;

// The last eight octets of a keyword in upper case, zeros before a shorter one. The last octet is the highest byte, as
// in a little-endian load that ends with the keyword.
constexpr std::uint64_t tail_of(std::string_view keyword) noexcept {
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < 8 && i < keyword.size(); ++i)
    tail |= std::uint64_t{static_cast<Octet>(keyword[keyword.size() - 1 - i])} << (56 - 8 * i);
  return tail & kFold;
}

// How tails are spread over slots. The number of slots is a power of two, about the square of half the number of tails:
// with fewer slots nearly every seed has a collision (the birthday problem).
struct Spread {
  std::size_t slots = 0;  // 0: no seed was found
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
      // A bit for each slot rather than a bool: clang limits the operations of a constant expression.
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
