// The values of parameters, read and written by the kind that their row gives.
#pragma once

#include "base/rows.h"
#include "extension/extension_set.h"
#include "extension/keyword_table.h"
#include "syntax/error.h"
#include "syntax/parameter.h"
#include "syntax/writer.h"

namespace ehlo {

// Facts from outside the value that its validity may depend on.
struct ValueContext {
  Bytes line;  // what spans count from
  ExtensionSet offered;
  bool smtputf8;  // the command or its transaction carries SMTPUTF8
};

// The meaning of a value, which a writer encodes: `number` or `text` by the kind of the row.
struct ParamMeaning {
  std::int64_t number = 0;
  Bytes text;  // decoded
};

// The longest mailbox as a value: a reader decodes it into an array of this size.
inline constexpr std::int64_t kMostMailbox = 1024;

// A row with its words prepared for comparison: a word of at most eight octets is one number (tail_of) and its length.
struct Value {
  static constexpr std::size_t kWords = 4;  // most rows have no more; further words are searched in the row's text

  const ehlo_param_row* row = nullptr;
  std::uint64_t tails[kWords] = {};
  ExtensionSet owners[kWords] = {};  // the word is valid only with one of these; 0: always
  std::uint8_t lengths[kWords] = {};
  std::uint32_t word_count = 0;
};

// The extensions with which a word is valid; 0: always. A word may be the keyword of an extension of its parameter, as
// BODY=8BITMIME and BODY=BINARYMIME are. Then it needs that extension or one named after it in the row, which includes
// the words of those before: a server with BINARYMIME alone takes BODY=8BITMIME too.
constexpr ExtensionSet owners_of_word(const ehlo_param_row& row, std::string_view word) noexcept {
  ExtensionSet owners = 0;
  if (row.extensions == nullptr) return owners;
  bool comes = false;
  for_each_row_word(row.extensions, [&](std::string_view extension) {
    comes |= extension == word;
    if (comes) owners |= owners_of(extension);
  });
  return owners;
}

constexpr Value make_value(const ehlo_param_row& row) noexcept {
  Value value;
  value.row = &row;
  if (row.words == nullptr) return value;
  for_each_row_word(row.words, [&](std::string_view word) {
    const std::uint32_t at = value.word_count++;
    if (at >= Value::kWords) return;
    value.tails[at] = tail_of(word);
    value.owners[at] = owners_of_word(row, word);
    value.lengths[at] = static_cast<std::uint8_t>(word.size());
  });
  return value;
}

using Values = std::array<Value, std::size(kParamRows)>;
constexpr Values values_of_rows() noexcept {
  Values values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = make_value(kParamRows[i]);
  return values;
}
// In the order of kParamRows.
inline constexpr Values kValues = values_of_rows();

// Reads the value of `param` and fills its typed fields. EHLO_OK, bad_parameter, size_overflow.
Error read_value(const ValueContext& context, const Value& value, Param& param) noexcept;

// Writes the value, which stands after "KEYWORD="; nothing for a parameter without a value. False where the meaning is
// not valid; ignore what was written then.
bool write_value(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept;

}  // namespace ehlo
