// Writes command lines. Every command is built from validated parts, so that no argument can end the line or begin
// another.
#pragma once

#include "syntax/command.h"
#include "syntax/writer.h"

namespace ehlo {

struct CommandText {
  Verb verb = EHLO_VERB_UNKNOWN;
  // The argument as sent, without the parts that have fields of their own: a host, a mechanism, words, a node with its
  // "@" or "#", the second number of SIZE. A path has no brackets here, and the null path is empty. An empty text also
  // stands for an absent argument.
  Bytes text;
  Bytes params;               // PATH_PARAMS: "KEYWORD=value KEYWORD". ATTRIBUTES: "NAME=xtext NAME=xtext"
  Bytes response;             // MECHANISM: the initial response in raw octets
  bool has_response = false;  // an empty response is written as "="
  bool last = false;          // CHUNK, URI
  bool smtputf8 = false;      // TEXT of verbs with EHLO_COMMAND_UTF8: write the parameter. All: non-ASCII is allowed
  std::uint64_t number = 0;   // CHUNK, SIZE
};

// Writes the line with its CRLF. EHLO_E_ARGUMENT for octets that no command may have and for a verb without a row,
// EHLO_E_SYNTAX for a part against its grammar, EHLO_E_NEEDS_SMTPUTF8; ignore what was written then. A line may be
// longer than a server accepts: its length is out.size().
Error write_command(const CommandText& command, Writer& out) noexcept;
// The same by a row, whatever `command.verb` is.
Error write_command(const ehlo_verb_row& row, const CommandText& command, Writer& out) noexcept;

// Writes the path of a mailbox from its meaning: the local part quoted where it must be (RFC 5321 4.1.2), `domain` a
// name or an address literal with its brackets. False where there is no such mailbox; ignore what was written then.
bool write_mailbox(Bytes local_meaning, Bytes domain, Writer& out) noexcept;

}  // namespace ehlo
