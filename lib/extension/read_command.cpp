// The steps of reading a command, in the order in which they decide its reply.
#include "extension/read_command.h"

#include "syntax/argument.h"
#include "syntax/char_class.h"
#include "syntax/line_start.h"

namespace ehlo {
namespace {

// Which of its limits an offer has for a verb.
constexpr std::array<std::uint32_t Offer::*, kMaxRows> kLimits = [] {
  std::array<std::uint32_t Offer::*, kMaxRows> table{};
  for (auto& limit : table) limit = &Offer::line_octets;
  for (const ehlo_verb_row& row : kVerbRows)
    if (row.follows == EHLO_FOLLOWS_EXCHANGE) table[row.id] = &Offer::auth_octets;
  table[EHLO_VERB_MAIL] = &Offer::mail_octets;
  table[EHLO_VERB_RCPT] = &Offer::rcpt_octets;
  return table;
}();

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

// Whether the path has UTF-8 that it may not have. That is reported before what is wrong behind the path, which need
// not be a list of parameters: those that could be split decide.
bool lacks_smtputf8(Bytes text, const Offer& offer, const Dialogue& dialogue, const Command& command,
                    const ParamList& params) noexcept {
  if (!(command.path.flags & EHLO_PATH_NON_ASCII)) return false;
  if (!dialogue.esmtp || !has(offer.extensions, EHLO_EXT_SMTPUTF8)) return true;
  return command.verb == EHLO_VERB_MAIL ? !carries_smtputf8(text, params) : !dialogue.smtputf8;
}

// Limits of the program's. What is too long is reported as such, and before what is wrong behind it.
Problem check_lengths(const Offer& offer, const Path& path) noexcept {
  if (path.local.len > offer.max_local_part_octets)
    return {EHLO_E_PATH_TOO_LONG, path.local.off + offer.max_local_part_octets};
  if (path.whole.len > offer.max_path_octets) return {EHLO_E_PATH_TOO_LONG, path.whole.off + offer.max_path_octets};
  return {};
}

// What is wrong with the path, if so, or what was wrong before.
Problem check_path(Bytes text, const Offer& offer, const Dialogue& dialogue, const Command& command,
                   const ParamList& params, Problem problem) noexcept {
  if (!problem.ok() && problem.error != EHLO_E_BAD_PARAMETER) return problem;
  if (const Problem too_long = check_lengths(offer, command.path); !too_long.ok()) [[unlikely]]
    return too_long;
  if (lacks_smtputf8(text, offer, dialogue, command, params)) [[unlikely]]
    return {EHLO_E_NEEDS_SMTPUTF8, command.path.whole.off};
  return problem;
}

// A line whose first word is the name of `row`, one of the program's.
Problem read_own(Bytes line, std::uint32_t begin, const ehlo_verb_row& row, const Offer& offer,
                 const Dialogue& dialogue, Command& command, ParamList& params) noexcept {
  const std::size_t behind = begin + std::string_view(row.name).size() + 1;
  const auto at = static_cast<std::uint32_t>(behind < line.size ? behind : line.size);
  Problem problem = read_argument(line, at, row, offer, command, params);
  if (!problem.ok() && has_control(line.from(begin))) problem.error = EHLO_E_SYNTAX;
  return check_path(line, offer, dialogue, command, params, problem);
}

// Whether a verb that nobody serves goes to the program. It needs to be no more than words, the first
// in ASCII.
bool is_for_program(Bytes line, Verb verb, const Offer& offer) noexcept {
  constexpr VerbSet kFixed = verbs_with(EHLO_COMMAND_FIXED);
  const bool has_name = is_ascii(line.first(position_of(' ', line)));
  return offer.unknown_verbs == EHLO_UNKNOWN_OFFER && !(kFixed >> verb & 1) && has_name && !has_control(line);
}

// A verb that is unknown, of the other protocol, not offered, or the program's.
Problem read_odd(Bytes text, std::uint32_t begin, const Offer& offer, const Dialogue& dialogue, Command& command,
                 ParamList& params) noexcept {
  params.count = 0;
  const Bytes trimmed = without_trailing_space(text, begin), line = trimmed.from(begin);
  const Verb verb = find_verb(line);
  const std::uint32_t length = position_of(' ', line);
  // A chunk may follow what begins with BDAT.
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
  const Problem problem = parse_command(text, begin, offer, command, params);
  if (missing) return {EHLO_E_NOT_IMPLEMENTED, begin};
  return check_path(text, offer, dialogue, command, params, problem);
}

// Positions count from text[0].
Problem read_line(Bytes text, std::uint32_t begin, std::uint32_t line_ending, const Offer& offer, Dialogue& dialogue,
                  Command& command, ParamList& params) noexcept {
  const Verb verb = find_verb(text.from(begin));
  command = kNoCommand;
  command.verb = verb;
  const std::size_t end = text.size + line_ending;
  if (end - begin > offer.*kLimits[verb]) [[unlikely]]
    return {EHLO_E_LINE_TOO_LONG, static_cast<std::uint32_t>(end)};
  if (offer.odd_verbs >> verb & 1) [[unlikely]]
    return read_odd(text, begin, offer, dialogue, command, params);
  Problem problem = parse_known_command(text, begin, offer, command, params);
  problem = check_path(text, offer, dialogue, command, params, problem);
  if (!problem.ok()) return problem;
  if (params.count != 0 || (command.path.flags & EHLO_PATH_NON_ASCII))
    return read_values(text, offer, dialogue, command, params);
  if (command.verb == EHLO_VERB_MAIL) dialogue.smtputf8 = false;
  return {};
}

}  // namespace

Offer make_offer(const Announcement& announcement, bool lmtp, std::uint32_t max_line,
                 std::uint32_t max_auth_line) noexcept {
  Offer offer;
  offer.extensions = available_extensions(announcement);
  // What the session serves is known whether TLS is active or not: STARTTLS within TLS is a bad sequence, AUTH without
  // the TLS that it needs a refused mechanism (RFC 4954 4).
  Announcement plain = announcement, secured = announcement;
  plain.tls = false;
  secured.tls = true;
  const VerbSet never = verbs_not_offered(available_extensions(plain) | available_extensions(secured));
  offer.missing_verbs = never | (verbs_not_offered(offer.extensions) & ~verbs_with(EHLO_COMMAND_SESSION));
  offer.lmtp = lmtp;
  offer.smtputf8 = has(offer.extensions, EHLO_EXT_SMTPUTF8);
  offer.line_octets = max_line != 0 ? max_line : kMinLine;
  offer.mail_octets = max_line != 0 ? max_line : longest_mail_line(offer.extensions);
  offer.rcpt_octets = max_line != 0 ? max_line : longest_rcpt_line(offer.extensions);
  offer.odd_verbs = offer.missing_verbs | verbs_foreign_to(lmtp);
  // An exchange may begin with a response that is as long as any (RFC 4954 4), a token of OAUTH for one.
  const bool serves_auth = !(offer.missing_verbs & bit(EHLO_VERB_AUTH)) && max_line == 0;
  offer.auth_octets = serves_auth ? std::max(offer.line_octets, max_auth_line) : offer.line_octets;
  return offer;
}

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
