// Lines whose verb is not an offered verb of the library.
#pragma once

#include "command/read_command.h"

namespace ehlo {

// Reads the line from text[begin] as read_command does, with positions from text[0]. Its verb is one of
// offer.special_verbs. It may become a verb of the program, or EHLO_VERB_UNKNOWN where the program wants those.
Problem read_special_verb(Bytes text, std::uint32_t begin, const Offer& offer, const Dialogue& dialogue,
                          Command& command, ParamList& params) noexcept;

}  // namespace ehlo
