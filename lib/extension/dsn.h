// DSN (RFC 3461), with original recipients in UTF-8 (RFC 6533 3).
#pragma once

#include "extension/extension.h"
#include "syntax/char_class.h"

namespace ehlo {

inline constexpr std::uint32_t kMaxEnvid = 100;  // RFC 3461 4.4
inline constexpr std::uint32_t kMaxOrcpt = 500;  // RFC 3461 4.2

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

// What ENVID and ORCPT decode to goes into reports, so it must be printable: an encoded line break would put header
// fields there (RFC 3461 4.2, 4.4). `utf8` lets printable UTF-8 through as well.
inline bool is_printable_xtext(Bytes text, std::uint32_t longest, bool utf8) noexcept {
  if (text.size > longest) return false;
  if (is_plain_xtext(text)) return true;
  Octet decoded[kMaxOrcpt];
  Writer out(decoded, sizeof decoded);
  if (!decode_xtext(text, HexCase::upper, out)) return false;
  const Bytes meaning{decoded, out.size()};
  for (const Octet c : meaning)
    if (c != '\t' && (is(c, kControl) || (c >= 0x80 && !utf8))) return false;
  return is_utf8(meaning);
}

inline Error judge_envid(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  return !value.empty() && is_printable_xtext(value, kMaxEnvid, false) ? EHLO_OK : EHLO_E_BAD_PARAMETER;
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

// ORCPT=addr-type ";" xtext. Types other than utf-8 are opaque.
inline Error judge_orcpt(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  const auto type = static_cast<std::size_t>(run_end(value.begin(), value.end(), kAtext) - value.begin());
  if (type == 0 || type == value.size || value[type] != ';' || value.size > kMaxOrcpt) return EHLO_E_BAD_PARAMETER;
  const Bytes address = value.from(type + 1);
  param.detail = {param.value.off + static_cast<std::uint32_t>(type) + 1, static_cast<std::uint32_t>(address.size)};
  if (!equals_caseless(value.first(type), "utf-8"))
    // RFC 6533 gives UTF-8 addresses a type of their own, but Postfix sends them as xtext of the type rfc822 where the
    // transaction is SMTPUTF8, and a relay that refuses those loses mail.
    return is_printable_xtext(address, kMaxOrcpt, context.smtputf8) ? EHLO_OK : EHLO_E_BAD_PARAMETER;
  Octet decoded[kMaxOrcpt];
  Writer out(decoded, sizeof decoded);
  bool ascii = true;
  if (!decode_utf8_address(address, out, ascii)) return EHLO_E_BAD_PARAMETER;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (is(decoded[i], kControl)) return EHLO_E_BAD_PARAMETER;
  // RFC 6533 3: utf-8-addr-unitext only between hosts that do SMTPUTF8.
  return ascii || context.smtputf8 ? EHLO_OK : EHLO_E_BAD_PARAMETER;
}

inline bool write_ret(const ParamMeaning& meaning, Writer& out) noexcept {
  if (meaning.number != EHLO_RET_FULL && meaning.number != EHLO_RET_HDRS) return false;
  out.put(meaning.number == EHLO_RET_FULL ? "FULL" : "HDRS");
  return true;
}

inline bool is_printable(Bytes text) noexcept {
  for (const Octet c : text)
    if (c != '\t' && (c < 32 || c > 126)) return false;
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

// The meaning is "type;address". A UTF-8 address goes out as utf-8-addr-xtext, which any server may be sent.
inline bool write_orcpt(const ParamMeaning& meaning, Writer& out) noexcept {
  std::size_t type = 0;
  while (type < meaning.text.size && is(meaning.text[type], kAtext)) ++type;
  if (type == 0 || type == meaning.text.size || meaning.text[type] != ';') return false;
  const Bytes address = meaning.text.from(type + 1);
  const bool utf8 = equals_caseless(meaning.text.first(type), "utf-8");
  if (utf8 ? address.empty() || has_control(address) || !is_utf8(address) : !is_printable(address)) return false;
  Writer measured(nullptr, 0);
  for (Writer* pass : {&measured, &out}) {
    pass->put(meaning.text.first(type + 1));
    if (utf8)
      encode_utf8_address(address, *pass);
    else
      encode_xtext(address, *pass);
    if (measured.size() > kMaxOrcpt) return false;
  }
  return true;
}

inline constexpr ParamRule kDsnParams[] = {{"RET", EHLO_PARAM_RET, EHLO_VERB_MAIL, judge_ret, write_ret},
                                           {"ENVID", EHLO_PARAM_ENVID, EHLO_VERB_MAIL, judge_envid, write_envid},
                                           {"NOTIFY", EHLO_PARAM_NOTIFY, EHLO_VERB_RCPT, judge_notify, write_notify},
                                           {"ORCPT", EHLO_PARAM_ORCPT, EHLO_VERB_RCPT, judge_orcpt, write_orcpt}};
// RFC 3461 5.4 asks for RCPT lines of 1036 octets; the figure for MAIL is that of RFC 3885 9.
inline constexpr Extension kDsn{
    .id = EHLO_EXT_DSN, .keyword = "DSN", .mail_octets = 107, .rcpt_octets = 524, .params = kDsnParams};

}  // namespace ehlo
