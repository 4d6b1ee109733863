// The positions of the lines of an EHLO reply.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

// A keyword line of an EHLO reply: the keyword, and what follows it up to the line's end, which is nothing or begins
// with a space.
struct CapabilityLine {
  Span keyword;
  Span rest;
};

// The lines that were found together with their reply. The first is the greeting, with the domain for its keyword.
struct HelloLines {
  static constexpr std::uint32_t kRoom = 32;

  // The items are not initialised, which would cost 512 octets for each reply: only the first `count` are valid.
  HelloLines() noexcept : count(0) {}

  std::uint32_t count;  // 0: the lines are to be read from the reply
  CapabilityLine items[kRoom];
};

}  // namespace ehlo
