// HELP, EXPN and VRFY as EHLO keywords (RFC 5321 2.2.2, 4.1.1.1): who serves the command says so.
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr Extension kHelp{.id = EHLO_EXT_HELP, .keyword = "HELP", .verbs = bit(EHLO_VERB_HELP)};
inline constexpr Extension kExpn{.id = EHLO_EXT_EXPN, .keyword = "EXPN", .verbs = bit(EHLO_VERB_EXPN)};
// VRFY is a command that every server knows (RFC 5321 4.5.1); only its keyword is optional.
inline constexpr Extension kVrfy{.id = EHLO_EXT_VRFY, .keyword = "VRFY"};

}  // namespace ehlo
