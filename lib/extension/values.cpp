// One reader and one writer for each kind of value.
#include "extension/values.h"

#include "extension/custom.h"
#include "syntax/char_class.h"
#include "syntax/date_time.h"
#include "syntax/decimal.h"
#include "syntax/path.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

using Reader = Error (*)(const ValueContext&, const Value&, Param&) noexcept;
using ValueWriter = bool (*)(const Value&, const ParamMeaning&, Writer&) noexcept;

constexpr bool rows_fit() noexcept {
  for (const ehlo_param_row& row : kParamRows)
    if (row.kind == EHLO_KIND_MAILBOX && (row.most == 0 || row.most > kMostMailbox)) return false;
  return true;
}
static_assert(rows_fit());

constexpr Error bad_unless(bool good) noexcept { return good ? EHLO_OK : EHLO_E_BAD_PARAMETER; }

bool is_within(const ehlo_param_row& row, std::size_t octets) noexcept {
  return octets != 0 && (row.most == 0 || octets <= static_cast<std::uint64_t>(row.most));
}

HexCase hex_case(const ehlo_param_row& row) noexcept {
  return row.flags & EHLO_ROW_ANY_HEX ? HexCase::any : HexCase::upper;
}

// ---- TEXT ----

// The grammar has checked the octets.
Error read_text(const ValueContext&, const Value& value, Param& param) noexcept {
  return bad_unless(is_within(*value.row, param.value.len));
}

bool write_text(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  for (const Octet c : meaning.text)
    if (c < 0x80 && !is(c, kValue)) return false;
  if (!is_within(*value.row, meaning.text.size) || !is_utf8(meaning.text)) return false;
  out.put(meaning.text);
  return true;
}

// ---- NUMBER ----

// For a number that is not negative: casts of `least` and `most` are right only where those are not negative either.
bool is_in_bounds(const ehlo_param_row& row, std::uint64_t number) noexcept {
  if (row.least > 0 && number < static_cast<std::uint64_t>(row.least)) return false;
  return (row.flags & EHLO_ROW_UNSIGNED) || (row.most >= 0 && number <= static_cast<std::uint64_t>(row.most));
}

Error read_negative(const ehlo_param_row& row, Bytes digits, Param& param) noexcept {
  std::uint64_t number = 0;
  if (digits.empty() || read_decimal(digits, number) != EHLO_OK || number == 0) return EHLO_E_BAD_PARAMETER;
  // Compared as (digits - 1) with -(limit + 1), since the least number of 64 bits has no positive counterpart.
  if ((row.flags & EHLO_ROW_UNSIGNED) || row.least >= 0 || number - 1 > static_cast<std::uint64_t>(-(row.least + 1)))
    return EHLO_E_BAD_PARAMETER;
  if (row.most < 0 && number - 1 < static_cast<std::uint64_t>(-(row.most + 1))) return EHLO_E_BAD_PARAMETER;
  param.number = static_cast<std::int64_t>(std::uint64_t{0} - number);
  return EHLO_OK;
}

// Any number: it may have a sign, leading zeros, and twenty digits, as many as 2^64 has.
Error read_long_number(const ehlo_param_row& row, Bytes text, Param& param) noexcept {
  const bool negative = !text.empty() && text[0] == '-';
  const Bytes digits = text.from(negative);
  if (digits.empty() || digits.size > 20) return EHLO_E_BAD_PARAMETER;
  if (digits.size > 1 && digits[0] == '0' && !(row.flags & EHLO_ROW_LEADING_ZEROS)) return EHLO_E_BAD_PARAMETER;
  if (negative) return read_negative(row, digits, param);
  std::uint64_t number = 0;
  const Error error = read_decimal(digits, number);
  // Only an unsigned number (SIZE) can be valid and too large for us, which has a reply of its own (RFC 1870 6.1).
  if (error == EHLO_E_SIZE_OVERFLOW && !(row.flags & EHLO_ROW_UNSIGNED)) return EHLO_E_BAD_PARAMETER;
  if (error != EHLO_OK) return error;
  if (!is_in_bounds(row, number)) return EHLO_E_BAD_PARAMETER;
  param.number = static_cast<std::int64_t>(number);
  return EHLO_OK;
}

Error read_number(const ValueContext& context, const Value& value, Param& param) noexcept {
  const ehlo_param_row& row = *value.row;
  const std::uint32_t length = param.value.len, end = param.value.off + length;
  // One to eight octets by one load; a sign or anything else that is no digit takes the long way.
  if (EHLO_FAST_WORDS && length - 1 < 8 && end >= 8) {
    const std::uint64_t small = read_eight_digits(context.line, end, length);
    if (small != UINT64_MAX) {
      const bool padded = length > 1 && context.line[param.value.off] == '0';
      if ((padded && !(row.flags & EHLO_ROW_LEADING_ZEROS)) || !is_in_bounds(row, small)) return EHLO_E_BAD_PARAMETER;
      param.number = static_cast<std::int64_t>(small);
      return EHLO_OK;
    }
  }
  return read_long_number(row, context.line.at(param.value), param);
}

