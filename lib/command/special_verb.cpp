// Decides about a verb that is unknown, of the other protocol, not offered, or the program's: which row reads the line,
// whether it goes to the program, or which error it has.
#include "command/special_verb.h"

#include "command/path_under_offer.h"
#include "syntax/argument.h"
#include "syntax/char_class.h"
#include "syntax/line_start.h"

namespace ehlo {
namespace {

// Reads a line by a row of the program.
Problem read_own(Bytes line, std::uint32_t begin, const ehlo_verb_row& row, const Offer& offer,
                 const Dialogue& dialogue, Command& command, ParamList& params) noexcept {
  const std::size_t behind = begin + std::string_view(row.name).size() + 1;
  const auto at = static_cast<std::uint32_t>(behind < line.size ? behind : line.size);
  Problem problem = read_argument(line, at, row, offer, command, params);
  if (!problem.ok() && has_control(line.from(begin))) problem.error = EHLO_E_SYNTAX;
  return check_path_under_offer(line, offer, dialogue, command, params, problem);
}

// Whether a verb that no row serves goes to the program. Any line of words does, if the verb is ASCII and may be
// replaced.
bool is_for_program(Bytes line, Verb verb, const Offer& offer) noexcept {
  constexpr VerbSet kFixed = verbs_with(EHLO_COMMAND_FIXED);
  const bool has_name = is_ascii(line.first(position_of(' ', line)));
  return offer.unknown_verbs == EHLO_UNKNOWN_OFFER && !(kFixed >> verb & 1) && has_name && !has_control(line);
}

}  // namespace

// In order: an offered row of the program, then the program's wish for unknown verbs, then the errors. A row of the
// program that is not offered still hides the library's row of that name.
Problem read_special_verb(Bytes text, std::uint32_t begin, const Offer& offer, const Dialogue& dialogue,
                          Command& command, ParamList& params) noexcept {
  params.count = 0;
  const Bytes trimmed = without_trailing_space(text, begin), line = trimmed.from(begin);
  const Verb verb = find_verb(line);
  const std::uint32_t length = position_of(' ', line);
  // A chunk may follow a line that begins with BDAT, so no row of the program gets such a line.
  const bool has_name = length != 0 && !start_of(line).has_bdat();
  const std::uint32_t place = has_name ? offer.own->find_verb(line.first(length)) : kNoRow;
  if (place != kNoRow && offer.own_verbs.has(place)) {
    command.verb = EHLO_VERB_OWN + place;
    return read_own(trimmed, begin, offer.own->verb(place), offer, dialogue, command, params);
  }
  const bool missing = (offer.missing_verbs >> verb & 1) != 0;
  const bool nobody_serves = verb == EHLO_VERB_UNKNOWN || missing || place != kNoRow;
  if (has_name && nobody_serves && is_for_program(line, verb, offer)) {
    command.verb = EHLO_VERB_UNKNOWN;
    if (length != line.size) command.text = {begin + length + 1, static_cast<std::uint32_t>(line.size) - length - 1};
    return {};
  }
  if (place != kNoRow) {
    const bool foreign = !(offer.own->verb(place).flags & (offer.lmtp ? EHLO_COMMAND_LMTP : EHLO_COMMAND_SMTP));
    return {foreign ? EHLO_E_UNKNOWN_COMMAND : EHLO_E_NOT_IMPLEMENTED, begin};
  }
  // Parsed even where the verb is missing, so that `command` is filled in as for other errors.
  const Problem problem = parse_command(text, begin, offer, command, params);
  if (missing) return {EHLO_E_NOT_IMPLEMENTED, begin};
  return check_path_under_offer(text, offer, dialogue, command, params, problem);
}

}  // namespace ehlo
