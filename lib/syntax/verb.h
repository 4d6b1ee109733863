// The verbs, and the dispatch on the first word of a command line.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

using Verb = std::uint32_t;  // EHLO_VERB_*
inline constexpr std::uint32_t kVerbCount = 16;

// The verb of a line without its CRLF: its first word, ended by a space or the end (RFC 5321 4.1.1).
Verb find_verb(Bytes line) noexcept;

const char* verb_name(Verb verb) noexcept;

inline constexpr std::uint32_t bit(Verb verb) noexcept { return 1u << verb; }

}  // namespace ehlo
