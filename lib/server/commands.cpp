// The commands without content, and which function each of the others has.
#include "server/commands.h"

#include "syntax/char_class.h"

namespace ehlo {
namespace {

void on_hello(Session& session, CommandCall& c) noexcept {
  c.event.type = EHLO_SERVER_EVENT_HELLO;
  c.event.text = c.command.text;
  c.event.kind = static_cast<std::uint32_t>(c.command.kind);
  c.event.flags |= c.command.flags;
  const bool esmtp = c.command.verb != EHLO_VERB_HELO;
  session.ask_or_report(c.call, c.event, EHLO_ASK_HELLO, Question::hello, 0,
                        static_cast<std::uint8_t>(kSlotHello | (esmtp ? kSlotEsmtp : 0)));
}

void on_reset(Session& session, CommandCall& c) noexcept {
  session.abort_transaction(EHLO_OK);
  c.event.type = EHLO_SERVER_EVENT_RSET;
  session.ask_or_report(c.call, c.event, EHLO_ASK_RSET, Question::reset);
}

void on_quit(Session& session, CommandCall& c) noexcept {
  c.event.type = EHLO_SERVER_EVENT_QUIT;
  session.ask_or_report(c.call, c.event, EHLO_ASK_QUIT, Question::quit);
}

void on_starttls(Session& session, CommandCall& c) noexcept {
  // RFC 3207 4.2: not offered once TLS is active.
  if (session.flags.tls) return session.reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  c.event.type = EHLO_SERVER_EVENT_STARTTLS;
  session.ask_or_report(c.call, c.event, EHLO_ASK_STARTTLS, Question::starttls);
}

// Whether the answer to a verb without an event of its own is the program's. A verb that is not the library's has no
// default answer.
bool is_asked(const ServerOptions& options, std::uint32_t verb) noexcept {
  return verb == EHLO_VERB_UNKNOWN || verb >= kMaxRows || (options.command_asks >> verb & 1) != 0;
}

// A verb that needs nothing of the session: the program gets its argument, and the row has the answers.
void on_other(Session& session, CommandCall& c, const ehlo_verb_row& row) noexcept {
  const Command& command = c.command;
  c.event.type = EHLO_SERVER_EVENT_COMMAND;
  c.event.response = {c.event.line.off, static_cast<std::uint32_t>(std::string_view(row.name).size())};
  if (c.event.response.len == 0)
    c.event.response.len = position_of(' ', without_trailing_space(c.call.input.at(c.event.line)));
  c.event.text = command.text;
  // A response may be empty, and then "=" (RFC 4954 4).
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

}  // namespace

void run_command(Session& session, CommandCall& c) noexcept {
  const ehlo_verb_row& row = session.config().verb_row(c.command.verb);
  if (c.command.verb == EHLO_VERB_BDAT) return on_bdat(session, c);
  const Error error = session.check_moment(row);
  if (error != EHLO_OK) return session.reject(c.call, c.event, {error, 0});
  if (!(row.flags & EHLO_COMMAND_SESSION)) return on_other(session, c, row);
  switch (row.id) {
    case EHLO_VERB_MAIL: return on_mail(session, c);
    case EHLO_VERB_RCPT: return on_rcpt(session, c);
    case EHLO_VERB_DATA: return on_data(session, c);
    case EHLO_VERB_RSET: return on_reset(session, c);
    case EHLO_VERB_QUIT: return on_quit(session, c);
    case EHLO_VERB_STARTTLS: return on_starttls(session, c);
    case EHLO_VERB_AUTH: return on_auth(session, c);
    default: return on_hello(session, c);
  }
}

}  // namespace ehlo
