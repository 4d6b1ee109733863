// Calls the function of each command, and has the commands about the session itself: EHLO, RSET, QUIT, STARTTLS.
#include "server/commands.h"

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

// The transaction ends now and not with the answer: a server must accept RSET (RFC 5321 4.1.1.5).
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
  // RFC 3207 4.2: STARTTLS is not offered within TLS.
  if (session.flags.tls) return session.reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  c.event.type = EHLO_SERVER_EVENT_STARTTLS;
  session.ask_or_report(c.call, c.event, EHLO_ASK_STARTTLS, Question::starttls);
}

}  // namespace

void run_command(Session& session, CommandCall& c) noexcept {
  if (c.command.verb == EHLO_VERB_BDAT) return on_bdat(session, c);
  const ehlo_verb_row& row = session.config().verb_row(c.command.verb);
  const Error error = session.check_moment(row);
  if (error != EHLO_OK) return session.reject(c.call, c.event, {error, 0});
  if (!(row.flags & EHLO_COMMAND_SESSION)) return on_plain_command(session, c, row);
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
