// What each command does to the session: one function for each, and run_command, which finds it.
#pragma once

#include "server/session.h"
#include "syntax/line_start.h"

namespace ehlo {

// A command line that could be read, with the event that reports it.
struct CommandCall {
  Call& call;
  const Command& command;
  const ParamList& params;
  Event& event;
  bool smtputf8;  // of the transaction with this command
};

// Checks whether the command may come now, and does it.
void run_command(Session& session, CommandCall& c) noexcept;

// plain_command.cpp
void on_plain_command(Session& session, CommandCall& c, const ehlo_verb_row& row) noexcept;

// envelope.cpp
void on_mail(Session& session, CommandCall& c) noexcept;
void on_rcpt(Session& session, CommandCall& c) noexcept;
void on_data(Session& session, CommandCall& c) noexcept;

// chunks.cpp. BDAT checks by itself whether it may come: its octets follow in any case.
void on_bdat(Session& session, CommandCall& c) noexcept;
// Rejects a line that could not be read. `start`: how it begins for a more tolerant receiver; if that is BDAT, the
// session ends.
void reject_line(Session& session, Call& call, Event& event, const LineStart& start, Problem problem) noexcept;

// auth_exchange.cpp
void on_auth(Session& session, CommandCall& c) noexcept;

}  // namespace ehlo
