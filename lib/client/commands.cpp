// Single commands.
#include "client/commands.h"

namespace ehlo {
namespace {

CommandText command_of(Verb verb) noexcept {
  CommandText command;
  command.verb = verb;
  return command;
}

// Writes MAIL or RCPT straight into the outbox. The caller commits the line, or with an error leaves it.
Error write_line(ClientSession& s, const EnvelopeCommand& command, EnvelopeLine& line) noexcept {
  if (command.params == nullptr && command.param_count != 0) return EHLO_E_ARGUMENT;
  if (const Error error = make_room(s); error != EHLO_OK) return error;
  Outbox& outbox = s.pipeline.outbox();
  outbox.close_gap();
  const std::size_t room = envelope_line_room(command) + 2;
  Octet* const begin = outbox.room();
  if (room > outbox.room_octets()) return EHLO_E_SPACE;
  Error error = write_envelope_line(command, s.config.rows(), begin, line);
  if (error != EHLO_OK) return error;
  if (s.config.flag(EHLO_CLIENT_FLAG_REQUIRE_TLS) && !s.tls) return EHLO_E_TLS_REQUIRED;
  Missing missing;
  error = validate_offered(line, command.verb, s.param_offer(), missing);
  if (error == EHLO_E_NOT_OFFERED) return s.not_offered.record(missing);
  if (error != EHLO_OK) return error;
  begin[line.text.size] = '\r';
  begin[line.text.size + 1] = '\n';
  return EHLO_OK;
}

void commit(ClientSession& s, const EnvelopeLine& line) noexcept { s.pipeline.outbox().commit(line.text.size + 2); }

}  // namespace

Error open_session(ClientSession& s) noexcept {
  if (s.opening) return EHLO_E_STATE;
  if (s.pipeline.state() == ClientState::connected) {
    s.opening = true;
    return EHLO_OK;
  }
  if (has_transaction(s.pipeline.state())) return EHLO_E_STATE;
  const Error error = send_hello(s, s.lmtp() ? EHLO_VERB_LHLO : EHLO_VERB_EHLO);
  s.opening = error == EHLO_OK;
  return error;
}

Error send_hello(ClientSession& s, Verb verb) noexcept {
  if (verb != EHLO_VERB_EHLO && verb != EHLO_VERB_HELO && verb != EHLO_VERB_LHLO) return EHLO_E_ARGUMENT;
  // RFC 2033 4.1: LMTP has LHLO and nothing else.
  if ((verb == EHLO_VERB_LHLO) != s.lmtp() || !s.may_send_alone(ClientInput::hello)) return EHLO_E_STATE;
  return write_hello(s, verb);
}

Error write_hello(ClientSession& s, Verb verb) noexcept {
  CommandText command = command_of(verb);
  command.text = s.config.hostname();
  return send_command(s, ClientInput::hello, Expect::hello, command);
}

Error send_starttls(ClientSession& s) noexcept {
  if (s.tls || !s.may_send_alone(ClientInput::starttls)) return EHLO_E_STATE;
  if (!s.announced.can_use(EHLO_EXT_STARTTLS)) return s.not_offered.record(EHLO_EXT_STARTTLS);
  return send_command(s, ClientInput::starttls, Expect::starttls, command_of(EHLO_VERB_STARTTLS));
}

Error send_mail(ClientSession& s, Bytes sender, const ParamText* params, std::size_t param_count) noexcept {
  if (!s.may_send_single(ClientInput::mail)) return EHLO_E_STATE;
  EnvelopeLine line;
  if (const Error error = write_line(s, {EHLO_VERB_MAIL, sender, params, param_count, false}, line); error != EHLO_OK)
    return error;
  if (!s.transactions.can_begin()) return EHLO_E_STATE;
  s.transactions.begin(s.transactions.new_number(), 0);
  s.transactions.current().smtputf8 = line.smtputf8;
  s.transactions.current().binary = line.body == EHLO_BODY_BINARYMIME;
  commit(s, line);
  note_sent(s, ClientInput::mail, Expect::mail, EHLO_VERB_MAIL);
  return EHLO_OK;
}

Error send_rcpt(ClientSession& s, Bytes recipient, const ParamText* params, std::size_t param_count) noexcept {
  if (!s.may_send_single(ClientInput::rcpt)) return EHLO_E_STATE;
  Transaction& transaction = s.transactions.current();
  if (transaction.recipients == s.config.options().max_recipients) return EHLO_E_ARGUMENT;
  const EnvelopeCommand command{EHLO_VERB_RCPT, recipient, params, param_count, transaction.smtputf8};
  EnvelopeLine line;
  if (const Error error = write_line(s, command, line); error != EHLO_OK) return error;
  transaction.add(transaction.recipients++);
  commit(s, line);
  note_sent(s, ClientInput::rcpt, Expect::rcpt, EHLO_VERB_RCPT);
  return EHLO_OK;
}

Error send_data(ClientSession& s) noexcept {
  const Transaction& transaction = s.transactions.current();
  const bool none_accepted = transaction.replied == transaction.recipients && transaction.accepted == 0;
  // RFC 3030 3: binary content cannot go with DATA.
  if (none_accepted || transaction.binary || !s.may_send_single(ClientInput::data)) return EHLO_E_STATE;
  return send_command(s, ClientInput::data, Expect::data, command_of(EHLO_VERB_DATA));
}

Error send_reset(ClientSession& s) noexcept {
  return s.may_send_single(ClientInput::reset) ? write_reset_line(s) : Error{EHLO_E_STATE};
}

Error write_reset_line(ClientSession& s) noexcept {
  if (const Error error = send_line(s, bytes_of("RSET\r\n")); error != EHLO_OK) return error;
  Transaction& transaction = s.transactions.current();
  // What has had its content is no longer in the buffers that RSET clears, unless a chunk of it is refused.
  if (transaction.number != 0 && (!transaction.content_given || transaction.chunked)) {
    transaction.reset_sent = true;
    note_sent(s, ClientInput::reset, Expect::reset, EHLO_VERB_RSET);
  } else {
    note_sent_alone(s, ClientInput::reset, Expect::reset, EHLO_VERB_RSET);
  }
  s.needs_reset = false;
  return EHLO_OK;
}

Error send_quit(ClientSession& s) noexcept {
  if (!s.may_send_single(ClientInput::quit)) return EHLO_E_STATE;
  return send_command(s, ClientInput::quit, Expect::quit, command_of(EHLO_VERB_QUIT));
}

}  // namespace ehlo
