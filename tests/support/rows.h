// The rows of the library for what tests it and may not ask it: the runner of the vectors, which is not linked with it,
// and the oracles of the fuzz targets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "ehlo_rows.h"

namespace support {

struct ExtensionRow {
  std::string_view name;
  unsigned id;
  std::string_view needs;
  std::uint32_t flags;
  std::uint64_t bit() const { return EHLO_EXT_BIT(id); }
};

struct ParamRow {
  std::string_view name;
  unsigned id;
  std::string_view extensions;
  unsigned commands, kind, value;
  std::uint32_t flags;
  std::int64_t least, most;
  std::string_view words;
};

struct VerbRow {
  std::string_view name;
  unsigned id;
  std::string_view extensions;
  unsigned argument, follows;
  std::uint32_t flags;
  unsigned yes_code;
};

constexpr std::string_view text_or_none(const char* text) { return text == nullptr ? std::string_view() : text; }

inline constexpr ExtensionRow kExtensions[] = {
#define EHLO_EXTENSION_ROW(NAME, ID, KEYWORD, NEEDS, FLAGS, ...) {KEYWORD, ID, NEEDS, FLAGS},
#include "ehlo_rows.def"
};

inline constexpr ParamRow kParams[] = {
#define EHLO_PARAM_ROW(NAME, ID, KEYWORD, EXTENSIONS, COMMANDS, KIND, VALUE, FLAGS, OCTETS, LEAST, MOST, WORDS) \
  {KEYWORD, ID,    EXTENSIONS, EHLO_PARAM_OF_##COMMANDS, EHLO_KIND_##KIND, EHLO_VALUE_##VALUE,                  \
   FLAGS,   LEAST, MOST,       text_or_none(WORDS)},
#include "ehlo_rows.def"
};

inline constexpr VerbRow kVerbs[] = {
#define EHLO_VERB_ROW(NAME, ID, VERB, EXTENSIONS, ARGUMENT, FOLLOWS, FLAGS, YES_CODE, ...) \
  {VERB, ID, EXTENSIONS, EHLO_ARGUMENT_##ARGUMENT, EHLO_FOLLOWS_##FOLLOWS, FLAGS, YES_CODE},
#include "ehlo_rows.def"
};

// By its name in upper case; nullptr: there is none.
template <class Row, std::size_t count>
const Row* row_named(const Row (&rows)[count], std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == std::end(rows) ? nullptr : &*found;
}

// The words of a column, between which stands a space.
inline std::vector<std::string_view> words_of(std::string_view column) {
  std::vector<std::string_view> words;
  while (!column.empty()) {
    const std::size_t end = std::min(column.find(' '), column.size());
    words.push_back(column.substr(0, end));
    column.remove_prefix(std::min(end + 1, column.size()));
  }
  return words;
}

// The bits of the extensions that a column names.
inline std::uint64_t extensions_of(std::string_view column) {
  std::uint64_t bits = 0;
  for (const std::string_view word : words_of(column)) bits |= row_named(kExtensions, word)->bit();
  return bits;
}

inline std::uint64_t all_extensions() {
  std::uint64_t bits = 0;
  for (const ExtensionRow& row : kExtensions) bits |= row.bit();
  return bits;
}

}  // namespace support
