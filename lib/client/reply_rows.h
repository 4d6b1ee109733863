// What may be said to which command, as data.
#pragma once

#include "client/client.h"

namespace ehlo {

inline constexpr std::uint16_t kAnyCode = 0;
inline constexpr std::uint16_t kNoCode = 1;

// In the order of Expect.
struct Client::ReplyRow {
  std::uint16_t positive;      // the one 2yz code that counts, or kAnyCode (RFC 5321 4.2: by the first digit)
  std::uint16_t intermediate;  // likewise for 3yz
  Handler handler;

  constexpr bool allows(std::uint32_t code) const noexcept {
    if (code >= 400) return true;
    const std::uint16_t wanted = code >= 300 ? intermediate : positive;
    return wanted == kAnyCode || wanted == code;
  }
};

}  // namespace ehlo
