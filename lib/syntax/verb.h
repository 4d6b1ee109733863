// The verbs, and the dispatch on the first word of a command line.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

enum class Verb : std::uint32_t {
  unknown = 0,
  ehlo = 1,
  helo = 2,
  lhlo = 3,
  mail = 4,
  rcpt = 5,
  data = 6,
  bdat = 7,
  rset = 8,
  noop = 9,
  quit = 10,
  vrfy = 11,
  expn = 12,
  help = 13,
  starttls = 14,
  auth = 15
};
inline constexpr std::uint32_t kVerbCount = 16;

// The verb of a line without its CRLF: its first word, ended by a space or the end (RFC 5321 4.1.1).
Verb find_verb(Bytes line) noexcept;

const char* verb_name(Verb verb) noexcept;

inline constexpr std::uint32_t bit(Verb verb) noexcept { return 1u << static_cast<std::uint32_t>(verb); }

}  // namespace ehlo
