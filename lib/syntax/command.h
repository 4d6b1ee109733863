// Command lines: the verb and its arguments as views (RFC 5321 4.1.1, RFC 3030, 3207, 4954, 2033).
#pragma once

#include "ehlo_syntax_types.h"
#include "syntax/parameter.h"
#include "syntax/path.h"
#include "syntax/verb.h"

namespace ehlo {

// Spans count from the first octet of the line.
using Command = ehlo_command;

inline constexpr Command kNoCommand{EHLO_VERB_UNKNOWN, 0, EHLO_DOMAIN_NONE, 0, 0, kAbsent, kAbsent, kNoPath};

struct CommandRules {
  bool lmtp = false;
  bool general_literals = false;
  bool smtputf8 = false;  // offered: VRFY and EXPN may have UTF-8 and the parameter (RFC 6531 3.7.4.2)
};

// Parses a line without its CRLF. Parameters are split, not judged. Errors: syntax, bad_sender and bad_recipient (the
// path), unknown_command, bad_parameter, bad_base64, bad_chunk (BDAT whose length is unclear), size_overflow (BDAT
// beyond 64 bits), space. On an error the verb is set all the same. `verb` is that of find_verb(line).
Problem parse_command(Bytes line, Verb verb, const CommandRules& rules, Command& command, ParamList& params) noexcept;
inline Problem parse_command(Bytes line, const CommandRules& rules, Command& command, ParamList& params) noexcept {
  return parse_command(line, find_verb(line), rules, command, params);
}

// The part of MAIL and RCPT that begins with the path, by its grammar alone: see check_path. Spans count from line[0].
// EHLO_E_SYNTAX in a path, which is complete where its length is not 0, or at the octet behind it; bad_parameter;
// space.
Problem scan_envelope(Bytes line, std::uint32_t begin, Path& path, ParamList& params) noexcept;

// The arguments of the other verbs, text behind the verb and its space. Spans count from text[0].
Problem parse_bdat(Bytes text, std::uint64_t& size, bool& last) noexcept;
Problem parse_auth(Bytes text, Span& mechanism, Span& initial) noexcept;

// SP and HT before the CRLF are not part of a command (RFC 5321 4.1.1: tolerated).
Bytes without_trailing_space(Bytes line) noexcept;

}  // namespace ehlo
