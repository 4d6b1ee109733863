// A reference reader of the parameters of MAIL and RCPT: it splits the text by the rules of the RFCs. It uses the rows
// and nothing else of the library.
#pragma once

#include <optional>

#include "ehlo.h"
#include "naive_date.h"
#include "naive_path.h"
#include "support/properties.h"
#include "support/rows.h"

namespace support {

struct NaiveParam {
  const ParamRow* row = nullptr;
  std::string_view keyword, value;
  bool has_value = false;
  std::uint64_t number = 0;  // of a value: its bits
  bool has_detail = false;
  std::string_view detail;
  std::string meaning;  // the text that ehlo_param_write takes

  unsigned id() const { return row == nullptr ? unsigned{EHLO_PARAM_UNKNOWN} : row->id; }
};

struct NaiveParams {
  bool grammatical = false;
  std::int32_t error = EHLO_E_BAD_PARAMETER;
  std::size_t at = 0;  // of an error, if the list is grammatical
  std::vector<NaiveParam> items;
};

namespace naive {

inline bool is_printable(std::string_view text) {
  return all_of(text, [](char c) { return c == '\t' || (is_ascii(c) && c >= 32 && c != 127); });
}
inline bool has_control(std::string_view text, bool but_tab) {
  return !all_of(text, [&](char c) { return !is_ascii(c) || (c >= 32 && c != 127) || (but_tab && c == '\t'); });
}

inline int hex_value(char c) { return is_digit(c) ? c - '0' : lower(c) - 'a' + 10; }

// RFC 3461 4: every octet that is not an xchar is written as "+" and two hexadecimal digits.
inline std::optional<std::string> xtext(std::string_view text, bool any_case) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] < 33 || text[at] > 126 || text[at] == '=') return std::nullopt;
    if (text[at] != '+') {
      out += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    for (const char c : text.substr(at + 1, 2))
      if (!is_hex(c) || (!any_case && c >= 'a')) return std::nullopt;
    out += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
    at += 2;
  }
  return out;
}

inline std::string utf8(std::uint32_t point) {
  const auto tail = [point](unsigned shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

// RFC 6533 3. A control character is not allowed in any form.
inline std::optional<std::string> utf8_address(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      if (text[at] == '+' || text[at] == '=') return std::nullopt;
      out += text[at];
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (text.substr(at, 3) != "\\x{" || end == std::string_view::npos) return std::nullopt;
    const std::string_view digits = text.substr(at + 3, end - at - 3);
    if (digits.size() < 2 || digits.size() > 6 || digits[0] == '0' || !all_of(digits, is_hex)) return std::nullopt;
    const auto point = static_cast<std::uint32_t>(std::stoul(std::string(digits), nullptr, 16));
    const bool escaped = point == ' ' || point == '+' || point == '=' || point == '\\' || point >= 0x80;
    if (!escaped || point > 0x10FFFF || point >> 11 == 0xD800 >> 11) return std::nullopt;
    out += utf8(point);
    at = end;
  }
  if (out.empty() || !is_utf8(text) || has_control(out, false)) return std::nullopt;
  return out;
}

}  // namespace naive

class ReferenceParams {
 public:
  ReferenceParams(bool rcpt, std::uint64_t offered, bool smtputf8)
      : rcpt_(rcpt), offered_(offered), smtputf8_(smtputf8) {}

  NaiveParams read(std::string_view text) {
    NaiveParams params;
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    params.grammatical = text.empty() || split_words(text, params);
    if (!params.grammatical) return params;
    // A RCPT does not show whether its transaction has SMTPUTF8: it is assumed if the text has UTF-8.
    if (rcpt_)
      smtputf8_ = smtputf8_ && !naive::all_of(text, naive::is_ascii);
    else
      smtputf8_ = is_offered(EHLO_EXT_SMTPUTF8) && has_word(params, "SMTPUTF8");
    params.error = EHLO_OK;
    std::uint64_t seen = 0;
    for (NaiveParam& param : params.items) {
      params.error = read(param, seen);
      params.at = static_cast<std::size_t>(param.keyword.data() - text.data());
      if (params.error != EHLO_OK) return params;
      seen |= std::uint64_t{1} << param.id();
    }
    // RFC 6531 3.4: UTF-8 needs the parameter.
    for (const NaiveParam& param : params.items) {
      if (smtputf8_ || naive::all_of(param.value, naive::is_ascii)) continue;
      params.error = EHLO_E_BAD_PARAMETER;
      params.at = static_cast<std::size_t>(param.keyword.data() - text.data());
      break;
    }
    return params;
  }

 private:
  bool is_offered(unsigned id) const { return (offered_ & EHLO_EXT_BIT(id)) != 0; }

