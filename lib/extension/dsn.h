// DSN (RFC 3461), with original recipients in UTF-8 (RFC 6533 3).
#pragma once

#include "extension/extension.h"
#include "extension/orcpt.h"
#include "syntax/char_class.h"

namespace ehlo {

inline constexpr std::uint32_t kMaxEnvid = 100;  // RFC 3461 4.4

inline Error judge_ret(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  if (equals_caseless(value, "FULL"))
    param.number = EHLO_RET_FULL;
  else if (equals_caseless(value, "HDRS"))
    param.number = EHLO_RET_HDRS;
  else
    return EHLO_E_BAD_PARAMETER;
  return EHLO_OK;
}

// What ENVID decodes to goes into reports, so it must be printable: an encoded line break would put header fields there
// (RFC 3461 4.4).
inline Error judge_envid(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  if (value.empty() || value.size > kMaxEnvid) return EHLO_E_BAD_PARAMETER;
  if (is_plain_xtext(value)) return EHLO_OK;
  Octet decoded[kMaxEnvid];
  Writer out(decoded, sizeof decoded);
  const bool good = decode_xtext(value, HexCase::upper, out) && is_printable({decoded, out.size()});
  return good ? EHLO_OK : EHLO_E_BAD_PARAMETER;
}

inline std::uint64_t notify_bit(Bytes word) noexcept {
  if (equals_caseless(word, "NEVER")) return EHLO_NOTIFY_NEVER;
  if (equals_caseless(word, "SUCCESS")) return EHLO_NOTIFY_SUCCESS;
  if (equals_caseless(word, "FAILURE")) return EHLO_NOTIFY_FAILURE;
  if (equals_caseless(word, "DELAY")) return EHLO_NOTIFY_DELAY;
  return 0;
}

// A list of words without spaces; a word may come again, but NEVER is no word of a list (RFC 3461 4.1).
inline Error judge_notify(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= value.size; ++at) {
    if (at != value.size && value[at] != ',') continue;
    const auto word = static_cast<std::int64_t>(notify_bit(value.from(begin).first(at - begin)));
    if (word == 0) return EHLO_E_BAD_PARAMETER;
    param.number |= word;
    begin = at + 1;
  }
  const bool never_in_list = (param.number & EHLO_NOTIFY_NEVER) && value.size != std::string_view("NEVER").size();
  return never_in_list ? EHLO_E_BAD_PARAMETER : EHLO_OK;
}

inline bool write_ret(const ParamMeaning& meaning, Writer& out) noexcept {
  if (meaning.number != EHLO_RET_FULL && meaning.number != EHLO_RET_HDRS) return false;
  out.put(meaning.number == EHLO_RET_FULL ? "FULL" : "HDRS");
  return true;
}

inline bool write_envid(const ParamMeaning& meaning, Writer& out) noexcept {
  Writer measured(nullptr, 0);
  encode_xtext(meaning.text, measured);
  if (meaning.text.empty() || !is_printable(meaning.text) || measured.size() > kMaxEnvid) return false;
  encode_xtext(meaning.text, out);
  return true;
}

inline bool write_notify(const ParamMeaning& meaning, Writer& out) noexcept {
  constexpr struct {
    std::int64_t bit;
    std::string_view word;
  } kWords[] = {{EHLO_NOTIFY_NEVER, "NEVER"},
                {EHLO_NOTIFY_SUCCESS, "SUCCESS"},
                {EHLO_NOTIFY_FAILURE, "FAILURE"},
                {EHLO_NOTIFY_DELAY, "DELAY"}};
  if (meaning.number <= 0 || meaning.number > 15) return false;
  if ((meaning.number & EHLO_NOTIFY_NEVER) && meaning.number != EHLO_NOTIFY_NEVER) return false;
  bool first = true;
  for (const auto& row : kWords) {
    if (!(meaning.number & row.bit)) continue;
    if (!first) out.put(',');
    out.put(row.word);
    first = false;
  }
  return true;
}

inline constexpr ParamRule kDsnParams[] = {
    {"RET", EHLO_PARAM_RET, EHLO_VERB_MAIL, judge_ret, write_ret},
    {"ENVID", EHLO_PARAM_ENVID, EHLO_VERB_MAIL, judge_envid, write_envid},
    {"NOTIFY", EHLO_PARAM_NOTIFY, EHLO_VERB_RCPT, judge_notify, write_notify},
    {"ORCPT", EHLO_PARAM_ORCPT, EHLO_VERB_RCPT, read_original_recipient, write_original_recipient}};
// RFC 3461 5.4 asks for RCPT lines of 1036 octets; the figure for MAIL is that of RFC 3885 9.
inline constexpr Extension kDsn{
    .id = EHLO_EXT_DSN, .keyword = "DSN", .mail_octets = 107, .rcpt_octets = 524, .params = kDsnParams};

}  // namespace ehlo
