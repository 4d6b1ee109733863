// The functions that execute commands, one for each, and run_command, which calls the right one.
#pragma once

#include "server/session.h"
#include "syntax/line_start.h"

namespace ehlo {

// A command without syntax errors, with the event that will report it.
struct CommandCall {
  Call& call;
  const Command& command;
  const ParamList& params;
  Event& event;
  bool smtputf8;  // MAIL: it has SMTPUTF8. Else: the transaction has it
};

// Checks whether the command may come now, and executes it.
void run_command(Session& session, CommandCall& c) noexcept;

// plain_command.cpp
void on_plain_command(Session& session, CommandCall& c, const ehlo_verb_row& row) noexcept;

// envelope.cpp
void on_mail(Session& session, CommandCall& c) noexcept;
void on_rcpt(Session& session, CommandCall& c) noexcept;
void on_data(Session& session, CommandCall& c) noexcept;

// chunks.cpp. BDAT checks by itself whether it may come: its octets follow in any case.
void on_bdat(Session& session, CommandCall& c) noexcept;
// Rejects a malformed line. `start`: how it begins for a more lenient receiver; if that is BDAT, the session ends.
void reject_line(Session& session, Call& call, Event& event, const LineStart& start, Problem problem) noexcept;

// auth_exchange.cpp
void on_auth(Session& session, CommandCall& c) noexcept;

}  // namespace ehlo
