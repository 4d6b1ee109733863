// The table of errors.
#include "syntax/error.h"

#include <iterator>

namespace ehlo {
namespace {

constexpr std::uint8_t kProgram = static_cast<std::uint8_t>(Fault::program);
constexpr std::uint8_t kPeer = static_cast<std::uint8_t>(Fault::peer);

struct Row {
  Error error;
  ErrorInfo info;
};

constexpr Row kRows[] = {
    {Error::argument, {"argument", nullptr, nullptr, 0, kProgram, 0}},
    {Error::state, {"state", nullptr, nullptr, 0, kProgram, 0}},
    {Error::id, {"id", nullptr, nullptr, 0, kProgram, 0}},
    {Error::memory, {"memory", "4.3.0", "Requested action aborted: local error in processing", 451, 0, 0}},
    {Error::space, {"space", nullptr, nullptr, 0, kProgram, 0}},
    {Error::not_offered, {"not-offered", nullptr, nullptr, 0, kProgram, 0}},
    {Error::incomplete, {"incomplete", nullptr, nullptr, 0, 0, 0}},
    {Error::line_too_long, {"line-too-long", "5.5.2", "Line too long", 500, kPeer, 0}},
    {Error::syntax, {"syntax", "5.5.4", "Syntax error in command or arguments", 501, kPeer, 0}},
    {Error::unknown_command, {"unknown-command", "5.5.1", "Command not recognized", 500, kPeer, 0}},
    {Error::not_implemented, {"not-implemented", "5.5.1", "Command not implemented", 502, kPeer, 0}},
    {Error::bad_parameter, {"bad-parameter", "5.5.4", "Syntax error in parameters", 501, kPeer, 0}},
    {Error::unknown_parameter, {"unknown-parameter", "5.5.4", "Parameter not recognized", 555, kPeer, 0}},
    {Error::size_overflow, {"size-overflow", "5.3.4", "Message size exceeds fixed maximum", 552, kPeer, 0}},
    {Error::needs_smtputf8, {"needs-smtputf8", "5.6.7", "Non-ASCII address needs SMTPUTF8", 553, kPeer, 0}},
    {Error::bad_sequence, {"bad-sequence", "5.5.1", "Bad sequence of commands", 503, kPeer, 0}},
    {Error::bad_base64, {"bad-base64", "5.5.2", "Cannot decode base64", 501, kPeer, 0}},
    {Error::bad_mechanism, {"bad-mechanism", "5.5.4", "Authentication mechanism not supported", 504, kPeer, 0}},
    {Error::tls_required, {"tls-required", "5.7.0", "Must issue a STARTTLS command first", 530, kPeer, 0}},
    {Error::auth_required, {"auth-required", "5.7.0", "Authentication required", 530, kPeer, 0}},
    {Error::too_many_recipients, {"too-many-recipients", "4.5.3", "Too many recipients", 452, kPeer, 0}},
    {Error::message_too_large, {"message-too-large", "5.3.4", "Message size exceeds fixed maximum", 552, kPeer, 0}},
    {Error::no_recipients, {"no-recipients", "5.5.1", "No valid recipients", 503, kPeer, 0}},
    {Error::auth_cancelled, {"auth-cancelled", "5.7.0", "Authentication cancelled", 501, kPeer, 0}},
    {Error::too_many_messages, {"too-many-messages", "4.7.0", "Too many messages, closing connection", 421, kPeer, 1}},
    {Error::bad_chunk, {"bad-chunk", "5.5.4", "Bad BDAT command, closing connection", 501, kPeer, 1}},
    {Error::auth_line_too_long,
     {"auth-line-too-long", "5.5.6", "Authentication exchange line is too long", 500, kPeer, 0}},
    {Error::path_too_long, {"path-too-long", "5.1.3", "Path too long", 501, kPeer, 0}},
    {Error::bad_sender, {"bad-sender", "5.1.7", "Bad sender address syntax", 501, kPeer, 0}},
    {Error::bad_recipient, {"bad-recipient", "5.1.3", "Bad recipient address syntax", 501, kPeer, 0}},
    {Error::bare_lf, {"bare-lf", "5.6.0", "Message contains bare LF", 550, kPeer, 0}},
    {Error::bare_cr, {"bare-cr", "5.6.0", "Message contains bare CR", 550, kPeer, 0}},
    {Error::data_line_too_long, {"data-line-too-long", "5.6.0", "Message line too long", 554, kPeer, 0}},
    {Error::false_end, {"false-end", "5.6.0", "Message contains a false end of data", 550, kPeer, 0}},
    {Error::too_many_errors, {"too-many-errors", "4.7.0", "Too many errors, closing connection", 421, kPeer, 1}},
    {Error::timeout, {"timeout", "4.4.2", "Timeout exceeded, closing connection", 421, kPeer, 1}},
    {Error::connection_lost, {"connection-lost", nullptr, nullptr, 0, kPeer, 1}},
    {Error::tls_failed, {"tls-failed", nullptr, nullptr, 0, kPeer, 1}},
    {Error::tls_injection, {"tls-injection", nullptr, nullptr, 0, kPeer, 1}},
    {Error::shutdown, {"shutdown", "4.3.2", "Service shutting down, closing connection", 421, kProgram, 1}},
    {Error::too_many_commands,
     {"too-many-commands", "4.7.0", "Too many commands without a message, closing connection", 421, kPeer, 1}},
    {Error::too_much_junk, {"too-much-junk", "4.7.0", "Too much junk, closing connection", 421, kPeer, 1}},
    {Error::malformed_reply, {"malformed-reply", nullptr, nullptr, 0, kPeer, 1}},
    {Error::code_mismatch, {"code-mismatch", nullptr, nullptr, 0, kPeer, 1}},
    {Error::reply_too_long, {"reply-too-long", nullptr, nullptr, 0, kPeer, 1}},
    {Error::unexpected_code, {"unexpected-code", nullptr, nullptr, 0, kPeer, 1}},
    {Error::unsolicited_reply, {"unsolicited-reply", nullptr, nullptr, 0, kPeer, 1}},
    {Error::hello_refused, {"hello-refused", nullptr, nullptr, 0, kPeer, 0}},
};

constexpr ErrorInfo kNone{"ok", nullptr, nullptr, 0, 0, 0};
constexpr ErrorInfo kUnknown{"unknown-error", nullptr, nullptr, 0, 0, 0};

}  // namespace

const ErrorInfo& error_info(Error error) noexcept {
  if (error == Error::none) return kNone;
  for (const Row& row : kRows)
    if (row.error == error) return row.info;
  return kUnknown;
}

}  // namespace ehlo
