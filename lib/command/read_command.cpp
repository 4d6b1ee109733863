// Reads a command. The order of the checks is the order in which errors decide its reply: length, verb, syntax, path,
// parameters.
#include "command/read_command.h"

#include "command/path_under_offer.h"
#include "command/special_verb.h"

namespace ehlo {
namespace {

// By verb: the member of an offer that limits the length of its line.
constexpr std::array<std::uint32_t Offer::*, kMaxRows> kLimits = [] {
  std::array<std::uint32_t Offer::*, kMaxRows> table{};
  for (auto& limit : table) limit = &Offer::line_octets;
  for (const ehlo_verb_row& row : kVerbRows)
    if (row.follows == EHLO_FOLLOWS_EXCHANGE) table[row.id] = &Offer::auth_octets;
  table[EHLO_VERB_MAIL] = &Offer::mail_octets;
  table[EHLO_VERB_RCPT] = &Offer::rcpt_octets;
  return table;
}();

// Reads the values of parameters. UTF-8 in a value needs SMTPUTF8, which may be a later parameter, so that is checked
// after all of them.
Problem read_values(Bytes text, const Offer& offer, Dialogue& dialogue, Command& command, ParamList& params) noexcept {
  if (!(bit(command.verb) & (bit(EHLO_VERB_MAIL) | bit(EHLO_VERB_RCPT)))) return {};
  ParamRules rules = param_rules(offer, dialogue);
  const Problem problem = read_parameters(text, command.verb, rules, params);
  command.param_count = params.count;
  if (!problem.ok()) return problem;
  if (!rules.smtputf8 && params.non_ascii)
    return {EHLO_E_BAD_PARAMETER, params.keyword_of_utf8(text, command.path.whole.off + command.path.whole.len)};
  dialogue.smtputf8 = rules.smtputf8;
  return {};
}

// Positions count from text[0].
Problem read_line(Bytes text, std::uint32_t begin, std::uint32_t line_ending, const Offer& offer, Dialogue& dialogue,
                  Command& command, ParamList& params) noexcept {
  const Verb verb = find_verb(text.from(begin));
  command = kNoCommand;
  command.verb = verb;
  const std::size_t end = text.size + line_ending;
  // The verb is found before, since it decides the limit (RFC 5321 4.5.3.1.4). A line above it is not parsed.
  if (end - begin > offer.*kLimits[verb]) [[unlikely]]
    return {EHLO_E_LINE_TOO_LONG, static_cast<std::uint32_t>(end)};
  if (offer.special_verbs >> verb & 1) [[unlikely]]
    return read_special_verb(text, begin, offer, dialogue, command, params);
  Problem problem = parse_known_command(text, begin, offer, command, params);
  problem = check_path_under_offer(text, offer, dialogue, command, params, problem);
  if (!problem.ok()) return problem;
  if (params.count != 0 || (command.path.flags & EHLO_PATH_NON_ASCII))
    return read_values(text, offer, dialogue, command, params);
  // Nearly all commands end here. A MAIL without parameters has no SMTPUTF8.
  if (command.verb == EHLO_VERB_MAIL) dialogue.smtputf8 = false;
  return {};
}

}  // namespace

ParamRules param_rules(const Offer& offer, const Dialogue& dialogue) noexcept {
  return {dialogue.esmtp ? offer.extensions : 0, dialogue.smtputf8, offer.unknown_params, offer.own,
          dialogue.esmtp ? &offer.own_params : &kNoOwnRow};
}

Problem read_command(Bytes text, std::uint32_t begin, std::uint32_t line_ending, const Offer& offer, Dialogue& dialogue,
                     Command& command, ParamList& params) noexcept {
  Problem problem = read_line(text, begin, line_ending, offer, dialogue, command, params);
  if (!problem.ok()) problem.at -= begin;
  return problem;
}

}  // namespace ehlo
