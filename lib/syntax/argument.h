// The argument after a verb, read as the kind that the verb's row names.
#pragma once

#include "base/rows.h"
#include "syntax/command.h"

namespace ehlo {

// The longest value of an attribute, decoded (XCLIENT and XFORWARD of Postfix).
inline constexpr std::size_t kMaxAttribute = 255;

// What a reader needs to know of a row, in one octet for a small table: EHLO_ARGUMENT_* and these bits.
using ArgumentForm = std::uint8_t;
enum : std::uint8_t { kArgumentKind = 15, kOptionalArgument = 16, kUtf8Argument = 32, kForwardPath = 64 };

constexpr ArgumentForm argument_form(const ehlo_verb_row& row) noexcept {
  return static_cast<ArgumentForm>(
      (row.argument & kArgumentKind) | (row.flags & EHLO_COMMAND_OPTIONAL ? kOptionalArgument : 0) |
      (row.flags & EHLO_COMMAND_UTF8 ? kUtf8Argument : 0) | (row.id == EHLO_VERB_RCPT ? kForwardPath : 0));
}

// By the id of a verb.
inline constexpr std::array<ArgumentForm, kMaxRows> kArguments = [] {
  std::array<ArgumentForm, kMaxRows> table{};
  for (const ehlo_verb_row& row : kVerbRows) table[row.id] = argument_form(row);
  return table;
}();

// What a reader works on: an argument that is not empty, and the places for its result.
struct ArgumentReading {
  Bytes text;
  std::uint32_t begin;
  ArgumentForm form;
  const CommandRules& rules;
  Command& command;
  ParamList& params;

  std::uint32_t end() const noexcept { return static_cast<std::uint32_t>(text.size); }
  Span whole() const noexcept { return {begin, end() - begin}; }
};

// By kind. A table of pointers rather than a switch: the compiler would inline the readers into one large function,
// which saves all registers for the simplest argument too.
using ArgumentReader = Problem (*)(ArgumentReading&) noexcept;
extern const std::array<ArgumentReader, kArgumentKind + 1> kArgumentReaders;

// Reads the argument from text[begin] to the end of `text`; it is absent where nothing is there. In front of an
// argument stand the verb and a space: text[begin - 1] may be read. Spans and positions count from text[0]. `command`
// has its verb and nothing else, `params` is empty. Parameters are split, not validated.
//
// Errors: syntax; bad_sender and bad_recipient (the path), bad_parameter and space (what follows it), unknown_parameter
// (PATH: it has none); bad_base64 (MECHANISM); size_overflow (CHUNK).
inline Problem read_argument(Bytes text, std::uint32_t begin, ArgumentForm form, const CommandRules& rules,
                             Command& command, ParamList& params) noexcept {
  const unsigned kind = form & kArgumentKind;
  if (begin >= text.size) {
    if (kind == EHLO_ARGUMENT_NONE || (form & kOptionalArgument)) return {};
    return {EHLO_E_SYNTAX, begin};
  }
  ArgumentReading reading{text, begin, form, rules, command, params};
  return kArgumentReaders[kind](reading);
}
inline Problem read_argument(Bytes text, std::uint32_t begin, const ehlo_verb_row& row, const CommandRules& rules,
                             Command& command, ParamList& params) noexcept {
  return read_argument(text, begin, argument_form(row), rules, command, params);
}

}  // namespace ehlo
