// Checks of a path that depend on the offer and the session: the program's limits, and UTF-8 (RFC 6531 3.4). What the
// grammar asks for has been checked. Inline: nearly every command passes here.
#pragma once

#include "command/read_command.h"

namespace ehlo {

// The program's limits.
inline Problem check_lengths(const Offer& offer, const Path& path) noexcept {
  if (path.local.len > offer.max_local_part_octets)
    return {EHLO_E_PATH_TOO_LONG, path.local.off + offer.max_local_part_octets};
  if (path.whole.len > offer.max_path_octets) return {EHLO_E_PATH_TOO_LONG, path.whole.off + offer.max_path_octets};
  return {};
}

// Whether the path has UTF-8 that it may not have. The parameters may be wrong: those that could be split decide.
inline bool lacks_smtputf8(Bytes text, const Offer& offer, const Dialogue& dialogue, const Command& command,
                           const ParamList& params) noexcept {
  if (!(command.path.flags & EHLO_PATH_NON_ASCII)) return false;
  if (!dialogue.esmtp || !has(offer.extensions, EHLO_EXT_SMTPUTF8)) return true;
  return command.verb == EHLO_VERB_MAIL ? !carries_smtputf8(text, params) : !dialogue.smtputf8;
}

// `problem` is what the parser found. An error of the path comes before one of the parameters, which stand behind it,
// and after any other.
inline Problem check_path_under_offer(Bytes text, const Offer& offer, const Dialogue& dialogue, const Command& command,
                                      const ParamList& params, Problem problem) noexcept {
  if (!problem.ok() && problem.error != EHLO_E_BAD_PARAMETER) return problem;
  if (const Problem too_long = check_lengths(offer, command.path); !too_long.ok()) [[unlikely]]
    return too_long;
  if (lacks_smtputf8(text, offer, dialogue, command, params)) [[unlikely]]
    return {EHLO_E_NEEDS_SMTPUTF8, command.path.whole.off};
  return problem;
}

}  // namespace ehlo
