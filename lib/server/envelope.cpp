// The mail transaction: MAIL, RCPT and DATA.
#include "server/commands.h"

namespace ehlo {

void on_mail(Session& session, CommandCall& c) noexcept {
  const ServerOptions& options = session.options();
  Event& event = c.event;
  for (std::uint32_t i = 0; i < c.params.count; ++i) {
    const Param& param = c.params.items[i];
    if (param.id == EHLO_PARAM_SIZE) event.number = static_cast<std::uint64_t>(param.number);
    if (param.id == EHLO_PARAM_BODY) event.kind = static_cast<std::uint32_t>(param.number);
  }
  if (session.activity.has_all_messages(options.max_messages)) return session.end_with_reply(EHLO_E_TOO_MANY_MESSAGES);
  // RFC 1870 6.1: a message whose declared size is above the limit is refused before it is sent.
  if (options.max_message_octets != 0 && event.number > options.max_message_octets)
    return session.reject(c.call, event, {EHLO_E_MESSAGE_TOO_LARGE, 0});
  session.reset_transaction();
  session.transaction.smtputf8 = c.smtputf8;
  session.transaction.binary_mime = event.kind == EHLO_BODY_BINARYMIME;
  event.type = EHLO_SERVER_EVENT_MAIL;
  event.path = c.command.path;
  if (c.smtputf8) event.flags |= EHLO_FLAG_SMTPUTF8;
  session.ask_or_report(c.call, event, EHLO_ASK_MAIL, Question::mail);
}

void on_rcpt(Session& session, CommandCall& c) noexcept {
  ServerTransaction& transaction = session.transaction;
  const std::uint32_t most = session.options().max_recipients;
  // In LMTP each RCPT uses a bit of the session's memory, even if it is refused. In SMTP only accepted ones count.
  const bool no_bit = session.lmtp() && transaction.recipients >= kRcptFactor * most;
  if (no_bit || transaction.accepted >= most) return session.reject(c.call, c.event, {EHLO_E_TOO_MANY_RECIPIENTS, 0});
  c.event.type = EHLO_SERVER_EVENT_RCPT;
  c.event.path = c.command.path;
  c.event.index = transaction.recipients++;
  session.recipient_bits.add(c.event.index);
  session.ask_or_report(c.call, c.event, EHLO_ASK_RCPT, Question::rcpt, c.event.index,
                        transaction.smtputf8 ? kSlotUtf8 : kSlotNone);
}

void on_data(Session& session, CommandCall& c) noexcept {
  // RFC 3030 3: binary content needs BDAT, since DATA has lines.
  if (session.transaction.binary_mime) return session.reject(c.call, c.event, {EHLO_E_BAD_SEQUENCE, 0});
  c.event.type = EHLO_SERVER_EVENT_DATA;
  session.ask_or_report(c.call, c.event, EHLO_ASK_DATA, Question::data);
}

}  // namespace ehlo
