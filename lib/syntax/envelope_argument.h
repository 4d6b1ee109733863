// The argument of MAIL and RCPT. Inline in each caller, since most commands are one of these.
#pragma once

#include "syntax/command.h"
#include "syntax/common_forms.h"

namespace ehlo {

// Compares in any case. `word` is in upper case. Bit 5, the case, is masked out for letters only: of other octets it
// is a part. No early exit, so that the compiler makes one or two comparisons of it.
template <std::size_t size>
inline bool is_word(const Octet* octets, const char* word) noexcept {
  bool same = true;
  for (std::size_t i = 0; i < size; ++i) {
    const bool letter = word[i] >= 'A' && word[i] <= 'Z';
    same &= (octets[i] & (letter ? 0xDF : 0xFF)) == static_cast<Octet>(word[i]);
  }
  return same;
}

// "FROM:" or "TO:", a path and its parameters, from text[begin], in front of which stands a space. The path follows the
// colon at once: RFC 5321 3.3 allows no space around it.
inline Problem read_envelope(Bytes text, std::uint32_t begin, bool reverse, const CommandRules& rules, Command& command,
                             ParamList& params) noexcept {
  const std::uint32_t length = reverse ? 5 : 3;
  // The words include the space in front, so that they have six and four octets: one or two loads each.
  const Octet* const word = text.data + begin - 1;
  if (text.size - begin < length || !(reverse ? is_word<6>(word, " FROM:") : is_word<4>(word, " TO:")))
    return {EHLO_E_SYNTAX, begin};
  Path& path = command.path;
  const bool common = common_forms().take_envelope(text, begin + length, path, params);
  command.param_count = params.count;
  // The common form leaves one rule of check_path open: the null path is no recipient.
  if (common && (reverse || !(path.flags & EHLO_PATH_NULL))) return {};
  Problem problem;
  if (!common) problem = scan_envelope(text, begin + length, path, params);
  command.param_count = params.count;
  const Error bad_path = reverse ? EHLO_E_BAD_SENDER : EHLO_E_BAD_RECIPIENT;
  const Span whole = path.whole;
  if (whole.len == 0 || (problem.error == EHLO_E_SYNTAX && problem.at < whole.off + whole.len))
    return {bad_path, problem.at};
  // An error of the path decides the reply before one in the parameters.
  const PathRules path_rules{reverse ? Direction::reverse : Direction::forward, rules.general_literals};
  const Problem in_path = check_path(text, path_rules, path);
  return in_path.ok() ? problem : Problem{bad_path, in_path.at};
}

}  // namespace ehlo
