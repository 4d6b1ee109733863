// The parameters of MAIL and RCPT read by splitting, with the RFCs beside it and nothing of the library.
#pragma once

#include <optional>

#include "ehlo.h"
#include "naive_path.h"

namespace support {

struct NaiveParam {
  std::uint16_t id = EHLO_PARAM_UNKNOWN;
  std::string_view keyword, value;
  bool has_value = false;
  std::uint64_t number = 0;  // of a value: its bits
  bool has_detail = false;
  std::string_view detail;
  std::string meaning;  // of ENVID, AUTH, and ORCPT with its type
};

struct NaiveParams {
  bool grammatical = false;
  std::int32_t error = EHLO_E_BAD_PARAMETER;
  std::size_t at = 0;  // of an error, where it is grammatical
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

// RFC 3461 4: what is no xchar stands as "+" and two digits.
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

// RFC 6533 3, where a control character is of no use whatever it is written as.
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

class ParamTwin {
 public:
  ParamTwin(bool rcpt, std::uint64_t offered, bool smtputf8) : rcpt_(rcpt), offered_(offered), smtputf8_(smtputf8) {}

  NaiveParams read(std::string_view text) {
    NaiveParams params;
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    params.grammatical = text.empty() || split_words(text, params);
    if (!params.grammatical) return params;
    // RCPT does not say whether its transaction is SMTPUTF8: it is taken for one where it has to be.
    if (rcpt_)
      smtputf8_ = smtputf8_ && !naive::all_of(text, naive::is_ascii);
    else
      smtputf8_ = is_offered(EHLO_EXT_SMTPUTF8) && has_word(params, "SMTPUTF8");
    params.error = EHLO_OK;
    std::uint32_t seen = 0;
    for (NaiveParam& param : params.items) {
      params.error = judge(param, seen);
      params.at = static_cast<std::size_t>(param.keyword.data() - text.data());
      if (params.error != EHLO_OK) break;
      seen |= 1u << param.id;
    }
    return params;
  }

 private:
  struct Rule {
    std::string_view keyword;
    std::uint16_t id;
    bool rcpt;
    std::uint64_t owners;
  };
  static constexpr Rule kRules[] = {
      {"SIZE", EHLO_PARAM_SIZE, false, EHLO_EXT_BIT(EHLO_EXT_SIZE)},
      {"BODY", EHLO_PARAM_BODY, false, EHLO_EXT_BIT(EHLO_EXT_8BITMIME) | EHLO_EXT_BIT(EHLO_EXT_BINARYMIME)},
      {"SMTPUTF8", EHLO_PARAM_SMTPUTF8, false, EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8)},
      {"RET", EHLO_PARAM_RET, false, EHLO_EXT_BIT(EHLO_EXT_DSN)},
      {"ENVID", EHLO_PARAM_ENVID, false, EHLO_EXT_BIT(EHLO_EXT_DSN)},
      {"NOTIFY", EHLO_PARAM_NOTIFY, true, EHLO_EXT_BIT(EHLO_EXT_DSN)},
      {"ORCPT", EHLO_PARAM_ORCPT, true, EHLO_EXT_BIT(EHLO_EXT_DSN)},
      {"AUTH", EHLO_PARAM_AUTH, false, EHLO_EXT_BIT(EHLO_EXT_AUTH)},
      {"REQUIRETLS", EHLO_PARAM_REQUIRETLS, false, EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS)},
  };

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

  // A parameter that comes again is wrong whatever its value is.
  std::int32_t judge(NaiveParam& param, std::uint32_t seen) const {
    for (const Rule& rule : kRules) {
      if (!naive::same_word(param.keyword, rule.keyword) || rule.rcpt != rcpt_ || !(rule.owners & offered_)) continue;
      param.id = rule.id;
      return seen >> rule.id & 1 ? EHLO_E_BAD_PARAMETER : judge_value(param);
    }
    return EHLO_E_UNKNOWN_PARAMETER;
  }

