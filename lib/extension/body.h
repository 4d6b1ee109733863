// 8BITMIME (RFC 6152) and BINARYMIME (RFC 3030): two extensions that share the parameter BODY.
#pragma once

#include "extension/extension.h"

namespace ehlo {

using Body = std::uint32_t;  // EHLO_BODY_*

inline Error judge_body(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  if (equals_caseless(value, "7BIT")) {
    param.number = EHLO_BODY_7BIT;
  } else if (equals_caseless(value, "8BITMIME")) {
    param.number = EHLO_BODY_8BITMIME;
  } else if (equals_caseless(value, "BINARYMIME") && has(context.offered, EHLO_EXT_BINARYMIME)) {
    param.number = EHLO_BODY_BINARYMIME;
  } else {
    return EHLO_E_BAD_PARAMETER;
  }
  return EHLO_OK;
}

inline bool write_body(const ParamMeaning& meaning, Writer& out) noexcept {
  constexpr std::string_view kNames[] = {"7BIT", "8BITMIME", "BINARYMIME"};
  if (meaning.number < 0 || meaning.number > 2) return false;
  out.put(kNames[meaning.number]);
  return true;
}

// RFC 3030 3: BINARYMIME is of use, and allowed, only together with CHUNKING.
inline bool binary_mime_available(const Announcement& announcement) noexcept {
  return has(announcement.offered, EHLO_EXT_CHUNKING);
}

inline constexpr ParamRule kBodyParams[] = {{"BODY", EHLO_PARAM_BODY, EHLO_VERB_MAIL, judge_body, write_body}};
inline constexpr Extension kEightBitMime{
    .id = EHLO_EXT_8BITMIME, .keyword = "8BITMIME", .mail_octets = 14, .params = kBodyParams};
inline constexpr Extension kBinaryMime{.id = EHLO_EXT_BINARYMIME,
                                       .keyword = "BINARYMIME",
                                       .mail_octets = 16,
                                       .params = kBodyParams,
                                       .available = binary_mime_available};

}  // namespace ehlo
