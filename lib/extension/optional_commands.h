// HELP, EXPN and VRFY as EHLO keywords (RFC 5321 2.2.2, 4.1.1.1): who serves the command says so.
#pragma once

#include "extension/extension.h"

namespace ehlo {

inline constexpr Extension kHelp{.id = ExtensionId::help, .keyword = "HELP", .verbs = bit(Verb::help)};
inline constexpr Extension kExpn{.id = ExtensionId::expn, .keyword = "EXPN", .verbs = bit(Verb::expn)};
// VRFY is a command that every server knows (RFC 5321 4.5.1); only its keyword is optional.
inline constexpr Extension kVrfy{.id = ExtensionId::vrfy, .keyword = "VRFY"};

}  // namespace ehlo
