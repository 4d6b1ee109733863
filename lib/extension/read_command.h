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
  std::uint32_t line_octets = kMinLine;  // longest line of most commands, with CRLF
  std::uint32_t mail_octets = kMinLine;
  std::uint32_t rcpt_octets = kMinLine;
  std::uint32_t auth_octets = kMinLine;
  std::uint32_t max_local_part_octets = UINT32_MAX;
  std::uint32_t max_path_octets = UINT32_MAX;  // with the brackets
  KeywordPolicy policy = nullptr;
  const void* policy_context = nullptr;

  // The program's limits; 0: none.
  void limit_paths(std::uint32_t local_part_octets, std::uint32_t path_octets) noexcept {
    max_local_part_octets = local_part_octets - 1 < UINT32_MAX - 1 ? local_part_octets : UINT32_MAX;
    max_path_octets = path_octets - 1 < UINT32_MAX - 1 ? path_octets : UINT32_MAX;
  }

  std::uint32_t longest_line() const noexcept { return std::max({line_octets, mail_octets, rcpt_octets, auth_octets}); }
};

// The offer of `extensions` as they are available with these facts; `max_line` 0 stands for the RFC's lengths.
Offer make_offer(const Announcement& announcement, bool lmtp, std::uint32_t max_line) noexcept;

// What the session knows that a line does not say.
struct Dialogue {
  bool esmtp = true;      // parameters only after EHLO or LHLO (RFC 5321 4.1.1.2)
  bool smtputf8 = false;  // the open transaction has it; set by a good MAIL
};

// Reads the line from text[begin] to the end of `text`, without its line ending, that had `line_ending` octets. Spans
// count from text[0], the position of an error from the line. Errors: those of parse_command and read_parameters,
// line_too_long, path_too_long, not_implemented, needs_smtputf8. The verb is set also on an error.
Problem read_command(Bytes text, std::uint32_t begin, std::uint32_t line_ending, const Offer& offer, Dialogue& dialogue,
                     Command& command, ParamList& params) noexcept;

// The same for a line whose first word is the name of `row`, a program's, by that row alone. `command` has its verb and
// nothing else. Errors: those of read_argument, path_too_long, needs_smtputf8.
Problem read_own_command(Bytes text, std::uint32_t begin, const ehlo_verb_row& row, const Offer& offer,
                         const Dialogue& dialogue, Command& command, ParamList& params) noexcept;

}  // namespace ehlo
