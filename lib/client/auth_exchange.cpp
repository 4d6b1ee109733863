// The lines of a SASL exchange (RFC 4954).
#include "client/auth_exchange.h"

#include "client/sending.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr std::size_t kLongestCommand = 512;  // RFC 4954 4: the initial response must fit into it

std::size_t base64_octets(std::size_t octets) noexcept { return (octets + 2) / 3 * 4; }

Error check_offered(ClientSession& s, Bytes mechanism) noexcept {
  const bool plaintext = s.config.flag(EHLO_CLIENT_FLAG_PLAINTEXT_AUTH) && !s.config.flag(EHLO_CLIENT_FLAG_REQUIRE_TLS);
  if (!s.tls && !plaintext) return EHLO_E_TLS_REQUIRED;
  const bool offered = s.announced.can_use(EHLO_EXT_AUTH);
  if (offered && has_mechanism(s.announced.reply(), mechanism)) return EHLO_OK;
  return s.not_offered.record({offered ? 0 : EHLO_EXT_BIT(EHLO_EXT_AUTH), mechanism});
}

Error write_response(Outbox& outbox, Bytes response) noexcept {
  Writer out = outbox.writer();
  encode_base64(response, out);
  out.put("\r\n");
  if (!out.fits()) return EHLO_E_SPACE;
  outbox.commit(out.size());
  outbox.set_secret();
  return EHLO_OK;
}

}  // namespace

Error ClientAuthExchange::take_challenge(Bytes text, std::uint32_t most) noexcept {
  Writer measured(nullptr, 0);
  const bool readable = decode_base64(text, measured);
  if (++challenges_ > most) return EHLO_E_BAD_SEQUENCE;
  return readable ? EHLO_OK : EHLO_E_BAD_BASE64;
}

Error send_auth(ClientSession& s, Bytes mechanism, Bytes response, bool has_response) noexcept {
  if (s.auth.authenticated() || !s.may_send_alone(ClientInput::auth)) return EHLO_E_STATE;
  CommandText command;
  command.verb = EHLO_VERB_AUTH;
  command.text = mechanism;
  Writer measured(nullptr, 0);
  if (write_command(command, measured) != EHLO_OK) return EHLO_E_ARGUMENT;
  if (const Error error = check_offered(s, mechanism); error != EHLO_OK) return error;
  const std::size_t line = base64_octets(response.size) + 2;
  if (line > s.config.options().max_auth_line_octets) return EHLO_E_SPACE;
  if (const Error error = make_room(s, measured.size() + line); error != EHLO_OK) return error;
  command.response = response;
  // The empty response has a length of its own: "=".
  command.has_response = has_response && measured.size() + 1 + line - 2 <= kLongestCommand;
  Outbox& outbox = s.pipeline.outbox();
  Writer out = outbox.writer();
  write_command(command, out);
  if (!out.fits()) return EHLO_E_SPACE;
  outbox.commit(out.size());
  outbox.set_secret();
  if (has_response && !command.has_response) {
    outbox.hold();
    if (const Error error = write_response(outbox, response); error != EHLO_OK) return error;
  }
  s.auth.begin();
  note_sent_alone(s, ClientInput::auth, Expect::auth, EHLO_VERB_AUTH);
  return EHLO_OK;
}

Error send_auth_response(ClientSession& s, Bytes response) noexcept {
  if (!s.auth.awaits_response()) return EHLO_E_STATE;
  const std::size_t line = base64_octets(response.size) + 2;
  if (line > s.config.options().max_auth_line_octets) return EHLO_E_SPACE;
  if (const Error error = make_room(s, line); error != EHLO_OK) return error;
  if (const Error error = write_response(s.pipeline.outbox(), response); error != EHLO_OK) return error;
  s.auth.end_turn();
  note_auth_line(s, Expect::auth);
  return EHLO_OK;
}

Error send_auth_cancel(ClientSession& s) noexcept {
  if (!s.auth.awaits_response()) return EHLO_E_STATE;
  const Error error = cancel_auth(s);
  if (error == EHLO_OK) s.auth.end_turn();
  return error;
}

Error cancel_auth(ClientSession& s) noexcept {
  const Error error = send_line(s, bytes_of("*\r\n"));
  if (error == EHLO_OK) note_auth_line(s, Expect::auth_cancel);
  return error;
}

}  // namespace ehlo
