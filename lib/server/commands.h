// What each command does to the session.
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

// envelope.cpp
void on_mail(Session& session, CommandCall& c) noexcept;
void on_rcpt(Session& session, CommandCall& c) noexcept;
void on_data(Session& session, CommandCall& c) noexcept;

// chunks.cpp. BDAT checks by itself whether it may come: its octets follow in any case.
void on_bdat(Session& session, CommandCall& c) noexcept;
// The reply to a line that could not be read. One that begins with BDAT, also for a receiver more forgiving than we
// are, ends the session.
void reject_line(Session& session, Call& call, Event& event, const LineStart& start, Problem problem) noexcept;

// authentication.cpp
void on_auth(Session& session, CommandCall& c) noexcept;
// A line within the exchange; `bare_lf`: it holds an LF without CR, or was ended by one.
void read_auth_line(Session& session, Call& call, Span line, bool bare_lf) noexcept;
void abort_auth(Session& session, Call& call, Span line, Error error) noexcept;

}  // namespace ehlo
