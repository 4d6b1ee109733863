// AUTH (RFC 4954).
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr std::uint32_t kMaxAuthParam = 500;  // RFC 4954 5

// RFC 4954 5: the value decodes to a mailbox or is "<>". Its hexchar is HEXDIG, which is caseless, unlike RFC 3461's.
inline Error judge_auth(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  Octet decoded[kMaxAuthParam];
  Writer out(decoded, sizeof decoded);
  if (value.empty() || value.size > kMaxAuthParam || !decode_xtext(value, HexCase::any, out))
    return EHLO_E_BAD_PARAMETER;
  const Bytes meaning{decoded, out.size()};
  return equals_caseless(meaning, "<>") || is_mailbox(meaning) ? EHLO_OK : EHLO_E_BAD_PARAMETER;
}

inline bool write_auth_param(const ParamMeaning& meaning, Writer& out) noexcept {
  if (!equals_caseless(meaning.text, "<>") && !is_mailbox(meaning.text)) return false;
  encode_xtext(meaning.text, out);
  return true;
}

inline bool auth_available(const Announcement& announcement) noexcept {
  return !announcement.mechanisms.empty() && (announcement.tls || announcement.plaintext_auth);
}

inline void announce_auth(const Announcement& announcement, Writer& out) noexcept {
  out.put(' ');
  out.put(announcement.mechanisms);
}

inline constexpr ParamRule kAuthParams[] = {{"AUTH", EHLO_PARAM_AUTH, EHLO_VERB_MAIL, judge_auth, write_auth_param}};
inline constexpr Extension kAuth{.id = EHLO_EXT_AUTH,
                                 .keyword = "AUTH",
                                 .mail_octets = 500,
                                 .verbs = bit(EHLO_VERB_AUTH),
                                 .params = kAuthParams,
                                 .available = auth_available,
                                 .announce = announce_auth};

}  // namespace ehlo
