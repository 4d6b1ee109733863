// The table of errors.
#include "syntax/error.h"

#include <iterator>

namespace ehlo {
namespace {

constexpr std::uint8_t kProgram = EHLO_FAULT_PROGRAM;
constexpr std::uint8_t kPeer = EHLO_FAULT_PEER;

struct Row {
  Error error;
  ErrorInfo info;
};

constexpr Row kRows[] = {
    {EHLO_E_ARGUMENT,
     {"argument", nullptr, "An argument is out of range, missing, or text that may not be sent", 0, kProgram, 0}},
    {EHLO_E_STATE, {"state", nullptr, "Not a call for this moment", 0, kProgram, 0}},
    {EHLO_E_ID, {"id", nullptr, "No question with this id waits for an answer", 0, kProgram, 0}},
    {EHLO_E_MEMORY, {"memory", "4.3.0", "Requested action aborted: local error in processing", 451, 0, 0}},
    {EHLO_E_SPACE, {"space", nullptr, "The array or buffer of the call is too small", 0, kProgram, 0}},
    {EHLO_E_NOT_OFFERED, {"not-offered", nullptr, "The server has not announced what the call needs", 0, kProgram, 0}},
    {EHLO_E_INCOMPLETE, {"incomplete", nullptr, "More input is needed", 0, 0, 0}},
    {EHLO_E_LINE_TOO_LONG, {"line-too-long", "5.5.2", "Line too long", 500, kPeer, 0}},
    {EHLO_E_SYNTAX, {"syntax", "5.5.4", "Syntax error in command or arguments", 501, kPeer, 0}},
    {EHLO_E_UNKNOWN_COMMAND, {"unknown-command", "5.5.1", "Command not recognized", 500, kPeer, 0}},
    {EHLO_E_NOT_IMPLEMENTED, {"not-implemented", "5.5.1", "Command not implemented", 502, kPeer, 0}},
    {EHLO_E_BAD_PARAMETER, {"bad-parameter", "5.5.4", "Syntax error in parameters", 501, kPeer, 0}},
    {EHLO_E_UNKNOWN_PARAMETER, {"unknown-parameter", "5.5.4", "Parameter not recognized", 555, kPeer, 0}},
    {EHLO_E_SIZE_OVERFLOW, {"size-overflow", "5.3.4", "Message size exceeds fixed maximum", 552, kPeer, 0}},
    {EHLO_E_NEEDS_SMTPUTF8, {"needs-smtputf8", "5.6.7", "Non-ASCII address needs SMTPUTF8", 553, kPeer, 0}},
    {EHLO_E_BAD_SEQUENCE, {"bad-sequence", "5.5.1", "Bad sequence of commands", 503, kPeer, 0}},
    {EHLO_E_BAD_BASE64, {"bad-base64", "5.5.2", "Cannot decode base64", 501, kPeer, 0}},
    {EHLO_E_BAD_MECHANISM, {"bad-mechanism", "5.5.4", "Authentication mechanism not supported", 504, kPeer, 0}},
    {EHLO_E_TLS_REQUIRED, {"tls-required", "5.7.0", "Must issue a STARTTLS command first", 530, kPeer, 0}},
    {EHLO_E_AUTH_REQUIRED, {"auth-required", "5.7.0", "Authentication required", 530, kPeer, 0}},
    {EHLO_E_TOO_MANY_RECIPIENTS, {"too-many-recipients", "4.5.3", "Too many recipients", 452, kPeer, 0}},
    {EHLO_E_MESSAGE_TOO_LARGE, {"message-too-large", "5.3.4", "Message size exceeds fixed maximum", 552, kPeer, 0}},
    {EHLO_E_NO_RECIPIENTS, {"no-recipients", "5.5.1", "No valid recipients", 503, kPeer, 0}},
    {EHLO_E_AUTH_CANCELLED, {"auth-cancelled", "5.7.0", "Authentication cancelled", 501, kPeer, 0}},
    {EHLO_E_TOO_MANY_MESSAGES, {"too-many-messages", "4.7.0", "Too many messages, closing connection", 421, kPeer, 1}},
    {EHLO_E_BAD_CHUNK, {"bad-chunk", "5.5.4", "Bad BDAT command, closing connection", 501, kPeer, 1}},
    {EHLO_E_AUTH_LINE_TOO_LONG,
     {"auth-line-too-long", "5.5.6", "Authentication exchange line is too long", 500, kPeer, 0}},
    {EHLO_E_PATH_TOO_LONG, {"path-too-long", "5.1.3", "Path too long", 501, kPeer, 0}},
    {EHLO_E_BAD_SENDER, {"bad-sender", "5.1.7", "Bad sender address syntax", 501, kPeer, 0}},
    {EHLO_E_BAD_RECIPIENT, {"bad-recipient", "5.1.3", "Bad recipient address syntax", 501, kPeer, 0}},
    {EHLO_E_BARE_LF, {"bare-lf", "5.6.0", "Message contains bare LF", 550, kPeer, 0}},
    {EHLO_E_BARE_CR, {"bare-cr", "5.6.0", "Message contains bare CR", 550, kPeer, 0}},
    {EHLO_E_DATA_LINE_TOO_LONG, {"data-line-too-long", "5.6.0", "Message line too long", 554, kPeer, 0}},
    {EHLO_E_FALSE_END, {"false-end", "5.6.0", "Message contains a false end of data", 550, kPeer, 0}},
    {EHLO_E_NUL, {"nul", "5.6.0", "Message contains a NUL", 550, kPeer, 0}},
    {EHLO_E_TOO_MANY_ERRORS, {"too-many-errors", "4.7.0", "Too many errors, closing connection", 421, kPeer, 1}},
    {EHLO_E_TIMEOUT, {"timeout", "4.4.2", "Timeout exceeded, closing connection", 421, kPeer, 1}},
    {EHLO_E_CONNECTION_LOST, {"connection-lost", nullptr, "The connection was lost", 0, kPeer, 1}},
    {EHLO_E_TLS_FAILED, {"tls-failed", nullptr, "The TLS handshake failed", 0, kPeer, 1}},
    {EHLO_E_TLS_INJECTION, {"tls-injection", nullptr, "Plaintext came together with the start of TLS", 0, kPeer, 1}},
    {EHLO_E_SHUTDOWN, {"shutdown", "4.3.2", "Service shutting down, closing connection", 421, kProgram, 1}},
    {EHLO_E_TOO_MANY_COMMANDS,
     {"too-many-commands", "4.7.0", "Too many commands without a message, closing connection", 421, kPeer, 1}},
    {EHLO_E_TOO_MUCH_JUNK, {"too-much-junk", "4.7.0", "Too much junk, closing connection", 421, kPeer, 1}},
    {EHLO_E_MALFORMED_REPLY, {"malformed-reply", nullptr, "The reply has no code or is malformed", 0, kPeer, 1}},
    {EHLO_E_CODE_MISMATCH, {"code-mismatch", nullptr, "The lines of the reply have different codes", 0, kPeer, 1}},
    {EHLO_E_REPLY_TOO_LONG, {"reply-too-long", nullptr, "The reply is too long", 0, kPeer, 1}},
    {EHLO_E_UNEXPECTED_CODE,
     {"unexpected-code", nullptr, "The command cannot have a reply with this code", 0, kPeer, 1}},
    {EHLO_E_UNSOLICITED_REPLY,
     {"unsolicited-reply", nullptr, "A reply came that no command was waiting for", 0, kPeer, 1}},
    {EHLO_E_HELLO_REFUSED, {"hello-refused", nullptr, "The server refused the greeting", 0, kPeer, 0}},
};

constexpr ErrorInfo kNone{"ok", nullptr, "Success", 0, 0, 0};
constexpr ErrorInfo kUnknown{"unknown-error", nullptr, "Unknown error", 0, 0, 0};

}  // namespace

const ErrorInfo& error_info(std::int32_t error) noexcept {
  if (error == EHLO_OK) return kNone;
  for (const Row& row : kRows)
    if (row.error == error) return row.info;
  return kUnknown;
}

}  // namespace ehlo
