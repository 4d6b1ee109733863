// Decimal numbers without a sign.
#pragma once

#include "syntax/error.h"

namespace ehlo {

// EHLO_E_BAD_PARAMETER for an octet that is no digit, EHLO_E_SIZE_OVERFLOW beyond 64 bits.
inline Error read_decimal(Bytes digits, std::uint64_t& number) noexcept {
  bool overflow = false;
  number = 0;
  for (const Octet c : digits) {
    if (c < '0' || c > '9') return EHLO_E_BAD_PARAMETER;
    overflow |= __builtin_mul_overflow(number, std::uint64_t{10}, &number) ||
                __builtin_add_overflow(number, static_cast<std::uint64_t>(c - '0'), &number);
  }
  return overflow ? EHLO_E_SIZE_OVERFLOW : EHLO_OK;
}

// The number of a run of one to eight digits that ends at line[end]; UINT64_MAX where one of them is no digit. `end` is
// 8 at least, so that one load has the run: the octets in front of it become zeros, which do not change the number.
inline std::uint64_t read_eight_digits(Bytes line, std::uint32_t end, std::uint32_t length) noexcept {
  const unsigned others = 64 - 8 * length;
  const std::uint64_t zeros = 0x3030303030303030u, octets = load<std::uint64_t>(line.data + end - 8);
  const std::uint64_t digits = (octets ^ zeros) >> others << others;
  // An octet is 0 to 9 if its upper half is 0 both before and after 6 is added.
  if (((digits | (digits + 0x0606060606060606u)) & 0xF0F0F0F0F0F0F0F0u) != 0) return UINT64_MAX;
  // Neighbours are joined to pairs, pairs to fours, fours to the number: three multiplications instead of eight. The
  // left neighbour, which counts more, is in the lower bits.
  const std::uint64_t pairs = (digits * 10 + (digits >> 8)) & 0x00FF00FF00FF00FFu;
  const std::uint64_t fours = (pairs * 100 + (pairs >> 16)) & 0x0000FFFF0000FFFFu;
  return (fours * 10000 + (fours >> 32)) & 0xFFFFFFFFu;
}

}  // namespace ehlo
