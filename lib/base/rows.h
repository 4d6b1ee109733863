// The rows of ehlo_rows.def as tables, and tables that the compiler computes from them: sets, and rows by their ids.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ehlo_rows.h"

namespace ehlo {

// A row's id is its bit in a set.
inline constexpr std::size_t kMaxRows = 64;

inline constexpr ehlo_extension_row kExtensionRows[] = {
#define EHLO_EXTENSION_ROW(NAME, ID, KEYWORD, NEEDS, FLAGS, MAIL_OCTETS, RCPT_OCTETS) \
  {KEYWORD, nullptr, NEEDS, FLAGS, MAIL_OCTETS, RCPT_OCTETS, ID, 0},
#include "ehlo_rows.def"
};

inline constexpr ehlo_param_row kParamRows[] = {
#define EHLO_PARAM_ROW(NAME, ID, KEYWORD, EXTENSIONS, COMMANDS, KIND, VALUE, FLAGS, OCTETS, LEAST, MOST, WORDS) \
  {KEYWORD,          EXTENSIONS,         WORDS, LEAST, MOST, OCTETS, ID, EHLO_PARAM_OF_##COMMANDS,              \
   EHLO_KIND_##KIND, EHLO_VALUE_##VALUE, FLAGS},
#include "ehlo_rows.def"
};

inline constexpr ehlo_verb_row kVerbRows[] = {
#define EHLO_VERB_ROW(NAME, ID, VERB, EXTENSIONS, ARGUMENT, FOLLOWS, FLAGS, YES_CODE, YES_ENHANCED, YES_TEXT, NO_CODE, \
                      NO_ENHANCED, NO_TEXT)                                                                            \
  {VERB,                                                                                                               \
   EXTENSIONS,                                                                                                         \
   YES_TEXT,                                                                                                           \
   NO_TEXT,                                                                                                            \
   YES_ENHANCED,                                                                                                       \
   NO_ENHANCED,                                                                                                        \
   FLAGS,                                                                                                              \
   YES_CODE,                                                                                                           \
   NO_CODE,                                                                                                            \
   ID,                                                                                                                 \
   EHLO_ARGUMENT_##ARGUMENT,                                                                                           \
   EHLO_FOLLOWS_##FOLLOWS},
#include "ehlo_rows.def"
};

// Calls `each` with the words of `text`, which are separated by one space.
template <class Each>
constexpr void for_each_row_word(std::string_view text, Each each) noexcept {
  while (!text.empty()) {
    // Not substr, which may throw: the library has no exceptions.
    const std::size_t space = text.find(' '), length = space == std::string_view::npos ? text.size() : space;
    each(std::string_view(text.data(), length));
    text.remove_prefix(length + (length != text.size()));
  }
}

// The extensions with these keywords, in upper case; `unknown` is set where a word is no keyword of an extension.
constexpr std::uint64_t extensions_named(std::string_view keywords, bool& unknown) noexcept {
  std::uint64_t set = 0;
  for_each_row_word(keywords, [&](std::string_view word) {
    std::uint64_t one = 0;
    for (const ehlo_extension_row& row : kExtensionRows)
      if (word == row.keyword) one = std::uint64_t{1} << row.id;
    unknown |= one == 0;
    set |= one;
  });
  return set;
}

// For rows of the library, of which none names an unknown extension: a static_assert below checks that.
constexpr std::uint64_t owners_of(std::string_view keywords) noexcept {
  bool unknown = false;
  return extensions_named(keywords, unknown);
}

void a_row_names_an_unknown_extension();  // has no body: a constant that would call it does not compile

// The same for a constant: a keyword of no extension does not compile.
consteval std::uint64_t extension_set(std::string_view keywords) {
  bool unknown = false;
  const std::uint64_t set = extensions_named(keywords, unknown);
  if (unknown) a_row_names_an_unknown_extension();
  return set;
}

namespace row_checks {

template <class Row, std::size_t count>
consteval bool have_ids_of_their_own(const Row (&rows)[count], std::uint16_t first) {
  std::uint64_t seen = 0;
  for (const Row& row : rows) {
    if (row.id < first || row.id >= kMaxRows || (seen >> row.id & 1) != 0) return false;
    seen |= std::uint64_t{1} << row.id;
  }
  return true;
}

// The rows by their ids; nullptr where there is none.
template <class Row, std::size_t count>
consteval std::array<const Row*, kMaxRows> by_id(const Row (&rows)[count]) {
  std::array<const Row*, kMaxRows> table{};
  for (const Row& row : rows) table[row.id] = &row;
  return table;
}

consteval bool name_known_extensions() {
  bool unknown = false;
  for (const ehlo_extension_row& row : kExtensionRows) extensions_named(row.needs, unknown);
  for (const ehlo_param_row& row : kParamRows) extensions_named(row.extensions, unknown);
  for (const ehlo_verb_row& row : kVerbRows) extensions_named(row.extensions, unknown);
  return !unknown;
}

static_assert(have_ids_of_their_own(kExtensionRows, 0));
static_assert(have_ids_of_their_own(kParamRows, 1), "0 is EHLO_PARAM_UNKNOWN");
static_assert(have_ids_of_their_own(kVerbRows, 1), "0 is EHLO_VERB_UNKNOWN");
static_assert(name_known_extensions(), "a row names an extension that has no row");

}  // namespace row_checks

inline constexpr auto kExtensionsById = row_checks::by_id(kExtensionRows);
inline constexpr auto kParamsById = row_checks::by_id(kParamRows);
inline constexpr auto kVerbsById = row_checks::by_id(kVerbRows);

// The row of a verb without a row, which the program serves or sends all the same: at any time, with any text.
inline constexpr ehlo_verb_row kUnknownVerb{
    "",
    "",
    nullptr,
    nullptr,
    0,
    0,
    EHLO_COMMAND_SMTP | EHLO_COMMAND_LMTP | EHLO_COMMAND_OPTIONAL | EHLO_COMMAND_ANY_TIME,
    0,
    0,
    EHLO_VERB_UNKNOWN,
    EHLO_ARGUMENT_TEXT,
    EHLO_FOLLOWS_NONE};

// Whether the flags of an extension allow to offer it in this state of the session.
constexpr bool may_be_offered(std::uint32_t flags, bool tls, bool plaintext_auth, bool with_arguments) noexcept {
  if ((flags & EHLO_EXTENSION_TLS_ONLY) && !tls) return false;
  if ((flags & EHLO_EXTENSION_NO_TLS) && tls) return false;
  if ((flags & EHLO_EXTENSION_PLAINTEXT) && !tls && !plaintext_auth) return false;
  return !(flags & EHLO_EXTENSION_ARGUMENTS) || with_arguments;
}

// Whether the argument is a secret, which must not appear in a log.
constexpr bool is_secret(const ehlo_verb_row& row) noexcept {
  return (row.flags & EHLO_COMMAND_SECRET) != 0 || row.argument == EHLO_ARGUMENT_MECHANISM;
}

// The ids of all rows, as bits.
template <class Row, std::size_t count>
constexpr std::uint64_t ids_of(const Row (&rows)[count]) noexcept {
  std::uint64_t set = 0;
  for (const Row& row : rows) set |= std::uint64_t{1} << row.id;
  return set;
}
// The ids of the rows that have at least one of the flags.
template <class Row, std::size_t count>
constexpr std::uint64_t ids_with(const Row (&rows)[count], std::uint32_t flags) noexcept {
  std::uint64_t set = 0;
  for (const Row& row : rows)
    if (row.flags & flags) set |= std::uint64_t{1} << row.id;
  return set;
}

// Verbs as bits of their ids.
using VerbSet = std::uint64_t;

constexpr VerbSet verbs_with(std::uint32_t flags) noexcept { return ids_with(kVerbRows, flags); }
constexpr std::uint64_t extensions_with(std::uint32_t flags) noexcept { return ids_with(kExtensionRows, flags); }

// The verbs that are no commands of LMTP, or of SMTP. EHLO_VERB_UNKNOWN is in both sets, so that one test finds all
// verbs that the protocol does not have.
constexpr VerbSet verbs_foreign_to(bool lmtp) noexcept {
  return ~verbs_with(lmtp ? EHLO_COMMAND_LMTP : EHLO_COMMAND_SMTP);
}

}  // namespace ehlo
