// BDAT (RFC 3030): the command, and malformed lines that a chunk may follow.
#include "server/commands.h"

namespace ehlo {
namespace {

// The error for which a chunk is refused before its octets are read; EHLO_OK: none.
Error check_chunk(const Session& session, std::uint64_t octets) noexcept {
  const std::uint64_t limit = session.options().max_message_octets;
  // A message that the program has refused gets the program's reply, however large its chunks are.
  if (limit == 0 || session.transaction.refused_by_program) return EHLO_OK;
  return octets > limit - session.content.octets() ? EHLO_E_MESSAGE_TOO_LARGE : EHLO_OK;
}

}  // namespace

// RFC 3030 2: the octets of a chunk follow its command without a wait. So they are read even if the command is refused,
// and the reply comes after them.
void on_bdat(Session& session, CommandCall& c) noexcept {
  const Command& command = c.command;
  Error error = session.check_moment(session.config().verb_row(EHLO_VERB_BDAT));
  if (error == EHLO_OK) {
    if (session.state() == State::has_recipient) session.content.begin_message(session.options());
    error = check_chunk(session, command.number);
  }
  session.content.begin_chunk(command.number, (command.flags & EHLO_FLAG_LAST) != 0, error,
                              session.transaction.refused_by_program);
  session.expect(Intake::chunk);
  // An empty chunk counts as an idle command: a client could send them for ever.
  if (command.number != 0) session.activity.note_useful(session.activity.commands());
  c.event.flags |= command.flags;
  if (error == EHLO_OK) {
    session.go(Input::chunk);
    c.event.type = EHLO_SERVER_EVENT_BDAT;
    c.event.number = command.number;
  } else {
    // Only the event; refuse_chunk gives the reply after the octets.
    c.event.type = EHLO_SERVER_EVENT_REJECTED;
    c.event.error = error;
    c.event.code = error_reply(error).code;
  }
  c.call.events.emit();
}

// If the line may be BDAT, an unknown number of octets follows, which must not be read as commands. So the session
// ends.
void reject_line(Session& session, Call& call, Event& event, const LineStart& start, Problem problem) noexcept {
  if (!start.has_bdat()) return session.reject(call, event, problem);
  if (event.verb != EHLO_VERB_BDAT || problem.error == EHLO_E_LINE_TOO_LONG) problem.error = EHLO_E_BAD_CHUNK;
  event.verb = EHLO_VERB_BDAT;
  session.reject(call, event, problem);
  session.end(problem.error);
}

}  // namespace ehlo
