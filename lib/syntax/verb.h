// The verbs, and the dispatch on the first word of a command line: one load of four octets, one look-up in a table and
// one comparison. Longer verbs are few and rare: they are compared one by one.
#pragma once

#include "base/rows.h"
#include "syntax/bytes.h"

namespace ehlo {

using Verb = std::uint32_t;  // EHLO_VERB_*

inline constexpr VerbSet bit(Verb verb) noexcept { return VerbSet{1} << verb; }

// One more than the greatest id.
inline constexpr std::uint32_t kVerbCount = [] {
  std::uint32_t count = 0;
  for (const ehlo_verb_row& row : kVerbRows) count = row.id < count ? count : row.id + 1u;
  return count;
}();

// The octets of a verb by its id.
inline constexpr std::array<std::uint8_t, kMaxRows> kVerbLengths = [] {
  std::array<std::uint8_t, kMaxRows> table{};
  for (const ehlo_verb_row& row : kVerbRows)
    table[row.id] = static_cast<std::uint8_t>(std::string_view(row.name).size());
  return table;
}();

const char* verb_name(Verb verb) noexcept;

namespace verb_table {

inline constexpr std::size_t kLength = 4;

// Clearing bit 5 makes letters upper case, and makes no other octet a letter.
inline constexpr std::uint32_t kFoldVerb = 0xDFDFDFDFu;

// The number that a load of the four octets gives, in the byte order of the machine.
constexpr std::uint32_t pack4(const char* text) noexcept {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < sizeof word; ++i) {
    const std::size_t shift = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 8 * i : 8 * (sizeof word - 1 - i);
    word |= static_cast<std::uint32_t>(static_cast<Octet>(text[i])) << shift;
  }
  return word;
}

// A perfect hash table of the verbs of four letters: the compiler searches for a seed without collisions.
struct Place {
  std::uint32_t word = 0;
  Verb verb = EHLO_VERB_UNKNOWN;
};

struct Table {
  Place places[64] = {};
  std::uint32_t seed = 0;
  bool collision = false;

  static constexpr std::uint32_t place_of(std::uint32_t word, std::uint32_t seed) noexcept { return word * seed >> 26; }
};

constexpr Table fill(std::uint32_t seed) noexcept {
  Table table;
  table.seed = seed;
  for (const ehlo_verb_row& row : kVerbRows) {
    if (kVerbLengths[row.id] != kLength) continue;
    const std::uint32_t word = pack4(row.name);
    Place& place = table.places[Table::place_of(word, seed)];
    table.collision |= place.word != 0;
    place = {word, row.id};
  }
  return table;
}

inline constexpr Table kTable = [] {
  Table table = fill(0x9E3779B1u);
  for (std::uint32_t i = 1; table.collision && i < 4096; ++i) table = fill(0x9E3779B1u + 2 * i);
  return table;
}();
static_assert(!kTable.collision, "no seed distinguishes the verbs: more places");

Verb find_longer(Bytes line) noexcept;

}  // namespace verb_table

// The verb of a line without its CRLF: its first word, ended by a space or the end (RFC 5321 4.1.1).
inline Verb find_verb(Bytes line) noexcept {
  constexpr const auto& kTable = verb_table::kTable;
  constexpr std::size_t kLength = verb_table::kLength;
  if (line.size < kLength) return EHLO_VERB_UNKNOWN;
  if (line.size > kLength && line[kLength] != ' ') [[unlikely]]
    return verb_table::find_longer(line);
  const std::uint32_t word = load<std::uint32_t>(line.data) & verb_table::kFoldVerb;
  const verb_table::Place& place = kTable.places[verb_table::Table::place_of(word, kTable.seed)];
  if (place.word == word) [[likely]]
    return place.verb;
  return EHLO_VERB_UNKNOWN;
}

}  // namespace ehlo
