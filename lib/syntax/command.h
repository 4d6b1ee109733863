// Command lines: the verb and its arguments as views (RFC 5321 4.1.1, RFC 3030, 3207, 4954, 2033).
#pragma once

#include "ehlo_syntax_types.h"
#include "syntax/parameter.h"
#include "syntax/path.h"
#include "syntax/verb.h"

namespace ehlo {

// Spans count from the first octet of the text that holds the line.
using Command = ehlo_command;

inline constexpr Command kNoCommand{EHLO_VERB_UNKNOWN, 0, EHLO_DOMAIN_NONE, 0, 0, kAbsent, kAbsent, kNoPath};

struct CommandRules {
  bool lmtp = false;
  bool general_literals = false;
  bool smtputf8 = false;  // offered: VRFY and EXPN may have UTF-8 and the parameter (RFC 6531 3.7.4.2)
};

// Parses the line from text[begin] to the end of `text`, without its CRLF. Parameters are split, not validated. Errors:
// those of read_argument, unknown_command, and bad_chunk for a line that other receivers may read as BDAT. The verb is
// set on an error too. On entry `command` has the verb that find_verb gives for the line, and nothing else. Spans and
// positions count from text[0].
Problem parse_command(Bytes text, std::uint32_t begin, const CommandRules& rules, Command& command,
                      ParamList& params) noexcept;
// The same for a verb of the protocol.
Problem parse_known_command(Bytes text, std::uint32_t begin, const CommandRules& rules, Command& command,
                            ParamList& params) noexcept;
inline Problem parse_command(Bytes line, const CommandRules& rules, Command& command, ParamList& params) noexcept {
  command = kNoCommand;
  command.verb = find_verb(line);
  return parse_command(line, 0, rules, command, params);
}

// The part of MAIL and RCPT that begins with the path, by its grammar alone; check_path has the other rules. Spans
// count from line[0]. Errors: EHLO_E_SYNTAX in the path (path.whole.len is 0 where it has no end) or at the octet
// after it; bad_parameter; space.
Problem scan_envelope(Bytes line, std::uint32_t begin, Path& path, ParamList& params) noexcept;

// The arguments of BDAT and AUTH, from text[begin] to the end of `text`. Errors of BDAT: syntax, where the size cannot
// be read; size_overflow, where it is beyond 64 bits.
Problem parse_bdat(Bytes text, std::uint32_t begin, std::uint64_t& size, bool& last) noexcept;
Problem parse_auth(Bytes text, std::uint32_t begin, Span& mechanism, Span& initial) noexcept;

// SP and HT before the CRLF are not part of a command (RFC 5321 4.1.1: tolerated).
Bytes without_trailing_space(Bytes text, std::uint32_t begin = 0) noexcept;

}  // namespace ehlo
