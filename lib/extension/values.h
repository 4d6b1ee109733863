// The values of parameters, read and written by the kind that their row gives.
#pragma once

#include "base/rows.h"
#include "extension/extension.h"

namespace ehlo {

using ValueContext = ParamContext;

// A row as the readers want it. Of a word they compare the last eight octets in upper case, zeros before a shorter one.
struct Value {
  static constexpr std::size_t kWords = 4;  // more words are looked for in the row

  const ehlo_param_row* row = nullptr;
  std::uint64_t tails[kWords] = {};
  ExtensionSet owners[kWords] = {};  // the word is taken only where this is offered
  std::uint8_t lengths[kWords] = {};
  std::uint32_t word_count = 0;
};

// Bit 5 parts the two cases of a letter; of a digit and "-" it makes a control character, which no value has.
inline constexpr std::uint64_t kFoldWord = 0xDFDFDFDFDFDFDFDFu;

constexpr std::uint64_t tail_of_word(std::string_view word) noexcept {
  std::uint64_t tail = 0;
  for (std::size_t i = 0; i < 8 && i < word.size(); ++i)
    tail |= std::uint64_t{static_cast<Octet>(word[word.size() - 1 - i])} << (56 - 8 * i);
  return tail & kFoldWord;
}

// A word that is the keyword of one of the extensions of its parameter is that extension's: BODY=BINARYMIME (RFC 3030).
constexpr ExtensionSet owner_of_word(const ehlo_param_row& row, std::string_view word) noexcept {
  bool unknown = false;
  return extensions_named(word, unknown) & extensions_named(row.extensions, unknown);
}

constexpr Value make_value(const ehlo_param_row& row) noexcept {
  Value value;
  value.row = &row;
  if (row.words == nullptr) return value;
  for_each_row_word(row.words, [&](std::string_view word) {
    const std::uint32_t at = value.word_count++;
    if (at >= Value::kWords) return;
    value.tails[at] = tail_of_word(word);
    value.owners[at] = owner_of_word(row, word);
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

// Writes what stands behind "KEYWORD=", nothing for a parameter without a value. False where there is no such value;
// then what was written is of no use.
bool write_value(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept;

}  // namespace ehlo