bool write_number(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  const ehlo_param_row& row = *value.row;
  const auto number = static_cast<std::int64_t>(meaning.number);
  if (!(row.flags & EHLO_ROW_UNSIGNED)) {
    if (number < row.least || number > row.most) return false;
  } else if (!is_in_bounds(row, meaning.number)) {
    return false;
  }
  const bool negative = number < 0 && !(row.flags & EHLO_ROW_UNSIGNED);
  if (negative) out.put('-');
  out.put_number(negative ? std::uint64_t{0} - meaning.number : meaning.number);
  return true;
}

// ---- WORD, WORDS ----

constexpr std::uint32_t kNoWord = UINT32_MAX;

bool is_offered(ExtensionSet owners, const ValueContext& context) noexcept {
  return owners == 0 || (owners & context.offered) != 0;
}

// The slow path: a word near the start of the buffer, a word of more than eight octets, or a row with more words than a
// Value holds.
std::uint32_t find_word_in_row(const ValueContext& context, const Value& value, Bytes word) noexcept {
  std::uint32_t at = 0, found = kNoWord;
  for_each_row_word(value.row->words, [&](std::string_view one) {
    if (found == kNoWord && equals_caseless(word, one) && is_offered(owners_of_word(*value.row, one), context))
      found = at;
    ++at;
  });
  return found;
}

std::uint32_t find_word(const ValueContext& context, const Value& value, Span word) noexcept {
  const std::uint32_t end = word.off + word.len;
  if (!EHLO_FAST_WORDS || end < 8 || word.len - 1 >= 8) return find_word_in_row(context, value, context.line.at(word));
  // The bits of the octets in front of the word; the two shifts clear them.
  const std::uint32_t others = 8 * (8 - word.len);
  const std::uint64_t tail = load<std::uint64_t>(context.line.data + end - 8) >> others << others & kFold;
  for (std::uint32_t at = 0; at < Value::kWords; ++at)
    if (tail == value.tails[at] && word.len == value.lengths[at])
      return is_offered(value.owners[at], context) ? at : kNoWord;
  return value.word_count <= Value::kWords ? kNoWord : find_word_in_row(context, value, context.line.at(word));
}

Error read_word(const ValueContext& context, const Value& value, Param& param) noexcept {
  const std::uint32_t word = find_word(context, value, param.value);
  if (word == kNoWord) return EHLO_E_BAD_PARAMETER;
  param.number = value.row->least + static_cast<std::int64_t>(word);
  return EHLO_OK;
}

// Words between commas, as bits. A word may be repeated: RFC 3461 4.1 does not forbid it.
Error read_words(const ValueContext& context, const Value& value, Param& param) noexcept {
  const std::uint32_t end = param.value.off + param.value.len;
  std::uint64_t words = 0;
  std::uint32_t count = 0;
  for (std::uint32_t begin = param.value.off; begin <= end; ++count) {
    std::uint32_t stop = begin;
    while (stop < end && context.line[stop] != ',') ++stop;
    const std::uint32_t word = find_word(context, value, {begin, stop - begin});
    if (word == kNoWord) return EHLO_E_BAD_PARAMETER;
    words |= std::uint64_t{1} << word;
    begin = stop + 1;
  }
  // RFC 3461 4.1: NEVER must stand alone. `count` and not the bits, or NEVER,NEVER would pass.
  if ((value.row->flags & EHLO_ROW_FIRST_ALONE) && (words & 1) && count > 1) return EHLO_E_BAD_PARAMETER;
  param.number = static_cast<std::int64_t>(words);
  return EHLO_OK;
}

bool write_word(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  std::uint64_t left = meaning.number - static_cast<std::uint64_t>(value.row->least);
  if (left >= value.word_count) return false;
  for_each_row_word(value.row->words, [&](std::string_view word) {
    if (left-- == 0) out.put(word);
  });
  return true;
}

bool write_words(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  std::uint64_t left = meaning.number;
  // At least one word, and no bit without a word. A shift by 64 would be undefined.
  if (left == 0 || (value.word_count < 64 && left >> value.word_count != 0)) return false;
  if ((value.row->flags & EHLO_ROW_FIRST_ALONE) && (left & 1) && left != 1) return false;
  bool first = true;
  for_each_row_word(value.row->words, [&](std::string_view word) {
    if (left & 1) {
      if (!first) out.put(',');
      out.put(word);
      first = false;
    }
    left >>= 1;
  });
  return true;
}

// ---- XTEXT ----

