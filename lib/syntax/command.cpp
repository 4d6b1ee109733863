// One command line: the verb decides which argument grammar applies.
#include "syntax/command.h"

#include "syntax/char_class.h"
#include "syntax/common_forms.h"
#include "syntax/envelope_argument.h"
#include "syntax/line_start.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr std::uint32_t kNoArgument =
    bit(EHLO_VERB_DATA) | bit(EHLO_VERB_RSET) | bit(EHLO_VERB_QUIT) | bit(EHLO_VERB_STARTTLS);
constexpr std::uint32_t kOptionalText = bit(EHLO_VERB_NOOP) | bit(EHLO_VERB_HELP);
constexpr std::uint32_t kNeededText = bit(EHLO_VERB_VRFY) | bit(EHLO_VERB_EXPN);

constexpr Span shifted(Span span, std::uint32_t by) noexcept {
  return present(span) ? Span{span.off + by, span.len} : span;
}

constexpr Problem shifted(Problem problem, std::uint32_t by) noexcept { return {problem.error, problem.at + by}; }

// RFC 2033 4.1 replaces HELO and EHLO by LHLO.
constexpr std::uint32_t kForeign[2] = {bit(EHLO_VERB_UNKNOWN) | bit(EHLO_VERB_LHLO),
                                       bit(EHLO_VERB_UNKNOWN) | bit(EHLO_VERB_EHLO) | bit(EHLO_VERB_HELO)};
constexpr bool is_of_protocol(Verb verb, bool lmtp) noexcept { return (bit(verb) & kForeign[lmtp]) == 0; }

Problem parse_hello(Bytes line, std::uint32_t begin, const CommandRules& rules, Command& command) noexcept {
  if (common_forms().is_domain(line, begin)) {
    command.text = {begin, static_cast<std::uint32_t>(line.size) - begin};
    command.host_kind = EHLO_DOMAIN_NAME;
    return {};
  }
  Host host{};
  const Problem problem = parse_host(line.from(begin), rules.general_literals, host);
  if (!problem.ok()) return shifted(problem, begin);
  command.text = shifted(host.text, begin);
  command.host_kind = host.kind;
  if (host.kind != EHLO_DOMAIN_NAME) command.flags |= EHLO_FLAG_LITERAL;
  return {};
}

// The argument of VRFY, EXPN, HELP and NOOP. RFC 5321 gives String; a user name such as "smith@mx.example" or several
// words are taken as well (3.5.1), but no control character. Where SMTPUTF8 is offered VRFY and EXPN may have UTF-8;
// their SMTPUTF8 parameter is about the reply alone (RFC 6531 3.7.4.2).
Problem parse_text(Bytes line, std::uint32_t begin, const CommandRules& rules, Command& command) noexcept {
  constexpr std::string_view kSmtputf8 = " SMTPUTF8";
  auto end = static_cast<std::uint32_t>(line.size);
  const bool may_be_utf8 = rules.smtputf8 && (bit(command.verb) & kNeededText) != 0;
  if (may_be_utf8 && end - begin > kSmtputf8.size() && equals_caseless(line.from(end - kSmtputf8.size()), kSmtputf8)) {
    command.flags |= EHLO_FLAG_SMTPUTF8;
    end -= static_cast<std::uint32_t>(kSmtputf8.size());
  }
  for (std::uint32_t at = begin; at < end; ++at)
    if (is(line[at], kControl) || (line[at] >= 0x80 && !may_be_utf8)) return {EHLO_E_SYNTAX, at};
  if (may_be_utf8 && !is_utf8(line.from(begin).first(end - begin))) return {EHLO_E_SYNTAX, begin};
  command.text = {begin, end - begin};
  return {};
}

Problem parse_chunk(Bytes line, std::uint32_t begin, Command& command) noexcept {
  bool last = false;
  const Problem problem = parse_bdat(line.from(begin), command.size, last);
  if (last) command.flags |= EHLO_FLAG_LAST;
  return shifted(problem, begin);
}

