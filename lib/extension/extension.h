// What a service extension is: its EHLO line, its parameters, its verbs, and how much longer it makes command lines.
#pragma once

#include <span>

#include "syntax/command.h"
#include "syntax/text.h"

namespace ehlo {

using ExtensionId = std::uint32_t;  // EHLO_EXT_*

inline constexpr std::uint32_t kExtensionCount = 14;

using ExtensionSet = std::uint64_t;
constexpr bool has(ExtensionSet set, ExtensionId id) noexcept { return (set & EHLO_EXT_BIT(id)) != 0; }

// What the value of a parameter may depend on.
struct ParamContext {
  Bytes line;  // what spans count from
  ExtensionSet offered;
  bool smtputf8;  // the command or its transaction carries SMTPUTF8
};

// Validates the value of `param` and fills its typed fields. EHLO_OK, bad_parameter, size_overflow, needs_smtputf8.
using ParamJudge = Error (*)(const ParamContext&, Param&) noexcept;

// What a parameter says, for writing it: the meaning of what its judge reads.
struct ParamMeaning {
  std::int64_t number = 0;
  Bytes text;  // decoded
};
// Writes the value behind "KEYWORD="; false where there is no such value.
using ParamWriter = bool (*)(const ParamMeaning&, Writer&) noexcept;

struct ParamRule {
  std::string_view keyword;  // upper case
  ParamId id;
  Verb command;  // mail or rcpt
  ParamJudge judge;
  ParamWriter write;  // nullptr: it has no value
};

// What an EHLO line may depend on.
struct Announcement {
  ExtensionSet offered;
  bool tls;
  bool plaintext_auth;
  std::uint64_t max_message_octets;
  std::string_view mechanisms;
};

struct Extension {
  ExtensionId id;
  std::string_view keyword;
  std::uint16_t mail_octets = 0;  // added to the longest MAIL line
  std::uint16_t rcpt_octets = 0;
  std::uint32_t verbs = 0;  // bit(Verb) of the verbs that it brings
  std::span<const ParamRule> params = {};
  // Whether it may be offered now; nullptr: always.
  bool (*available)(const Announcement&) noexcept = nullptr;
  // Writes what follows the keyword on the EHLO line; nullptr: nothing.
  void (*announce)(const Announcement&, Writer&) noexcept = nullptr;
};

// For a parameter that has no value.
inline Error no_value(const ParamContext&, Param& param) noexcept {
  return present(param.value) ? EHLO_E_BAD_PARAMETER : EHLO_OK;
}

}  // namespace ehlo
