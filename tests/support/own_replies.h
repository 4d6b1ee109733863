// What the library says by itself, with ENHANCEDSTATUSCODES offered and the name mx.test.
#pragma once

#include <string>

namespace support {

inline const std::string kGreeting = "220 mx.test ESMTP";
inline const std::string kMailOk = "250 2.1.0 Sender ok";
inline const std::string kRcptOk = "250 2.1.5 Recipient ok";
inline const std::string kGoAhead = "354 Start mail input; end with <CRLF>.<CRLF>";
inline const std::string kChunkOk = "250 2.0.0 Chunk ok";
inline const std::string kMessageOk = "250 2.0.0 Message accepted";
inline const std::string kResetOk = "250 2.0.0 Reset";
inline const std::string kOk = "250 2.0.0 Ok";
inline const std::string kHelp = "214 2.0.0 See RFC 5321";
inline const std::string kCannotVerify = "252 2.0.0 Cannot verify, but will take mail and try";
inline const std::string kBye = "221 2.0.0 mx.test Closing connection";
inline const std::string kTlsReady = "220 2.0.0 Ready to start TLS";
inline const std::string kAuthOk = "235 2.7.0 Authentication succeeded";

inline const std::string kLineTooLong = "500 5.5.2 Line too long";
inline const std::string kSyntax = "501 5.5.4 Syntax error in command or arguments";
inline const std::string kUnknownCommand = "500 5.5.1 Command not recognized";
inline const std::string kNotImplemented = "502 5.5.1 Command not implemented";
inline const std::string kBadSender = "501 5.1.7 Bad sender address syntax";
inline const std::string kBadRecipient = "501 5.1.3 Bad recipient address syntax";
inline const std::string kBadParameter = "501 5.5.4 Syntax error in parameters";
inline const std::string kUnknownParameter = "555 5.5.4 Parameter not recognized";
inline const std::string kTooLarge = "552 5.3.4 Message size exceeds fixed maximum";
inline const std::string kNeedsSmtputf8 = "553 5.6.7 Non-ASCII address needs SMTPUTF8";
inline const std::string kBadSequence = "503 5.5.1 Bad sequence of commands";
inline const std::string kNoRecipients = "503 5.5.1 No valid recipients";
inline const std::string kTlsRequired = "530 5.7.0 Must issue a STARTTLS command first";
inline const std::string kAuthRequired = "530 5.7.0 Authentication required";
inline const std::string kTooManyRecipients = "452 4.5.3 Too many recipients";
inline const std::string kBareLf = "550 5.6.0 Message contains bare LF";
inline const std::string kBareCr = "550 5.6.0 Message contains bare CR";
inline const std::string kFalseEnd = "550 5.6.0 Message contains a false end of data";

}  // namespace support
