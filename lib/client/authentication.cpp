// A SASL exchange (RFC 4954): opaque octets there and back.
#include "client/client.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr std::size_t kLongestCommand = 512;  // RFC 4954 4: the initial response must fit into it

std::size_t base64_octets(std::size_t octets) noexcept { return (octets + 2) / 3 * 4; }

}  // namespace

Error Client::check_auth(Bytes mechanism) const noexcept {
  if (!tls_ && (config_.flag(EHLO_CLIENT_FLAG_REQUIRE_TLS) || !config_.flag(EHLO_CLIENT_FLAG_PLAINTEXT_AUTH)))
    return EHLO_E_TLS_REQUIRED;
  if (!has(capabilities_.usable, EHLO_EXT_AUTH) || !has_mechanism(hello_reply(), mechanism)) return EHLO_E_NOT_OFFERED;
  return EHLO_OK;
}

Error Client::auth(Bytes mechanism, Bytes response, bool has_response) noexcept {
  if (authenticated_ || job_.envelope != nullptr || !pending_.empty() || !outbox_.empty() ||
      !may_send(ClientInput::auth))
    return EHLO_E_STATE;
  CommandText command;
  command.verb = EHLO_VERB_AUTH;
  command.text = mechanism;
  Writer measured(nullptr, 0);
  if (write_command(command, measured) != EHLO_OK) return EHLO_E_ARGUMENT;
  const ExtensionSet lacks = has(capabilities_.usable, EHLO_EXT_AUTH) ? 0 : EHLO_EXT_BIT(EHLO_EXT_AUTH);
  if (const Error error = check_auth(mechanism); error != EHLO_OK)
    return error == EHLO_E_NOT_OFFERED ? not_offered({lacks, mechanism}) : error;
  const std::size_t line = base64_octets(response.size) + 2;
  if (line > config_.options().max_auth_line_octets) return EHLO_E_SPACE;
  if (const Error error = make_room(static_cast<std::uint32_t>(measured.size() + line)); error != EHLO_OK) return error;
  command.response = response;
  // The empty response has a length of its own: "=".
  command.has_response = has_response && measured.size() + 1 + line - 2 <= kLongestCommand;
  Writer out = outbox_.writer();
  write_command(command, out);
  if (!out.fits()) return EHLO_E_SPACE;
  outbox_.commit(out.size());
  outbox_.set_secret();
  if (has_response && !command.has_response) {
    outbox_.hold();
    if (const Error error = respond_line(response); error != EHLO_OK) return error;
  }
  auth_steps_ = 0;
  note_sent_alone(Expect::auth, EHLO_VERB_AUTH);
  go(ClientInput::auth);
  return EHLO_OK;
}

Error Client::respond_line(Bytes response) noexcept {
  Writer out = outbox_.writer();
  encode_base64(response, out);
  out.put("\r\n");
  if (!out.fits()) return EHLO_E_SPACE;
  outbox_.commit(out.size());
  outbox_.set_secret();
  return EHLO_OK;
}

Error Client::auth_respond(Bytes response) noexcept {
  if (!challenged_) return EHLO_E_STATE;
  const std::size_t line = base64_octets(response.size) + 2;
  if (line > config_.options().max_auth_line_octets) return EHLO_E_SPACE;
  if (const Error error = make_room(static_cast<std::uint32_t>(line)); error != EHLO_OK) return error;
  if (const Error error = respond_line(response); error != EHLO_OK) return error;
  challenged_ = false;
  note_sent_alone(Expect::auth, EHLO_VERB_AUTH);
  return EHLO_OK;
}

Error Client::auth_cancel() noexcept {
  if (!challenged_) return EHLO_E_STATE;
  const Error error = cancel_auth();
  challenged_ = error != EHLO_OK;
  return error;
}

Error Client::cancel_auth() noexcept {
  const Error error = send_line(bytes_of("*\r\n"));
  if (error == EHLO_OK) note_sent_alone(Expect::auth_cancel, EHLO_VERB_AUTH);
  return error;
}

}  // namespace ehlo