// The decoded value may be copied into a header field (RFC 3461 4.4). So no escape may decode to a line break, which
// would begin another field there.
Error read_xtext(const ValueContext& context, const Value& value, Param& param) noexcept {
  const Bytes text = context.line.at(param.value);
  if (!is_within(*value.row, text.size)) return EHLO_E_BAD_PARAMETER;
  if (is_plain_xtext(text)) return EHLO_OK;
  for (std::size_t at = 0; at < text.size; ++at) {
    if (is(text[at], kXchar)) continue;
    Octet octet = 0;
    Writer decoded(&octet, 1);
    const bool escape = text[at] == '+' && text.size - at >= 3;
    if (!escape || !decode_xtext(text.from(at).first(3), hex_case(*value.row), decoded) || !is_printable({&octet, 1}))
      return EHLO_E_BAD_PARAMETER;
    at += 2;
  }
  return EHLO_OK;
}

bool write_xtext(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  Writer measured(nullptr, 0);
  encode_xtext(meaning.text, measured);
  if (!is_within(*value.row, measured.size()) || !is_printable(meaning.text)) return false;
  encode_xtext(meaning.text, out);
  return true;
}

// ---- MAILBOX ----

bool is_mailbox_of(const ehlo_param_row& row, Bytes meaning) noexcept {
  return ((row.flags & EHLO_ROW_NULL_PATH) && meaning.text() == "<>") || is_mailbox(meaning);
}

Error read_mailbox(const ValueContext& context, const Value& value, Param& param) noexcept {
  const Bytes text = context.line.at(param.value);
  if (!is_within(*value.row, text.size) || text.size > std::size_t{kMostMailbox}) return EHLO_E_BAD_PARAMETER;
  Octet decoded[kMostMailbox];
  Writer out(decoded, sizeof decoded);
  return bad_unless(decode_xtext(text, hex_case(*value.row), out) && is_mailbox_of(*value.row, {decoded, out.size()}));
}

bool write_mailbox_value(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  Writer measured(nullptr, 0);
  encode_xtext(meaning.text, measured);
  if (!is_within(*value.row, measured.size()) || measured.size() > std::size_t{kMostMailbox}) return false;
  if (!is_mailbox_of(*value.row, meaning.text)) return false;
  encode_xtext(meaning.text, out);
  return true;
}

// ---- DATE ----

Error read_date(const ValueContext& context, const Value& value, Param& param) noexcept {
  const Bytes text = context.line.at(param.value);
  std::int64_t seconds = 0;
  const DateRules rules{(value.row->flags & EHLO_ROW_UTC_ONLY) != 0, true};
  if (!is_within(*value.row, text.size) || !read_date_time(text, rules, seconds)) return EHLO_E_BAD_PARAMETER;
  param.number = seconds;
  return EHLO_OK;
}

bool write_date(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  constexpr std::size_t kOctets = std::string_view("2030-01-01T00:00:00Z").size();
  return is_within(*value.row, kOctets) && write_date_time(static_cast<std::int64_t>(meaning.number), out);
}

// ---- KEYWORDS ----

bool is_letter(Octet c) noexcept { return upper(c) >= 'A' && upper(c) <= 'Z'; }

// RFC 3865 2.2: keywords between commas, each begins with a letter.
bool are_keywords(Bytes text) noexcept {
  bool first = true;
  for (const Octet c : text) {
    const bool good = first ? is_letter(c) : is(c, kKeyword) || c == '.' || c == '_' || c == ':';
    if (!good && (first || c != ',')) return false;
    first = !good;
  }
  return !first;
}

Error read_keywords(const ValueContext& context, const Value& value, Param& param) noexcept {
  return bad_unless(is_within(*value.row, param.value.len) && are_keywords(context.line.at(param.value)));
}

bool write_keywords(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  if (!is_within(*value.row, meaning.text.size) || !are_keywords(meaning.text)) return false;
  out.put(meaning.text);
  return true;
}

// ---- CUSTOM ----

Error read_custom(const ValueContext& context, const Value& value, Param& param) noexcept {
  return custom_value(*value.row).read(context, param);
}

bool write_custom(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  return custom_value(*value.row).write(meaning, out);
}

// In the order of ehlo_kind.
constexpr Reader kReaders[] = {read_text,    read_number, read_word,     read_words, read_xtext,
                               read_mailbox, read_date,   read_keywords, read_custom};
constexpr ValueWriter kWriters[] = {write_text,          write_number, write_word,     write_words, write_xtext,
                                    write_mailbox_value, write_date,   write_keywords, write_custom};
static_assert(std::size(kReaders) == EHLO_KIND_CUSTOM + 1 && std::size(kWriters) == EHLO_KIND_CUSTOM + 1);

}  // namespace

Error read_value(const ValueContext& context, const Value& value, Param& param) noexcept {
  const ehlo_param_row& row = *value.row;
  if (!present(param.value)) return bad_unless(row.value != EHLO_VALUE_REQUIRED);
  if (row.value == EHLO_VALUE_NONE) return EHLO_E_BAD_PARAMETER;
  return kReaders[row.kind](context, value, param);
}

bool write_value(const Value& value, const ParamMeaning& meaning, Writer& out) noexcept {
  return value.row->value == EHLO_VALUE_NONE || kWriters[value.row->kind](value, meaning, out);
}

}  // namespace ehlo
