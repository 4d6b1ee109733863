// A whole command line: length, syntax, whether the verb is offered, and the parameters typed.
#pragma once

#include <algorithm>

#include "extension/parameters.h"
#include "extension/registry.h"
#include "syntax/command.h"

namespace ehlo {

// What a server offers in one state of TLS. Immutable; shared by sessions.
struct Offer : CommandRules {
  ExtensionSet extensions = 0;
  VerbSet missing_verbs = 0;             // those whose extension is not offered
  VerbSet odd_verbs = 0;                 // these, those of the other protocol, unknown ones, and those of own rows
  std::uint32_t line_octets = kMinLine;  // longest line of most commands, with CRLF
  std::uint32_t mail_octets = kMinLine;
  std::uint32_t rcpt_octets = kMinLine;
  std::uint32_t auth_octets = kMinLine;
  std::uint32_t max_local_part_octets = UINT32_MAX;
  std::uint32_t max_path_octets = UINT32_MAX;  // with the brackets
  std::uint32_t unknown_params = EHLO_UNKNOWN_REFUSE;
  std::uint32_t unknown_verbs = EHLO_UNKNOWN_REFUSE;
  // The program's rows, and which of them are there.
  const OwnRows* own = &kNoOwnRows;
  OwnSet own_params, own_verbs;

  // The program's limits; 0: none.
  void limit_paths(std::uint32_t local_part_octets, std::uint32_t path_octets) noexcept {
    max_local_part_octets = local_part_octets - 1 < UINT32_MAX - 1 ? local_part_octets : UINT32_MAX;
    max_path_octets = path_octets - 1 < UINT32_MAX - 1 ? path_octets : UINT32_MAX;
  }

  std::uint32_t longest_line() const noexcept { return std::max({line_octets, mail_octets, rcpt_octets, auth_octets}); }
};

// The offer of `extensions` as they are available with these facts; `max_line` 0 stands for the RFC's lengths.
Offer make_offer(const Announcement& announcement, bool lmtp, std::uint32_t max_line,
                 std::uint32_t max_auth_line = kMaxAuthLine) noexcept;

// With the program's rows, which outlive the offer; `any_line`: the longest lines are the program's choice.
void add_own_rows(Offer& offer, const OwnRows& rows, const Announcement& announcement, bool any_line) noexcept;
// The program's extensions that are offered.
OwnSet own_extensions(const OwnRows& rows, const Announcement& announcement) noexcept;

// What the session knows that a line does not say.
struct Dialogue {
  bool esmtp = true;      // parameters only after EHLO or LHLO (RFC 5321 4.1.1.2)
  bool smtputf8 = false;  // the open transaction has it; set by a good MAIL
};

// What the parameters of MAIL or RCPT are read by.
ParamRules param_rules(const Offer& offer, const Dialogue& dialogue) noexcept;

// Reads the line from text[begin] to the end of `text`, without its line ending, that had `line_ending` octets. Spans
// count from text[0], the position of an error from the line. Errors: those of read_argument and read_parameters,
// line_too_long, path_too_long, unknown_command, not_implemented, needs_smtputf8. The verb is set also on an error. A
// verb of the program's is EHLO_VERB_OWN + its place; one of no row, if the program wants it, is EHLO_VERB_UNKNOWN
// without an error.
Problem read_command(Bytes text, std::uint32_t begin, std::uint32_t line_ending, const Offer& offer, Dialogue& dialogue,
                     Command& command, ParamList& params) noexcept;

}  // namespace ehlo
