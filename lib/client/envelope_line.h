// MAIL and RCPT lines from checked parts: nothing in a path or parameter can end the line, or begin another parameter.
#pragma once

#include "ehlo_client_types.h"
#include "extension/parameters.h"
#include "syntax/command.h"

namespace ehlo {

using ParamText = ehlo_param_text;
inline Bytes keyword_of(const ParamText& param) noexcept {
  return {reinterpret_cast<const Octet*>(param.keyword), param.keyword_length};
}
inline Bytes value_of(const ParamText& param) noexcept {
  return {reinterpret_cast<const Octet*>(param.value), param.value_length};
}

struct EnvelopeCommand {
  Verb verb;   // mail or rcpt
  Bytes path;  // without brackets
  const ParamText* params;
  std::size_t param_count;
  bool smtputf8;  // RCPT: the transaction has it
};

// A line that was written, as views of its octets.
struct EnvelopeLine {
  Bytes text;    // without CRLF
  Bytes params;  // the list after the path and its space
  bool non_ascii = false;
  bool smtputf8 = false;    // the parameter is among them, or the transaction has it
  std::uint32_t body = 0;   // EHLO_BODY_*, as BODY says if it is among them
  std::uint64_t known = 0;  // bits of the ids of the library's parameters, also of those that a row of the
                            // program has replaced
};

// How many octets write_envelope_line may need.
std::size_t envelope_line_room(const EnvelopeCommand& command) noexcept;

// Writes the line, without CRLF, to `out`, which has envelope_line_room octets. EHLO_E_ARGUMENT for a path or parameter
// against its grammar, a value against its row, a parameter that comes twice or is of the other command. `rows` are the
// program's.
Error write_envelope_line(const EnvelopeCommand& command, const OwnRows& rows, Octet* out, EnvelopeLine& line) noexcept;

// Which parameters may be sent to a server.
struct ParamOffer {
  ExtensionSet usable;
  bool any;  // parameters that it does not offer are sent too
  const OwnRows& rows;
  const OwnSet& own_params;  // of `rows`
};

// What EHLO_E_NOT_OFFERED is about.
struct Missing {
  ExtensionSet extensions = 0;  // 0: none that is known
  Bytes keyword{nullptr, 0};    // of the parameter, or the SASL mechanism; nullptr: it is about neither
};

// EHLO_E_NOT_OFFERED, with what is missing; EHLO_E_NEEDS_SMTPUTF8; EHLO_E_ARGUMENT for a value against a row that it
// was not written with.
Error validate_offered(const EnvelopeLine& line, Verb verb, const ParamOffer& offer, Missing& missing) noexcept;

}  // namespace ehlo
