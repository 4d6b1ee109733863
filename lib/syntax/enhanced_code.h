// Enhanced status codes (RFC 3463, RFC 2034).
#pragma once

#include <optional>

#include "syntax/bytes.h"

namespace ehlo {

// Class 0 stands for none.
struct EnhancedCode {
  std::uint8_t klass = 0;
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  constexpr bool present() const noexcept { return klass != 0; }
  constexpr bool operator==(const EnhancedCode&) const noexcept = default;
  // The form of EHLO_ENHANCED.
  constexpr std::uint32_t packed() const noexcept {
    return std::uint32_t{klass} << 20 | std::uint32_t{subject} << 10 | detail;
  }
};

// "5.1.1" as numbers; nothing where it is none (RFC 3463 2: no leading zeros, three digits at most).
std::optional<EnhancedCode> parse_enhanced(std::string_view text) noexcept;

// The code that stands at the start of the text of a reply line, ended by a space or the end of the line (RFC 2034 3).
EnhancedCode leading_enhanced(Bytes text) noexcept;

}  // namespace ehlo
