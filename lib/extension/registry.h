// The list of service extensions, and what follows from the set of those that a server offers.
#pragma once

#include "extension/extension.h"

namespace ehlo {

// What to do with a keyword that no offered extension knows.
enum class RuleAction : std::uint8_t { refuse = 0, offer = 1, ignore = 2 };
using KeywordPolicy = RuleAction (*)(const void* context, Bytes keyword, Verb command) noexcept;

// The set as it can be announced now: each extension that is available given the others and the state of TLS.
ExtensionSet available_extensions(const Announcement& announcement) noexcept;

// Writes one EHLO line for each extension of `announcement.offered`: its keyword and arguments, each given to `line`.
void announce_extensions(const Announcement& announcement, void* context,
                         void (*line)(void* context, Bytes text) noexcept) noexcept;

// The bit of the extension with this keyword, 0 if there is none.
ExtensionSet extension_bit(Bytes keyword) noexcept;
// The same for a keyword within a text, which is one by its grammar.
ExtensionSet extension_bit(Bytes text, Span span) noexcept;

// The EHLO keyword of the one extension in the set; "?" where there is not one that is known.
const char* extension_name(ExtensionSet extension) noexcept;

// The verbs that an extension brings which is not in `offered`, as bit(Verb).
std::uint32_t verbs_not_offered(ExtensionSet offered) noexcept;

inline constexpr std::uint32_t kMinLine = 512;        // RFC 5321 4.5.3.1.4
inline constexpr std::uint32_t kMaxAuthLine = 12288;  // RFC 4954 4.3: a line of an exchange, and what begins one
std::uint32_t longest_mail_line(ExtensionSet offered) noexcept;
std::uint32_t longest_rcpt_line(ExtensionSet offered) noexcept;

struct ParamRules {
  ExtensionSet offered = 0;
  bool smtputf8 = false;           // RCPT: the transaction has SMTPUTF8. MAIL: seen among the parameters
  KeywordPolicy policy = nullptr;  // nullptr: refuse
  const void* policy_context = nullptr;
};

// Judges the parameters of MAIL or RCPT in `line` and types them; drops those that the policy ignores. On success
// `rules.smtputf8` says whether SMTPUTF8 is in force. The errors are those of ParamJudge and unknown_parameter.
Problem judge_parameters(Bytes line, Verb command, ParamRules& rules, ParamList& params) noexcept;

// Whether SMTPUTF8 is among parameters that are split, not judged.
bool carries_smtputf8(Bytes line, const ParamList& params) noexcept;

// The extensions that bring the parameter with this keyword; none: it is not known.
ExtensionSet owners_of_parameter(Bytes keyword) noexcept;

// Writes "KEYWORD=value" of a known parameter from its meaning. False where there is none such.
bool write_parameter(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept;
// The value alone, nothing for a parameter that has none.
bool write_parameter_value(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept;

}  // namespace ehlo
