// How a command leaves: its line into the outbox, and its reply among those that are awaited. Whether it may be sent is
// decided before.
#pragma once

#include "client/session.h"
#include "syntax/write_command.h"

namespace ehlo {

// Makes room for a line of `octets`, and for `command_octets` of the configuration at least. EHLO_E_MEMORY.
Error make_room(ClientSession& session, std::size_t octets = 0) noexcept;

Error send_line(ClientSession& session, Bytes line) noexcept;

// Writes the command, awaits its reply and takes the edge of the table.
Error send_command(ClientSession& session, ClientInput input, Expect expect, const CommandText& command) noexcept;

// The line of a command of the current transaction is written: awaits its `count` replies and takes the edge of the
// table. The one place for both, so that no command can shift the replies of those after it.
inline void note_sent(ClientSession& session, ClientInput input, Expect expect, Verb verb,
                      std::uint32_t count = 1) noexcept {
  session.pipeline.await({expect, session.transactions.current_slot(), verb, true, count});
  session.pipeline.go(input);
}
// The same for a command that belongs to no transaction.
inline void note_sent_alone(ClientSession& session, ClientInput input, Expect expect, Verb verb) noexcept {
  session.pipeline.await({expect, kNoSlot, verb, true, 1});
  session.pipeline.go(input);
}
// A line within an exchange of AUTH, which changes no state.
inline void note_auth_line(ClientSession& session, Expect expect) noexcept {
  session.pipeline.await({expect, kNoSlot, EHLO_VERB_AUTH, true, 1});
}

}  // namespace ehlo
