// The table of errors: name, text, enhanced code, reply code, whose fault it is, and whether it ends the session.
#include "syntax/error.h"

#include <iterator>

namespace ehlo {
namespace {

constexpr std::uint8_t kProgram = EHLO_FAULT_PROGRAM;
constexpr std::uint8_t kPeer = EHLO_FAULT_PEER;
constexpr std::uint32_t kNoStatus = EHLO_ENHANCED_NONE;

struct Row {
  Error error;
  ErrorInfo info;
};

constexpr Row kRows[] = {
    {EHLO_E_ARGUMENT,
     {"argument", "An argument is out of range, missing, or text that may not be sent", kNoStatus, 0, kProgram, 0}},
    {EHLO_E_STATE, {"state", "Not a call for this moment", kNoStatus, 0, kProgram, 0}},
    {EHLO_E_ID, {"id", "No question with this id waits for an answer", kNoStatus, 0, kProgram, 0}},
    {EHLO_E_MEMORY,
     {"memory", "Requested action aborted: local error in processing", EHLO_ENHANCED(4, 3, 0), 451, 0, 0}},
    {EHLO_E_SPACE, {"space", "The array or buffer of the call is too small", kNoStatus, 0, kProgram, 0}},
    {EHLO_E_NOT_OFFERED,
     {"not-offered", "The server has not announced what the call needs", kNoStatus, 0, kProgram, 0}},
    {EHLO_E_INCOMPLETE, {"incomplete", "More input is needed", kNoStatus, 0, 0, 0}},
    {EHLO_E_LINE_TOO_LONG, {"line-too-long", "Line too long", EHLO_ENHANCED(5, 5, 2), 500, kPeer, 0}},
    {EHLO_E_SYNTAX, {"syntax", "Syntax error in command or arguments", EHLO_ENHANCED(5, 5, 4), 501, kPeer, 0}},
    {EHLO_E_UNKNOWN_COMMAND, {"unknown-command", "Command not recognized", EHLO_ENHANCED(5, 5, 1), 500, kPeer, 0}},
    {EHLO_E_NOT_IMPLEMENTED, {"not-implemented", "Command not implemented", EHLO_ENHANCED(5, 5, 1), 502, kPeer, 0}},
    {EHLO_E_BAD_PARAMETER, {"bad-parameter", "Syntax error in parameters", EHLO_ENHANCED(5, 5, 4), 501, kPeer, 0}},
    {EHLO_E_UNKNOWN_PARAMETER,
     {"unknown-parameter", "Parameter not recognized", EHLO_ENHANCED(5, 5, 4), 555, kPeer, 0}},
    {EHLO_E_SIZE_OVERFLOW,
     {"size-overflow", "Message size exceeds fixed maximum", EHLO_ENHANCED(5, 3, 4), 552, kPeer, 0}},
    {EHLO_E_NEEDS_SMTPUTF8,
     {"needs-smtputf8", "Non-ASCII address needs SMTPUTF8", EHLO_ENHANCED(5, 6, 7), 553, kPeer, 0}},
    {EHLO_E_BAD_SEQUENCE, {"bad-sequence", "Bad sequence of commands", EHLO_ENHANCED(5, 5, 1), 503, kPeer, 0}},
    {EHLO_E_BAD_BASE64, {"bad-base64", "Cannot decode base64", EHLO_ENHANCED(5, 5, 2), 501, kPeer, 0}},
    {EHLO_E_BAD_MECHANISM,
     {"bad-mechanism", "Authentication mechanism not supported", EHLO_ENHANCED(5, 5, 4), 504, kPeer, 0}},
    {EHLO_E_TLS_REQUIRED,
     {"tls-required", "Must issue a STARTTLS command first", EHLO_ENHANCED(5, 7, 0), 530, kPeer, 0}},
    {EHLO_E_AUTH_REQUIRED, {"auth-required", "Authentication required", EHLO_ENHANCED(5, 7, 0), 530, kPeer, 0}},
    {EHLO_E_TOO_MANY_RECIPIENTS, {"too-many-recipients", "Too many recipients", EHLO_ENHANCED(4, 5, 3), 452, kPeer, 0}},
    {EHLO_E_MESSAGE_TOO_LARGE,
     {"message-too-large", "Message size exceeds fixed maximum", EHLO_ENHANCED(5, 3, 4), 552, kPeer, 0}},
    {EHLO_E_NO_RECIPIENTS, {"no-recipients", "No valid recipients", EHLO_ENHANCED(5, 5, 1), 503, kPeer, 0}},
    {EHLO_E_AUTH_CANCELLED, {"auth-cancelled", "Authentication cancelled", EHLO_ENHANCED(5, 7, 0), 501, kPeer, 0}},
    {EHLO_E_TOO_MANY_MESSAGES,
     {"too-many-messages", "Too many messages, closing connection", EHLO_ENHANCED(4, 7, 0), 421, kPeer, 1}},
    {EHLO_E_BAD_CHUNK, {"bad-chunk", "Bad BDAT command, closing connection", EHLO_ENHANCED(5, 5, 4), 501, kPeer, 1}},
    {EHLO_E_AUTH_LINE_TOO_LONG,
     {"auth-line-too-long", "Authentication exchange line is too long", EHLO_ENHANCED(5, 5, 6), 500, kPeer, 0}},
    {EHLO_E_PATH_TOO_LONG, {"path-too-long", "Path too long", EHLO_ENHANCED(5, 1, 3), 501, kPeer, 0}},
    {EHLO_E_BAD_SENDER, {"bad-sender", "Bad sender address syntax", EHLO_ENHANCED(5, 1, 7), 501, kPeer, 0}},
    {EHLO_E_BAD_RECIPIENT, {"bad-recipient", "Bad recipient address syntax", EHLO_ENHANCED(5, 1, 3), 501, kPeer, 0}},
    {EHLO_E_BARE_LF, {"bare-lf", "Message contains bare LF", EHLO_ENHANCED(5, 6, 0), 550, kPeer, 0}},
    {EHLO_E_BARE_CR, {"bare-cr", "Message contains bare CR", EHLO_ENHANCED(5, 6, 0), 550, kPeer, 0}},
    {EHLO_E_DATA_LINE_TOO_LONG, {"data-line-too-long", "Message line too long", EHLO_ENHANCED(5, 6, 0), 554, kPeer, 0}},
    {EHLO_E_FALSE_END, {"false-end", "Message contains a false end of data", EHLO_ENHANCED(5, 6, 0), 550, kPeer, 0}},
    {EHLO_E_NUL, {"nul", "Message contains a NUL", EHLO_ENHANCED(5, 6, 0), 550, kPeer, 0}},
    {EHLO_E_TOO_MANY_ERRORS,
     {"too-many-errors", "Too many errors, closing connection", EHLO_ENHANCED(4, 7, 0), 421, kPeer, 1}},
    {EHLO_E_TIMEOUT, {"timeout", "Timeout exceeded, closing connection", EHLO_ENHANCED(4, 4, 2), 421, kPeer, 1}},
    {EHLO_E_CONNECTION_LOST, {"connection-lost", "The connection was lost", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_TLS_FAILED, {"tls-failed", "The TLS handshake failed", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_TLS_INJECTION, {"tls-injection", "Plaintext came together with the start of TLS", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_SHUTDOWN,
     {"shutdown", "Service shutting down, closing connection", EHLO_ENHANCED(4, 3, 2), 421, kProgram, 1}},
    {EHLO_E_TOO_MANY_COMMANDS,
     {"too-many-commands", "Too many commands without a message, closing connection", EHLO_ENHANCED(4, 7, 0), 421,
      kPeer, 1}},
    {EHLO_E_TOO_MUCH_JUNK,
     {"too-much-junk", "Too much junk, closing connection", EHLO_ENHANCED(4, 7, 0), 421, kPeer, 1}},
    {EHLO_E_MALFORMED_REPLY, {"malformed-reply", "The reply has no code or is malformed", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_CODE_MISMATCH, {"code-mismatch", "The lines of the reply have different codes", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_REPLY_TOO_LONG, {"reply-too-long", "The reply is too long", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_UNEXPECTED_CODE,
     {"unexpected-code", "The command cannot have a reply with this code", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_UNSOLICITED_REPLY,
     {"unsolicited-reply", "A reply came that no command was waiting for", kNoStatus, 0, kPeer, 1}},
    {EHLO_E_HELLO_REFUSED, {"hello-refused", "The server refused the greeting", kNoStatus, 0, kPeer, 0}},
};

constexpr ErrorInfo kNone{"ok", "Success", kNoStatus, 0, 0, 0};
constexpr ErrorInfo kUnknown{"unknown-error", "Unknown error", kNoStatus, 0, 0, 0};

}  // namespace

const ErrorInfo& error_info(std::int32_t error) noexcept {
  if (error == EHLO_OK) return kNone;
  for (const Row& row : kRows)
    if (row.error == error) return row.info;
  return kUnknown;
}

}  // namespace ehlo