  // RFC 5321 4.1.2: one space between them, esmtp-keyword ["=" esmtp-value].
  static bool split_words(std::string_view text, NaiveParams& params) {
    for (const std::string_view word : naive::split(text, " ")) {
      const std::size_t equals = word.find('=');
      NaiveParam param;
      param.keyword = word.substr(0, equals);
      param.has_value = equals != std::string_view::npos;
      if (param.has_value) param.value = word.substr(equals + 1);
      const auto is_keyword = [](char c) { return naive::is_let_dig(c) || c == '-'; };
      const auto is_value = [](char c) { return !naive::is_ascii(c) || (c >= 33 && c <= 126 && c != '='); };
      if (param.keyword.empty() || param.keyword[0] == '-' || !naive::all_of(param.keyword, is_keyword)) return false;
      if (param.has_value && (param.value.empty() || !naive::all_of(param.value, is_value))) return false;
      if (!naive::is_utf8(param.value)) return false;
      params.items.push_back(param);
    }
    return params.items.size() <= EHLO_PARAMS_MAX;
  }
  static bool has_word(const NaiveParams& params, std::string_view word) {
    return std::any_of(params.items.begin(), params.items.end(),
                       [word](const NaiveParam& param) { return naive::same_word(param.keyword, word); });
  }

  // A repeated parameter is an error, whatever its value is.
  std::int32_t read(NaiveParam& param, std::uint64_t seen) const {
    for (const ParamRow& row : kParams) {
      const bool is_here = (row.commands & (rcpt_ ? EHLO_PARAM_OF_RCPT : EHLO_PARAM_OF_MAIL)) != 0;
      if (!naive::same_word(param.keyword, row.name) || !is_here || !(extensions_of(row.extensions) & offered_))
        continue;
      param.row = &row;
      return seen >> row.id & 1 ? EHLO_E_BAD_PARAMETER : read_value(param);
    }
    return EHLO_E_UNKNOWN_PARAMETER;
  }

  std::int32_t read_value(NaiveParam& param) const {
    if (!param.has_value) return param.row->value == EHLO_VALUE_REQUIRED ? EHLO_E_BAD_PARAMETER : EHLO_OK;
    if (param.row->value == EHLO_VALUE_NONE) return EHLO_E_BAD_PARAMETER;
    if (param.row->kind == EHLO_KIND_NUMBER) return read_number(param);
    return is_good_value(param) ? EHLO_OK : EHLO_E_BAD_PARAMETER;
  }

  bool is_good_value(NaiveParam& param) const {
    switch (param.row->kind) {
      case EHLO_KIND_TEXT: return is_within(param) && is_meaning(param, std::string(param.value));
      case EHLO_KIND_WORD: return read_word(param);
      case EHLO_KIND_WORDS: return read_words(param);
      case EHLO_KIND_XTEXT: return read_xtext(param);
      case EHLO_KIND_MAILBOX: return read_mailbox(param);
      case EHLO_KIND_DATE: return read_date(param);
      case EHLO_KIND_KEYWORDS: return read_keywords(param);
      default:
        require(param.row->name == "ORCPT", "the reference has no reader for this parameter");
        return read_orcpt(param);
    }
  }

  static bool is_within(const NaiveParam& param) {
    return param.row->most == 0 || param.value.size() <= static_cast<std::uint64_t>(param.row->most);
  }
  static bool is_meaning(NaiveParam& param, std::string meaning) {
    param.meaning = std::move(meaning);
    return true;
  }

  // RFC 1870 4: 1*20DIGIT. Others: "-" is the only sign, and there are no leading zeros.
  static std::int32_t read_number(NaiveParam& param) {
    static constexpr std::string_view kMost = "18446744073709551615";
    const ParamRow& row = *param.row;
    const bool negative = param.value.starts_with('-'), is_unsigned = (row.flags & EHLO_ROW_UNSIGNED) != 0;
    const std::string_view digits = param.value.substr(negative);
    if (digits.empty() || digits.size() > 20 || !naive::all_of(digits, naive::is_digit)) return EHLO_E_BAD_PARAMETER;
    if (digits.size() > 1 && digits[0] == '0' && !(row.flags & EHLO_ROW_LEADING_ZEROS)) return EHLO_E_BAD_PARAMETER;
    if (negative && (is_unsigned || naive::all_of(digits, [](char c) { return c == '0'; })))
      return EHLO_E_BAD_PARAMETER;
    const bool beyond = digits.size() == 20 && digits > kMost;
    if (beyond) return is_unsigned ? EHLO_E_SIZE_OVERFLOW : EHLO_E_BAD_PARAMETER;
    const std::uint64_t size = std::stoull(std::string(digits));
    param.number = negative ? std::uint64_t{0} - size : size;
    if (is_unsigned) return EHLO_OK;
    const auto number = static_cast<std::int64_t>(param.number);
    const bool fits = size == 0 || (number < 0) == negative;
    return fits && number >= row.least && number <= row.most ? EHLO_OK : EHLO_E_BAD_PARAMETER;
  }

