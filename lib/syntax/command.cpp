// Parses one command line. The verb decides which kind of argument follows.
#include "syntax/command.h"

#include "syntax/argument.h"
#include "syntax/char_class.h"
#include "syntax/envelope_argument.h"
#include "syntax/line_start.h"

namespace ehlo {
namespace {

// RFC 2033 4.1 replaces HELO and EHLO by LHLO.
constexpr VerbSet kForeign[2] = {verbs_foreign_to(false), verbs_foreign_to(true)};
constexpr bool is_of_protocol(Verb verb, bool lmtp) noexcept { return (bit(verb) & kForeign[lmtp]) == 0; }

// Most commands are MAIL or RCPT: parse_known_command compares with these and has their reader inline.
constexpr ArgumentForm kSenderForm = kArguments[std::size_t{EHLO_VERB_MAIL}];
constexpr ArgumentForm kRecipientForm = kArguments[std::size_t{EHLO_VERB_RCPT}];
static_assert(kSenderForm == EHLO_ARGUMENT_PATH_PARAMS);
static_assert(kRecipientForm == kSenderForm + kForwardPath);

// A line whose verb is unknown. Control characters are searched only in refused lines: the grammars accept none.
// Another receiver may read the line as BDAT. Then a chunk of unknown length may follow, so the error is bad_chunk,
// which ends the session: else the chunk would be read as commands.
Problem read_unknown(Bytes text, std::uint32_t begin, Command& command) noexcept {
  const bool bdat = start_of(text.from(begin)).has_bdat();
  for (std::uint32_t at = begin; at < text.size; ++at)
    if (is(text[at], kControl)) return {bdat ? EHLO_E_BAD_CHUNK : EHLO_E_SYNTAX, at};
  // An empty verb: the line is empty or begins with a space.
  if (begin == text.size || text[begin] == ' ') return {bdat ? EHLO_E_BAD_CHUNK : EHLO_E_SYNTAX, begin};
  const std::uint32_t end = position_of(' ', text, begin);
  command.text = {begin, end - begin};
  if (end < text.size) command.response = {end + 1, static_cast<std::uint32_t>(text.size) - end - 1};
  return {bdat ? EHLO_E_BAD_CHUNK : EHLO_E_UNKNOWN_COMMAND, begin};
}

}  // namespace

Bytes without_trailing_space(Bytes text, std::uint32_t begin) noexcept {
  while (text.size > begin && (text[text.size - 1] == ' ' || text[text.size - 1] == '\t')) --text.size;
  return text;
}

Problem parse_command(Bytes text, std::uint32_t begin, const CommandRules& rules, Command& command,
                      ParamList& params) noexcept {
  if (!is_of_protocol(command.verb, rules.lmtp)) [[unlikely]] {
    // The caller searched the verb with the spaces at the end of the line. Without them an unknown verb may be a known
    // one, such as "NOOP" before a tab.
    const Bytes line = without_trailing_space(text, begin);
    const Verb verb = find_verb(line.from(begin));
    command.verb = EHLO_VERB_UNKNOWN;
    params.count = 0;
    if (!is_of_protocol(verb, rules.lmtp)) return read_unknown(line, begin, command);
    command.verb = verb;
  }
  return parse_known_command(text, begin, rules, command, params);
}

Problem parse_known_command(Bytes text, std::uint32_t begin, const CommandRules& rules, Command& command,
                            ParamList& params) noexcept {
  const Verb verb = command.verb;
  params.count = 0;
  text = without_trailing_space(text, begin);
  const auto size = static_cast<std::uint32_t>(text.size);
  const std::uint32_t behind = begin + kVerbLengths[verb] + 1;
  const std::uint32_t at = behind < size ? behind : size;
  const ArgumentForm form = kArguments[verb];
  Problem problem;
  if (form == kSenderForm)
    problem = read_envelope(text, at, true, rules, command, params);
  else if (form == kRecipientForm)
    problem = read_envelope(text, at, false, rules, command, params);
  else
    problem = read_argument(text, at, form, rules, command, params);
  if (problem.ok()) [[likely]]
    return problem;
  // A chunk may follow a BDAT whose size cannot be read: see read_unknown.
  if (verb == EHLO_VERB_BDAT && problem.error == EHLO_E_SYNTAX) return {EHLO_E_BAD_CHUNK, problem.at};
  // With a control character the whole line is malformed (501), not one parameter or the base64 in it.
  if (has_control(text.from(begin))) return {EHLO_E_SYNTAX, problem.at};
  return problem;
}

}  // namespace ehlo
