// Reads and checks one command line: length, syntax, whether the verb is offered, parameter values.
#pragma once

#include "command/offer.h"
#include "extension/parameters.h"

namespace ehlo {

// The state of the session that the reading of a line depends on.
struct Dialogue {
  bool esmtp = true;      // parameters only after EHLO or LHLO (RFC 5321 4.1.1.2)
  bool smtputf8 = false;  // the open transaction has it; set by a good MAIL
};

// The rules for the parameters of MAIL or RCPT.
ParamRules param_rules(const Offer& offer, const Dialogue& dialogue) noexcept;

// Reads the line from text[begin] to the end of `text`, which does not have its line ending of `line_ending` octets.
// Spans count from text[0], the position of an error from text[begin]. Errors: those of read_argument and
// read_parameters, line_too_long, path_too_long, unknown_command, not_implemented, needs_smtputf8. The verb is set on
// an error too. A verb of the program is EHLO_VERB_OWN + its place. A verb without a row is EHLO_VERB_UNKNOWN, without
// an error if the program wants it.
Problem read_command(Bytes text, std::uint32_t begin, std::uint32_t line_ending, const Offer& offer, Dialogue& dialogue,
                     Command& command, ParamList& params) noexcept;

}  // namespace ehlo