Problem parse_sasl(Bytes line, std::uint32_t begin, Command& command) noexcept {
  command.flags |= EHLO_FLAG_SECRET;
  const Problem problem = parse_auth(line.from(begin), command.text, command.response);
  command.text = shifted(command.text, begin);
  command.response = shifted(command.response, begin);
  return shifted(problem, begin);
}

Problem parse_arguments(Bytes line, std::uint32_t begin, const CommandRules& rules, Command& command,
                        ParamList& params) noexcept {
  if (begin >= line.size) {
    if (bit(command.verb) & (kNoArgument | kOptionalText)) return {};
    return {command.verb == EHLO_VERB_BDAT ? EHLO_E_BAD_CHUNK : EHLO_E_SYNTAX, begin};
  }
  switch (command.verb) {
    case EHLO_VERB_MAIL:
    case EHLO_VERB_RCPT: return read_envelope(line, begin, command.verb == EHLO_VERB_MAIL, rules, command, params);
    case EHLO_VERB_EHLO:
    case EHLO_VERB_HELO:
    case EHLO_VERB_LHLO: return parse_hello(line, begin, rules, command);
    case EHLO_VERB_BDAT: return parse_chunk(line, begin, command);
    case EHLO_VERB_AUTH: return parse_sasl(line, begin, command);
    case EHLO_VERB_NOOP:
    case EHLO_VERB_HELP:
    case EHLO_VERB_VRFY:
    case EHLO_VERB_EXPN: return parse_text(line, begin, rules, command);
    default: return {EHLO_E_SYNTAX, begin};
  }
}

// Runs only for lines that are refused anyway: good ones have been through a grammar without control characters. What
// others may take for BDAT is a BDAT that cannot be read: a chunk may follow it.
Problem judge_unknown(Bytes line, Command& command) noexcept {
  const bool bdat = start_of(line).has_bdat();
  for (std::uint32_t at = 0; at < line.size; ++at)
    if (is(line[at], kControl)) return {bdat ? EHLO_E_BAD_CHUNK : EHLO_E_SYNTAX, at};
  if (line.empty() || line[0] == ' ') return {bdat ? EHLO_E_BAD_CHUNK : EHLO_E_SYNTAX, 0};
  std::uint32_t end = 0;
  while (end < line.size && line[end] != ' ') ++end;
  command.text = {0, end};
  if (end < line.size) command.response = {end + 1, static_cast<std::uint32_t>(line.size) - end - 1};
  return {bdat ? EHLO_E_BAD_CHUNK : EHLO_E_UNKNOWN_COMMAND, 0};
}

}  // namespace

Bytes without_trailing_space(Bytes line) noexcept {
  while (line.size > 0 && (line[line.size - 1] == ' ' || line[line.size - 1] == '\t')) --line.size;
  return line;
}

Problem parse_command(Bytes line, Verb verb, const CommandRules& rules, Command& command, ParamList& params) noexcept {
  command = kNoCommand;
  command.verb = verb;
  params.count = 0;
  const Bytes trimmed = without_trailing_space(line);
  if (!is_of_protocol(verb, rules.lmtp)) [[unlikely]] {
    command.verb = find_verb(trimmed);
    if (!is_of_protocol(command.verb, rules.lmtp)) {
      command.verb = EHLO_VERB_UNKNOWN;
      return judge_unknown(trimmed, command);
    }
  }
  const std::uint32_t verb_length = command.verb == EHLO_VERB_STARTTLS ? 8 : 4;
  const auto size = static_cast<std::uint32_t>(trimmed.size);
  const std::uint32_t begin = verb_length + 1 < size ? verb_length + 1 : size;
  const Problem problem = parse_arguments(trimmed, begin, rules, command, params);
  // A control character is never a matter of parameters or base64: the line itself is broken.
  if (!problem.ok() && problem.error != EHLO_E_BAD_CHUNK && has_control(trimmed)) [[unlikely]]
    return {EHLO_E_SYNTAX, problem.at};
  return problem;
}

}  // namespace ehlo
