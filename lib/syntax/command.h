// Command lines: the verb and its arguments as views (RFC 5321 4.1.1, RFC 3030, 3207, 4954, 2033).
#pragma once

#include "syntax/parameter.h"
#include "syntax/path.h"
#include "syntax/verb.h"

namespace ehlo {

enum CommandFlag : std::uint32_t { kFlagLast = 1, kFlagSecret = 2, kFlagSmtputf8 = 4, kFlagLiteral = 8 };

// The layout of ehlo_command. Spans count from the first octet of the line.
struct [[gnu::may_alias]] Command {
  Verb verb;
  std::uint32_t flags;
  DomainKind host_kind;
  std::uint32_t param_count;
  std::uint64_t size;  // BDAT
  Span text;           // host, mechanism, argument; for an unknown verb the verb
  Span response;       // AUTH: the initial response; for an unknown verb what follows it
  Path path;
};

inline constexpr Command kNoCommand{Verb::unknown, 0, DomainKind::none, 0, 0, kAbsent, kAbsent, kNoPath};

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
// Error::syntax in a path, which is complete where its length is not 0, or at the octet behind it; bad_parameter;
// space.
Problem scan_envelope(Bytes line, std::uint32_t begin, Path& path, ParamList& params) noexcept;

// The arguments of the other verbs, text behind the verb and its space. Spans count from text[0].
Problem parse_bdat(Bytes text, std::uint64_t& size, bool& last) noexcept;
Problem parse_auth(Bytes text, Span& mechanism, Span& initial) noexcept;

// SP and HT before the CRLF are not part of a command (RFC 5321 4.1.1: tolerated).
Bytes without_trailing_space(Bytes line) noexcept;

}  // namespace ehlo
