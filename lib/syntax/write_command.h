// Command lines the other way round: every command is built from checked parts, so that nothing which would end the
// line, or begin another, can stand in an argument.
#pragma once

#include "syntax/command.h"
#include "syntax/writer.h"

namespace ehlo {

struct CommandText {
  Verb verb = EHLO_VERB_UNKNOWN;
  // Host, mechanism, or the argument of VRFY EXPN HELP NOOP; of MAIL and RCPT the path without its brackets, empty for
  // the null path. An absent argument and an empty one are the same.
  Bytes text;
  Bytes params;               // MAIL and RCPT: "KEYWORD=value KEYWORD", as parse_parameters reads it
  Bytes response;             // AUTH: the initial response in raw octets
  bool has_response = false;  // an empty response is written as "="
  bool last = false;          // BDAT
  bool smtputf8 = false;      // VRFY and EXPN: write the parameter. All: non-ASCII is allowed
  std::uint64_t size = 0;     // BDAT
};

// Writes the line with its CRLF. EHLO_E_ARGUMENT for what no command may carry, EHLO_E_SYNTAX for a part against its
// grammar, EHLO_E_NEEDS_SMTPUTF8; then what was written is of no use. A line may be longer than a server takes: its
// length is out.size().
Error write_command(const CommandText& command, Writer& out) noexcept;

// Writes the path of a mailbox from its meaning: the local part quoted where it must be (RFC 5321 4.1.2), `domain` a
// name or an address literal with its brackets. False where there is no such mailbox; then what was written is of no
// use.
bool write_mailbox(Bytes local_meaning, Bytes domain, Writer& out) noexcept;

}  // namespace ehlo
