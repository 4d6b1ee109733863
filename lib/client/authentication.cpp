// A SASL exchange (RFC 4954): opaque octets there and back.
#include "client/client.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr std::size_t kLongestCommand = 512;  // RFC 4954 4: the initial response must fit into it

std::size_t base64_octets(std::size_t octets) noexcept { return (octets + 2) / 3 * 4; }

}  // namespace

Error Client::check_auth(Bytes mechanism) const noexcept {
  if (!tls_ && (config_.flag(kClientRequireTls) || !config_.flag(kClientPlaintextAuth))) return Error::tls_required;
  if (!has(capabilities_.usable, ExtensionId::auth) || !has_mechanism(hello_reply(), mechanism))
    return Error::not_offered;
  return Error::none;
}

Error Client::auth(Bytes mechanism, Bytes response, bool has_response) noexcept {
  if (authenticated_ || job_.envelope != nullptr || !pending_.empty() || !outbox_.empty() || !may_send(Step::auth))
    return Error::state;
  CommandText command;
  command.verb = Verb::auth;
  command.text = mechanism;
  Writer measured(nullptr, 0);
  if (write_command(command, measured) != Error::none) return Error::argument;
  const ExtensionSet lacks = has(capabilities_.usable, ExtensionId::auth) ? 0 : bit(ExtensionId::auth);
  if (const Error error = check_auth(mechanism); error != Error::none)
    return error == Error::not_offered ? not_offered({lacks, mechanism}) : error;
  const std::size_t line = base64_octets(response.size) + 2;
  if (line > config_.options().max_auth_line_octets) return Error::space;
  if (const Error error = make_room(static_cast<std::uint32_t>(measured.size() + line)); error != Error::none)
    return error;
  command.response = response;
  // The empty response has a length of its own: "=".
  command.has_response = has_response && measured.size() + 1 + line - 2 <= kLongestCommand;
  Writer out = outbox_.writer();
  write_command(command, out);
  if (!out.fits()) return Error::space;
  outbox_.commit(out.size());
  outbox_.set_secret();
  if (has_response && !command.has_response) {
    outbox_.hold();
    if (const Error error = respond_line(response); error != Error::none) return error;
  }
  auth_steps_ = 0;
  note_sent_alone(Expect::auth, Verb::auth);
  go(Step::auth);
  return Error::none;
}

Error Client::respond_line(Bytes response) noexcept {
  Writer out = outbox_.writer();
  encode_base64(response, out);
  out.put("\r\n");
  if (!out.fits()) return Error::space;
  outbox_.commit(out.size());
  outbox_.set_secret();
  return Error::none;
}

Error Client::auth_respond(Bytes response) noexcept {
  if (!challenged_) return Error::state;
  const std::size_t line = base64_octets(response.size) + 2;
  if (line > config_.options().max_auth_line_octets) return Error::space;
  if (const Error error = make_room(static_cast<std::uint32_t>(line)); error != Error::none) return error;
  if (const Error error = respond_line(response); error != Error::none) return error;
  challenged_ = false;
  note_sent_alone(Expect::auth, Verb::auth);
  return Error::none;
}

Error Client::auth_cancel() noexcept {
  if (!challenged_) return Error::state;
  const Error error = cancel_auth();
  challenged_ = error != Error::none;
  return error;
}

Error Client::cancel_auth() noexcept {
  const Error error = send_line(bytes_of("*\r\n"));
  if (error == Error::none) note_sent_alone(Expect::auth_cancel, Verb::auth);
  return error;
}

}  // namespace ehlo