  std::int32_t judge_value(NaiveParam& param) const {
    const auto bad_unless = [](bool good) { return good ? EHLO_OK : EHLO_E_BAD_PARAMETER; };
    switch (param.id) {
      case EHLO_PARAM_SIZE: return judge_size(param);
      case EHLO_PARAM_BODY:
        return bad_unless(choose(param, {"7BIT", "8BITMIME", "BINARYMIME"}, 0) &&
                          (param.number != 2 || is_offered(EHLO_EXT_BINARYMIME)));
      case EHLO_PARAM_RET: return bad_unless(choose(param, {"FULL", "HDRS"}, 1));
      case EHLO_PARAM_NOTIFY: return bad_unless(judge_notify(param));
      case EHLO_PARAM_ENVID: return bad_unless(judge_envid(param));
      case EHLO_PARAM_ORCPT: return bad_unless(judge_orcpt(param));
      case EHLO_PARAM_AUTH: return bad_unless(judge_auth(param));
      default: return bad_unless(!param.has_value);
    }
  }

  static bool choose(NaiveParam& param, const std::vector<std::string_view>& words, std::uint64_t first) {
    for (const std::string_view word : words) {
      if (naive::same_word(param.value, word)) return param.number = first, true;
      ++first;
    }
    return false;
  }
  // RFC 1870 4: 1*20DIGIT
  static std::int32_t judge_size(NaiveParam& param) {
    static constexpr std::string_view kMost = "18446744073709551615";
    const std::string_view digits = param.value;
    if (digits.empty() || digits.size() > 20 || !naive::all_of(digits, naive::is_digit)) return EHLO_E_BAD_PARAMETER;
    if (digits.size() == 20 && digits > kMost) return EHLO_E_SIZE_OVERFLOW;
    param.number = std::stoull(std::string(digits));
    return EHLO_OK;
  }
  // RFC 3461 4.1
  static bool judge_notify(NaiveParam& param) {
    for (const std::string_view word : naive::split(param.value, ",")) {
      NaiveParam one;
      one.value = word;
      if (!choose(one, {"NEVER", "SUCCESS", "FAILURE", "DELAY"}, 0)) return false;
      param.number |= std::uint64_t{1} << one.number;
    }
    return param.number == EHLO_NOTIFY_NEVER || !(param.number & EHLO_NOTIFY_NEVER);
  }
  // RFC 3461 4.4
  static bool judge_envid(NaiveParam& param) {
    const auto decoded = naive::xtext(param.value, false);
    if (!decoded || param.value.empty() || param.value.size() > 100 || !naive::is_printable(*decoded)) return false;
    param.meaning = *decoded;
    return true;
  }
  // RFC 3461 4.2, RFC 6533 3; UTF-8 in the xtext of another type as Postfix sends it.
  bool judge_orcpt(NaiveParam& param) const {
    const std::size_t end = param.value.find(';');
    if (end == 0 || end == std::string_view::npos || param.value.size() > 500) return false;
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
  // RFC 4954 5
  static bool judge_auth(NaiveParam& param) {
    const auto decoded = naive::xtext(param.value, true);
    if (!decoded || param.value.empty() || param.value.size() > 500) return false;
    param.meaning = *decoded;
    NaivePath path;
    naive::read_mailbox(*decoded, path);
    if (path.good && path.u_labels) {
      const std::string whole = '<' + *decoded + '>';
      ehlo_path parsed;
      path.good = ehlo_path_parse(whole.data(), whole.size(), 0, 1, EHLO_SERVER_FLAG_GENERAL_LITERALS, &parsed,
                                  nullptr) == EHLO_OK;
    }
    return *decoded == "<>" || (path.good && path.has_domain);
  }

  bool rcpt_;
  std::uint64_t offered_;
  bool smtputf8_;
};

}  // namespace support
