// Checks of a path that depend on the offer and the session: the program's limits, and UTF-8 (RFC 6531 3.4). The
// grammar has been checked before. Inline, since nearly every command passes here.
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

// Whether the path has UTF-8 without SMTPUTF8. In MAIL the parameter stands after the path, in RCPT the transaction
// decides. A list of parameters with an error counts as far as it could be split.
inline bool lacks_smtputf8(Bytes text, const Offer& offer, const Dialogue& dialogue, const Command& command,
                           const ParamList& params) noexcept {
  if (!(command.path.flags & EHLO_PATH_NON_ASCII)) return false;
  if (!dialogue.esmtp || !has(offer.extensions, EHLO_EXT_SMTPUTF8)) return true;
  return command.verb == EHLO_VERB_MAIL ? !carries_smtputf8(text, params) : !dialogue.smtputf8;
}

// `problem` is the parser's result. An error of the path decides the reply before an error of the parameters, which
// stand after it. Any other error of the parser comes first.
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
