// Commands that do not change the session, such as NOOP, VRFY and those of the program.
#include "server/commands.h"
#include "syntax/char_class.h"

namespace ehlo {
namespace {

// Whether the program answers the verb: where it wants to, and for verbs that are not the library's, which have no
// default answer.
bool is_asked(const ServerOptions& options, std::uint32_t verb) noexcept {
  return verb == EHLO_VERB_UNKNOWN || verb >= kMaxRows || (options.command_asks >> verb & 1) != 0;
}

}  // namespace

// The event has the argument; the row has the two answers.
void on_plain_command(Session& session, CommandCall& c, const ehlo_verb_row& row) noexcept {
  const Command& command = c.command;
  c.event.type = EHLO_SERVER_EVENT_COMMAND;
  c.event.response = {c.event.line.off, static_cast<std::uint32_t>(std::string_view(row.name).size())};
  // A verb without a row: its length is that of the first word.
  if (c.event.response.len == 0)
    c.event.response.len = position_of(' ', without_trailing_space(c.call.input.at(c.event.line)));
  c.event.text = command.text;
  // A verb with a mechanism: the text is all of the argument, also an empty response, whose span does not include its
  // "=" (RFC 4954 4).
  if (present(command.response)) {
    const Bytes whole = without_trailing_space(c.call.input.at(c.event.line));
    c.event.text.len = c.event.line.off + static_cast<std::uint32_t>(whole.size) - command.text.off;
  }
  c.event.path = command.path;
  c.event.kind = command.kind;
  c.event.number = command.number;
  c.event.flags |= command.flags;
  const std::uint8_t flags = command.flags & EHLO_FLAG_SMTPUTF8 ? kSlotUtf8 : kSlotNone;
  if (is_asked(session.options(), c.event.verb))
    return session.ask(c.call, c.event, Question::command, c.event.verb, flags);
  session.report(c.call, Question::command, c.event.verb, flags, !(row.flags & EHLO_COMMAND_DECLINED));
}

}  // namespace ehlo
