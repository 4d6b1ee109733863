// The rows that a program adds to those of the library, or that replace some of them.
#pragma once

#include "base/elements.h"
#include "extension/values.h"

namespace ehlo {

inline constexpr std::uint32_t kMostOwnRows = 256;
inline constexpr std::uint32_t kNoRow = UINT32_MAX;

// Validates a program's rows. The name of the field of the first wrong array; nullptr: all are good, or there are none.
const char* wrong_rows(const ehlo_rows* given) noexcept;

// A set of rows, by their places in an array.
struct OwnSet {
  std::uint64_t words[kMostOwnRows / 64] = {};

  constexpr bool has(std::uint32_t place) const noexcept { return (words[place / 64] >> place % 64 & 1) != 0; }
  constexpr void add(std::uint32_t place) noexcept { words[place / 64] |= std::uint64_t{1} << place % 64; }
  constexpr void remove(std::uint32_t place) noexcept { words[place / 64] &= ~(std::uint64_t{1} << place % 64); }
};
inline constexpr OwnSet kNoOwnRow{};
inline constexpr OwnSet kEveryOwnRow{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

class OwnRows {
 public:
  constexpr OwnRows() noexcept = default;  // there are none
  // Refers to the program's own array of valid rows. A look-up searches all of them. nullptr: there are none.
  explicit OwnRows(const ehlo_rows* rows) noexcept;
  // A copy in `memory`, which has room_for(rows) octets and is aligned as a Value is. Look-ups are binary searches.
  static OwnRows copy(const ehlo_rows* rows, Octet* memory) noexcept;
  static std::size_t room_for(const ehlo_rows* rows) noexcept;

  std::uint32_t extension_count() const noexcept { return rows_.extension_count; }
  std::uint32_t param_count() const noexcept { return rows_.param_count; }
  std::uint32_t verb_count() const noexcept { return rows_.verb_count; }
  const ehlo_extension_row& extension(std::uint32_t place) const noexcept {
    return element(rows_.extensions, rows_.extension_size, place);
  }
  const ehlo_param_row& param(std::uint32_t place) const noexcept {
    return element(rows_.params, rows_.param_size, place);
  }
  const ehlo_verb_row& verb(std::uint32_t place) const noexcept { return element(rows_.verbs, rows_.verb_size, place); }
  Value value(std::uint32_t place) const noexcept {
    return values_ != nullptr ? values_[place] : make_value(param(place));
  }

  // The place, or kNoRow. `commands`: the row is of one of them, EHLO_PARAM_OF_*.
  std::uint32_t find_extension(std::string_view keyword) const noexcept;
  std::uint32_t find_param(Bytes keyword, std::uint8_t commands) const noexcept;
  std::uint32_t find_verb(Bytes name) const noexcept;

  // Rows of the library that have the name of a row here. The library's row is not used then.
  ExtensionSet replaced_extensions() const noexcept { return replaced_extensions_; }
  std::uint64_t replaced_params() const noexcept { return replaced_params_; }
  VerbSet replaced_verbs() const noexcept { return replaced_verbs_; }

 private:
  std::size_t lay_out(const ehlo_rows& given, Octet* memory) noexcept;
  void find_replaced() noexcept;
  void sort() noexcept;

  ehlo_rows rows_{};
  // Only a copy has these.
  const Value* values_ = nullptr;
  std::uint16_t* params_in_order_ = nullptr;
  std::uint16_t* verbs_in_order_ = nullptr;
  ExtensionSet replaced_extensions_ = 0;
  std::uint64_t replaced_params_ = 0;
  VerbSet replaced_verbs_ = 0;
};

inline constexpr OwnRows kNoOwnRows{};

// Whether one of the named extensions is offered, by the library or by the program; true where none is named.
bool is_brought(const OwnRows& rows, const char* extensions, ExtensionSet offered, const OwnSet& own) noexcept;

// The facts that decide which of the program's extensions are offered. `with_arguments`: extensions whose arguments
// come from the configuration and not from their rows. `announced`: only these may be offered.
struct OwnFacts {
  bool tls = false;
  bool plaintext_auth = false;
  OwnSet with_arguments;
  OwnSet announced = kEveryOwnRow;
};
// The program's extensions that are offered, beside the library's in `offered`.
OwnSet offered_own(const OwnRows& rows, ExtensionSet offered, const OwnFacts& facts) noexcept;

}  // namespace ehlo
