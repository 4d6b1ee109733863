// Words compared without regard to the case of ASCII letters, by four or eight octets at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ehlo::fast {

// Eight octets at once: ASCII letters become upper case, all other octets stay.
constexpr std::uint64_t upper8(std::uint64_t octets) noexcept {
  constexpr std::uint64_t kEach = 0x0101010101010101u;
  // The highest bits are cleared before the additions, so that none carries into the next octet. Then the highest bit
  // of an octet of `from_a` says that it is 'a' or more, and of `behind_z` that it is more than 'z'.
  const std::uint64_t low = octets & (0x7F * kEach);
  const std::uint64_t from_a = low + (0x80 - 'a') * kEach, behind_z = low + (0x80 - 'z' - 1) * kEach;
  const std::uint64_t letters = from_a & ~behind_z & ~octets & (0x80 * kEach);
  // The mark 0x80 of a letter becomes 0x20, the distance of the two cases.
  return octets - (letters >> 2);
}

template <typename Word>
bool is_same_word(const unsigned char* a, const char* b) noexcept {
  Word first, second;
  std::memcpy(&first, a, sizeof first);
  std::memcpy(&second, b, sizeof second);
  return upper8(first) == upper8(second);
}

// Of four octets or more. The last word may overlap the one before, so that nothing behind the end is read.
inline bool equals_caseless(const unsigned char* a, const char* b, std::size_t size) noexcept {
  if (size < 8) return is_same_word<std::uint32_t>(a, b) && is_same_word<std::uint32_t>(a + size - 4, b + size - 4);
  for (std::size_t at = 0; at + 8 < size; at += 8)
    if (!is_same_word<std::uint64_t>(a + at, b + at)) return false;
  return is_same_word<std::uint64_t>(a + size - 8, b + size - 8);
}

}  // namespace ehlo::fast
