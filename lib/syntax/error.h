// What can go wrong, with its name, whose fault it is, and the reply that a server gives.
#pragma once

#include <cstdint>

namespace ehlo {

// Values are those of ehlo_rc in the C API and are never reused.
enum class Error : std::int32_t {
  none = 0,
  argument = -1,
  state = -2,
  id = -3,
  memory = -4,
  space = -5,
  not_offered = -6,
  incomplete = -7,
  line_too_long = -20,
  syntax = -21,
  unknown_command = -22,
  not_implemented = -23,
  bad_parameter = -24,
  unknown_parameter = -25,
  size_overflow = -26,
  needs_smtputf8 = -27,
  bad_sequence = -28,
  bad_base64 = -29,
  bad_mechanism = -30,
  tls_required = -31,
  auth_required = -32,
  too_many_recipients = -33,
  message_too_large = -34,
  no_recipients = -35,
  auth_cancelled = -36,
  too_many_messages = -37,
  bad_chunk = -38,
  auth_line_too_long = -39,
  path_too_long = -40,
  bad_sender = -41,
  bad_recipient = -42,
  bare_lf = -50,
  bare_cr = -51,
  data_line_too_long = -52,
  false_end = -53,
  too_many_errors = -70,
  timeout = -71,
  connection_lost = -72,
  tls_failed = -73,
  tls_injection = -74,
  shutdown = -75,
  too_many_commands = -76,
  too_much_junk = -77,
  malformed_reply = -90,
  code_mismatch = -91,
  reply_too_long = -92,
  unexpected_code = -93,
  unsolicited_reply = -94,
  hello_refused = -95
};

enum class Fault : std::uint8_t { none = 0, program = 1, peer = 2 };

// The layout of ehlo_error_info.
struct ErrorInfo {
  const char* name;
  const char* enhanced;
  const char* text;
  std::uint16_t code;
  std::uint8_t fault;
  std::uint8_t fatal;
};

const ErrorInfo& error_info(Error error) noexcept;

// The outcome of a parser: what, and at which octet of its input.
struct Problem {
  Error error = Error::none;
  std::uint32_t at = 0;

  constexpr bool ok() const noexcept { return error == Error::none; }
};

}  // namespace ehlo
