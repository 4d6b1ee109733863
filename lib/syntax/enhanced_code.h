// Enhanced status codes (RFC 3463, RFC 2034).
#pragma once

#include <optional>

#include "ehlo_types.h"
#include "syntax/bytes.h"

namespace ehlo {

using EnhancedCode = std::uint32_t;  // EHLO_ENHANCED(), EHLO_ENHANCED_NONE; 0: the default of the reply

// False for none, and for the default.
constexpr bool is_enhanced(EnhancedCode code) noexcept { return EHLO_ENHANCED_CLASS(code) != 0; }

// Whether the enhanced code may stand in a reply with this code: its class must be the first digit, and 3xx replies
// have none (RFC 2034 4).
constexpr bool agrees(EnhancedCode enhanced, std::uint32_t code) noexcept {
  if (!is_enhanced(enhanced)) return enhanced == EHLO_ENHANCED_NONE;
  return code / 100 != 3 && EHLO_ENHANCED_CLASS(enhanced) == code / 100 && EHLO_ENHANCED_SUBJECT(enhanced) <= 999 &&
         EHLO_ENHANCED_DETAIL(enhanced) <= 999;
}

// The enhanced code of a reply about which only its class is known: X.0.0.
constexpr EnhancedCode class_of(std::uint32_t code) noexcept {
  return code / 100 == 3 ? EHLO_ENHANCED_NONE : EHLO_ENHANCED(code / 100, 0, 0);
}

// "5.1.1" as a number; nullopt where the text is no code (RFC 3463 2: no leading zeros, three digits at most).
std::optional<EnhancedCode> parse_enhanced(std::string_view text) noexcept;

// The code that stands at the start of the text of a reply line, ended by a space or the end of the line (RFC 2034 3);
// EHLO_ENHANCED_NONE where there is none.
EnhancedCode leading_enhanced(Bytes text) noexcept;

}  // namespace ehlo
