// The offer of a server with TLS or without it, as far as the reading of commands depends on it: the extensions, the
// verbs, the longest lines, and the program's rows.
#pragma once

#include <algorithm>

#include "extension/own_rows.h"
#include "extension/registry.h"
#include "syntax/command.h"

namespace ehlo {

// Immutable; shared by sessions.
struct Offer : CommandRules {
  ExtensionSet extensions = 0;
  VerbSet missing_verbs = 0;  // those whose extension is not offered
  // One test of a bit sends these to read_special_verb: missing verbs, those of the other protocol, EHLO_VERB_UNKNOWN,
  // and verbs that a row of the program replaces.
  VerbSet special_verbs = 0;
  std::uint32_t line_octets = kMinLine;  // longest line of most commands, with CRLF
  std::uint32_t mail_octets = kMinLine;
  std::uint32_t rcpt_octets = kMinLine;
  std::uint32_t auth_octets = kMinLine;
  std::uint32_t max_local_part_octets = UINT32_MAX;
  std::uint32_t max_path_octets = UINT32_MAX;  // with the brackets
  std::uint32_t unknown_params = EHLO_UNKNOWN_REFUSE;
  std::uint32_t unknown_verbs = EHLO_UNKNOWN_REFUSE;
  // The program's rows, and which of them are offered.
  const OwnRows* own = &kNoOwnRows;
  OwnSet own_params, own_verbs;

  // The program's limits; 0: none. 0 - 1 wraps around, so one comparison finds it.
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

}  // namespace ehlo
