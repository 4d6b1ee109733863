// The steps of reading a command, in the order in which they decide its reply.
#include "extension/read_command.h"

namespace ehlo {
namespace {

std::uint32_t limit_of(Verb verb, const Offer& offer) noexcept {
  if (verb == EHLO_VERB_MAIL) return offer.mail_octets;
  if (verb == EHLO_VERB_RCPT) return offer.rcpt_octets;
  if (verb == EHLO_VERB_AUTH) return offer.auth_octets;
  return offer.line_octets;
}

Problem judge_envelope(Bytes line, const Offer& offer, Dialogue& dialogue, Command& command,
                       ParamList& params) noexcept {
  if (params.count == 0 && !(command.path.flags & EHLO_PATH_NON_ASCII)) {
    if (command.verb == EHLO_VERB_MAIL) dialogue.smtputf8 = false;
    return {};
  }
  ParamRules rules = param_rules(offer, dialogue);
  const Problem problem = read_parameters(line, command.verb, rules, params);
  command.param_count = params.count;
  if (!problem.ok()) return problem;
  if (!rules.smtputf8 && params.non_ascii)
    return {EHLO_E_BAD_PARAMETER, command.path.whole.off + command.path.whole.len};
  dialogue.smtputf8 = rules.smtputf8;
  return {};
}

// Whether the path has UTF-8 that it may not have. That is told before what is wrong behind the path, which need not be
// a list of parameters: those that could be split decide.
bool lacks_smtputf8(Bytes line, const Offer& offer, const Dialogue& dialogue, const Command& command,
                    const ParamList& params) noexcept {
  if (!(command.path.flags & EHLO_PATH_NON_ASCII)) return false;
  if (!dialogue.esmtp || !has(offer.extensions, EHLO_EXT_SMTPUTF8)) return true;
  return command.verb == EHLO_VERB_MAIL ? !carries_smtputf8(line, params) : !dialogue.smtputf8;
}

// Limits of the program's. What is too long is told as such, and before what is wrong behind it.
Problem check_lengths(const Offer& offer, const Path& path) noexcept {
  if (path.local.len > offer.max_local_part_octets)
    return {EHLO_E_PATH_TOO_LONG, path.local.off + offer.max_local_part_octets};
  if (path.whole.len > offer.max_path_octets) return {EHLO_E_PATH_TOO_LONG, path.whole.off + offer.max_path_octets};
  return {};
}

}  // namespace

Offer make_offer(const Announcement& announcement, bool lmtp, std::uint32_t max_line) noexcept {
  Offer offer;
  offer.extensions = available_extensions(announcement);
  // Whether TLS is active changes what is announced, not which commands are known: STARTTLS within TLS is a bad
  // sequence, AUTH without the TLS that it needs a refused mechanism (RFC 4954 4).
  Announcement plain = announcement, secured = announcement;
  plain.tls = false;
  secured.tls = true;
  offer.missing_verbs = verbs_not_offered(available_extensions(plain) | available_extensions(secured));
  offer.lmtp = lmtp;
  offer.line_octets = max_line != 0 ? max_line : kMinLine;
  offer.mail_octets = max_line != 0 ? max_line : longest_mail_line(offer.extensions);
  offer.rcpt_octets = max_line != 0 ? max_line : longest_rcpt_line(offer.extensions);
  const bool serves_auth = !(offer.missing_verbs & bit(EHLO_VERB_AUTH)) && max_line == 0;
  offer.auth_octets = serves_auth ? kMaxAuthLine : offer.line_octets;
  return offer;
}

ParamRules param_rules(const Offer& offer, const Dialogue& dialogue) noexcept {
  return {dialogue.esmtp ? offer.extensions : 0, dialogue.smtputf8, offer.unknown_params, offer.own,
          dialogue.esmtp ? &offer.own_params : &kNoOwnRow};
}

Problem read_command(Bytes line, std::uint32_t line_ending, const Offer& offer, Dialogue& dialogue, Command& command,
                     ParamList& params) noexcept {
  const Verb verb = find_verb(line);
  const std::uint32_t limit = limit_of(verb, offer);
  if (line.size + line_ending > limit) [[unlikely]] {
    command = kNoCommand;
    command.verb = verb;
    return {EHLO_E_LINE_TOO_LONG, static_cast<std::uint32_t>(line.size) + line_ending};
  }
  const CommandRules rules{offer.lmtp, offer.general_literals, has(offer.extensions, EHLO_EXT_SMTPUTF8)};
  const Problem problem = parse_command(line, verb, rules, command, params);
  if (bit(command.verb) & offer.missing_verbs) return {EHLO_E_NOT_IMPLEMENTED, 0};
  const bool path_stands = problem.ok() || problem.error == EHLO_E_BAD_PARAMETER;
  if (path_stands)
    if (const Problem too_long = check_lengths(offer, command.path); !too_long.ok()) [[unlikely]]
      return too_long;
  if (path_stands && lacks_smtputf8(line, offer, dialogue, command, params)) [[unlikely]]
    return {EHLO_E_NEEDS_SMTPUTF8, command.path.whole.off};
  if (!problem.ok()) return problem;
  if (bit(command.verb) & (bit(EHLO_VERB_MAIL) | bit(EHLO_VERB_RCPT)))
    return judge_envelope(line, offer, dialogue, command, params);
  return problem;
}

}  // namespace ehlo
