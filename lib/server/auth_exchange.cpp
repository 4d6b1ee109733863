// The AUTH command and the lines of its exchange: the session checks base64, the order of lines and the limits.
#include "server/auth_exchange.h"

#include "server/commands.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

Event& draft_auth(Call& call, Span line, EventType type) noexcept {
  Event& event = call.events.draft(type);
  event.verb = EHLO_VERB_AUTH;
  event.line = line;
  event.flags = EHLO_FLAG_SECRET;
  return event;
}

}  // namespace

Error AuthExchange::check_response(Bytes line) noexcept {
  if (equals_caseless(line, "*")) return EHLO_E_AUTH_CANCELLED;
  Writer measured(nullptr, 0);
  return decode_base64(line, measured) ? EHLO_OK : EHLO_E_BAD_BASE64;
}

// The order of the checks decides the reply: a second AUTH is 503 (RFC 4954 4), even when the attempts are used up.
void on_auth(Session& session, CommandCall& c) noexcept {
  const Span mechanism = c.command.text;
  if (session.flags.authenticated) return session.reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  if (session.auth.is_exhausted(session.options())) return session.end_with_reply(EHLO_E_TOO_MANY_ERRORS);
  if (!session.config().serves_mechanism(c.call.input.at(mechanism), session.flags.tls))
    return session.reject(c.call, c.event, {EHLO_E_BAD_MECHANISM, mechanism.off - c.event.line.off});
  c.event.type = EHLO_SERVER_EVENT_AUTH;
  c.event.text = mechanism;
  c.event.response = c.command.response;
  session.auth.begin();
  session.go(Input::auth);
  session.expect(Intake::auth_lines);
  session.ask_or_report(c.call, c.event, EHLO_ASK_AUTH, Question::auth);
}

void read_auth_line(Session& session, Call& call, Span line, bool bare_lf) noexcept {
  if (bare_lf) call.report_bare_lf(line, EHLO_FLAG_SECRET);
  const Error error = AuthExchange::check_response(call.input.at(line));
  if (error != EHLO_OK) {
    call.report_bare_cr(line, EHLO_FLAG_SECRET);
    return abort_auth(session, call, line, error);
  }
  Event& event = draft_auth(call, line, EHLO_SERVER_EVENT_AUTH_RESPONSE);
  event.response = line;
  session.ask(call, event, Question::auth, 0, 0);
}

void abort_auth(Session& session, Call& call, Span line, Error error) noexcept {
  Event& event = draft_auth(call, line, EHLO_SERVER_EVENT_AUTH_ABORT);
  event.error = error;
  event.code = error_reply(error).code;
  call.events.emit();
  session.queue.push(error);
  session.fail_auth();
}

}  // namespace ehlo