  // A word that is the keyword of an extension needs that extension, or one that is named after it (RFC 3030 3).
  bool comes(const ParamRow& row, std::string_view word) const {
    const std::vector<std::string_view> owners = words_of(row.extensions);
    const auto own = std::find(owners.begin(), owners.end(), word);
    return own == owners.end() || std::any_of(own, owners.end(), [this](std::string_view owner) {
             return (extensions_of(owner) & offered_) != 0;
           });
  }
  bool find_word(const ParamRow& row, std::string_view text, std::uint64_t& place) const {
    place = 0;
    for (const std::string_view word : words_of(row.words)) {
      if (naive::same_word(text, word)) return comes(row, word);
      ++place;
    }
    return false;
  }
  bool read_word(NaiveParam& param) const {
    if (!find_word(*param.row, param.value, param.number)) return false;
    param.number += static_cast<std::uint64_t>(param.row->least);
    return true;
  }
  bool read_words(NaiveParam& param) const {
    const std::vector<std::string_view> words = naive::split(param.value, ",");
    for (const std::string_view word : words) {
      std::uint64_t place = 0;
      if (!find_word(*param.row, word, place)) return false;
      param.number |= std::uint64_t{1} << place;
    }
    return !(param.row->flags & EHLO_ROW_FIRST_ALONE) || !(param.number & 1) || words.size() == 1;
  }

  static std::optional<std::string> decoded(const NaiveParam& param) {
    if (!is_within(param)) return std::nullopt;
    return naive::xtext(param.value, (param.row->flags & EHLO_ROW_ANY_HEX) != 0);
  }
  // RFC 3461 4.4
  static bool read_xtext(NaiveParam& param) {
    const auto meaning = decoded(param);
    return meaning && naive::is_printable(*meaning) && is_meaning(param, *meaning);
  }
  // RFC 4954 5
  static bool read_mailbox(NaiveParam& param) {
    const auto meaning = decoded(param);
    if (!meaning) return false;
    param.meaning = *meaning;
    if ((param.row->flags & EHLO_ROW_NULL_PATH) && *meaning == "<>") return true;
    NaivePath path;
    naive::read_mailbox(*meaning, path);
    if (path.good && path.u_labels) {
      const std::string whole = '<' + *meaning + '>';
      ehlo_path parsed;
      path.good = ehlo_path_parse(whole.data(), whole.size(), 0, 1, EHLO_SERVER_FLAG_GENERAL_LITERALS, &parsed,
                                  nullptr) == EHLO_OK;
    }
    return path.good && path.has_domain;
  }
  static bool read_date(NaiveParam& param) {
    const auto seconds = naive::date_time(param.value, (param.row->flags & EHLO_ROW_UTC_ONLY) != 0);
    if (!seconds || !is_within(param)) return false;
    param.number = static_cast<std::uint64_t>(*seconds);
    return true;
  }
  // RFC 3865 2.2
  static bool read_keywords(NaiveParam& param) {
    for (const std::string_view word : naive::split(param.value, ",")) {
      if (word.empty() || !naive::is_let_dig(word[0]) || naive::is_digit(word[0])) return false;
      const auto is_octet = [](char c) { return naive::is_let_dig(c) || std::string_view("-._:").find(c) < 4; };
      if (!naive::all_of(word, is_octet)) return false;
    }
    return is_within(param) && is_meaning(param, std::string(param.value));
  }
  // RFC 3461 4.2, RFC 6533 3; UTF-8 in the xtext of another type as Postfix sends it.
  bool read_orcpt(NaiveParam& param) const {
    const std::size_t end = param.value.find(';');
    if (end == 0 || end == std::string_view::npos || !is_within(param)) return false;
    const std::string_view type = param.value.substr(0, end);
    if (!naive::is_dot_string(type) || type.find('.') != std::string_view::npos ||
        !naive::all_of(type, naive::is_ascii))
      return false;
    param.has_detail = true;
    param.detail = param.value.substr(end + 1);
    const bool utf8 = naive::same_word(type, "utf-8");
    const auto decoded = utf8 ? naive::utf8_address(param.detail) : naive::xtext(param.detail, false);
    if (!decoded) return false;
    param.meaning = std::string(type) + ';' + *decoded;
    if (utf8) return smtputf8_ || naive::all_of(param.detail, naive::is_ascii);
    return naive::is_printable(*decoded) ||
           (smtputf8_ && naive::is_utf8(*decoded) && !naive::has_control(*decoded, true));
  }

  bool rcpt_;
  std::uint64_t offered_;
  bool smtputf8_;
};

}  // namespace support
