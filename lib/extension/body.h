// 8BITMIME (RFC 6152) and BINARYMIME (RFC 3030): two extensions that share the parameter BODY.
#pragma once

#include "extension/extension.h"

namespace ehlo {

enum class Body : std::uint64_t { seven_bit = 0, eight_bit_mime = 1, binary_mime = 2 };

inline Error judge_body(const ParamContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  if (equals_caseless(value, "7BIT")) {
    param.number = static_cast<std::uint64_t>(Body::seven_bit);
  } else if (equals_caseless(value, "8BITMIME")) {
    param.number = static_cast<std::uint64_t>(Body::eight_bit_mime);
  } else if (equals_caseless(value, "BINARYMIME") && has(context.offered, ExtensionId::binary_mime)) {
    param.number = static_cast<std::uint64_t>(Body::binary_mime);
  } else {
    return Error::bad_parameter;
  }
  return Error::none;
}

inline bool write_body(const ParamMeaning& meaning, Writer& out) noexcept {
  constexpr std::string_view kNames[] = {"7BIT", "8BITMIME", "BINARYMIME"};
  if (meaning.number > 2) return false;
  out.put(kNames[meaning.number]);
  return true;
}

// RFC 3030 3: BINARYMIME is of use, and allowed, only together with CHUNKING.
inline bool binary_mime_available(const Announcement& announcement) noexcept {
  return has(announcement.offered, ExtensionId::chunking);
}

inline constexpr ParamRule kBodyParams[] = {{"BODY", ParamId::body, Verb::mail, judge_body, write_body}};
inline constexpr Extension kEightBitMime{
    .id = ExtensionId::eight_bit_mime, .keyword = "8BITMIME", .mail_octets = 14, .params = kBodyParams};
inline constexpr Extension kBinaryMime{.id = ExtensionId::binary_mime,
                                       .keyword = "BINARYMIME",
                                       .mail_octets = 16,
                                       .params = kBodyParams,
                                       .available = binary_mime_available};

}  // namespace ehlo
