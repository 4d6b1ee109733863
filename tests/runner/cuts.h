// The positions at which a byte string is cut when it is fed: the cuts must not change the result.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vectors {

// The sizes of the pieces of one byte string; their sum is its length.
using Pieces = std::vector<std::size_t>;

inline constexpr std::size_t kEveryPositionUpTo = 4096;

// The positions at which `octets` is split in two. Of a short string all; of a long one those where something is
// decided (around line ends, dot lines, both ends, powers of two) and a sample of the others.
inline std::vector<std::size_t> cut_positions(std::string_view octets) {
  std::vector<std::size_t> positions;
  const std::size_t size = octets.size();
  if (size <= kEveryPositionUpTo) {
    for (std::size_t at = 1; at < size; ++at) positions.push_back(at);
    return positions;
  }
  const auto around = [&](std::size_t at, std::size_t reach) {
    for (std::size_t p = at < reach ? 0 : at - reach; p <= at + reach; ++p)
      if (p > 0 && p < size) positions.push_back(p);
  };
  for (std::size_t at = 0; at < size; ++at) {
    const char c = octets[at];
    const bool dot_line = c == '.' && (at == 0 || octets[at - 1] == '\n' || octets[at - 1] == '\r');
    if (c == '\r' || c == '\n' || dot_line) around(at, 2);
  }
  around(0, 16);
  around(size, 16);
  for (std::size_t power = 32; power < size; power *= 2) around(power, 2);
  // A stride that shares no factor with the usual buffer and vector sizes.
  for (std::size_t at = 0; at < size; at += 211) around(at, 0);
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

inline Pieces in_pieces_of(std::size_t octets, std::size_t size) {
  Pieces pieces;
  for (; size > octets; size -= octets) pieces.push_back(octets);
  pieces.push_back(size);
  return pieces;
}

inline Pieces split_at(std::size_t position, std::size_t size) {
  if (position == 0 || position >= size) return {size};
  return {position, size - position};
}

}  // namespace vectors
