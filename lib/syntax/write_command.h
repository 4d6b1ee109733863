// Command lines the other way round: every command is built from checked parts, so that nothing which would end the
// line, or begin another, can stand in an argument.
#pragma once

#include "syntax/command.h"
#include "syntax/writer.h"

namespace ehlo {

struct CommandText {
  Verb verb = EHLO_VERB_UNKNOWN;
  // What stands behind the verb, as sent, without what the other fields say: a host, a mechanism, words, a node with
  // its
  // "@" or "#", the second number of SIZE. Of paths without their brackets, empty for the null path. An absent argument
  // and an empty one are the same.
  Bytes text;
  Bytes params;               // PATH_PARAMS: "KEYWORD=value KEYWORD". ATTRIBUTES: "NAME=xtext NAME=xtext"
  Bytes response;             // MECHANISM: the initial response in raw octets
  bool has_response = false;  // an empty response is written as "="
  bool last = false;          // CHUNK, URI
  bool smtputf8 = false;      // TEXT of verbs with EHLO_COMMAND_UTF8: write the parameter. All: non-ASCII is allowed
  std::uint64_t number = 0;   // CHUNK, SIZE
};

// Writes the line with its CRLF. EHLO_E_ARGUMENT for what no command may carry and for a verb without a row,
// EHLO_E_SYNTAX for a part against its grammar, EHLO_E_NEEDS_SMTPUTF8; then what was written is of no use. A line may
// be longer than a server takes: its length is out.size().
Error write_command(const CommandText& command, Writer& out) noexcept;
// The same by a row, whatever `command.verb` is.
Error write_command(const ehlo_verb_row& row, const CommandText& command, Writer& out) noexcept;

// Writes the path of a mailbox from its meaning: the local part quoted where it must be (RFC 5321 4.1.2), `domain` a
// name or an address literal with its brackets. False where there is no such mailbox; then what was written is of no
// use.
bool write_mailbox(Bytes local_meaning, Bytes domain, Writer& out) noexcept;

}  // namespace ehlo
