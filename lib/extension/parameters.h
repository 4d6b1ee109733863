// The parameters of MAIL and RCPT that have rows: found, read and written.
#pragma once

#include "extension/own_rows.h"
#include "syntax/verb.h"

namespace ehlo {

struct ParamRules {
  ExtensionSet offered = 0;
  bool smtputf8 = false;  // RCPT: the transaction has SMTPUTF8. MAIL: seen among the parameters
  std::uint32_t unknown = EHLO_UNKNOWN_REFUSE;
  const OwnRows* own = &kNoOwnRows;
  const OwnSet* own_params = &kEveryOwnRow;  // the program's parameters that are offered
};

// Reads the values of the parameters of MAIL or RCPT in `line` and types them; drops those that are ignored. On success
// `rules.smtputf8` says whether SMTPUTF8 is in force. The errors are those of read_value and unknown_parameter.
Problem read_parameters(Bytes line, Verb command, ParamRules& rules, ParamList& params) noexcept;

// Whether SMTPUTF8 is among parameters that are split but not read yet.
bool carries_smtputf8(Bytes line, const ParamList& params) noexcept;

// The row of the library with this keyword, in any case; nullptr: there is none.
const ehlo_param_row* find_param_row(Bytes keyword) noexcept;

// The extensions that bring the parameter with this keyword; 0: it is not known.
ExtensionSet owners_of_parameter(Bytes keyword) noexcept;

// Writes "KEYWORD=value" of a parameter of the library from its meaning. False where the id or the meaning is not
// valid.
bool write_parameter(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept;
// The value alone, nothing for a parameter that has none.
bool write_parameter_value(ParamId id, const ParamMeaning& meaning, Writer& out) noexcept;

}  // namespace ehlo
