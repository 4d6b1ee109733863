// The parameters of MAIL or RCPT, split and judged, as a line of text.
#pragma once

#include <gtest/gtest.h>

#include "extension/parameters.h"
#include "extension/registry.h"
#include "guarded_octets.h"
#include "rows.h"

namespace support {

inline constexpr ehlo::ExtensionSet kEveryExtension = all_extensions();

struct Judged {
  ehlo::Problem problem;
  std::string text;  // "KEYWORD=value#number~detail ..."
  bool smtputf8 = false;
};

inline Judged judge(ehlo::Verb command, std::string_view text, ehlo::ParamRules rules = {kEveryExtension}) {
  ehlo::Param items[EHLO_PARAMS_MAX];
  ehlo::ParamList params{items, EHLO_PARAMS_MAX, 0, false};
  const ehlo::Bytes line = guarded(text);
  Judged judged;
  judged.problem = ehlo::parse_parameters(line, params);
  if (judged.problem.ok()) judged.problem = ehlo::read_parameters(line, command, rules, params);
  judged.smtputf8 = rules.smtputf8;
  for (std::uint32_t i = 0; judged.problem.ok() && i < params.count; ++i) {
    if (i != 0) judged.text += ' ';
    judged.text += line.at(items[i].keyword).text();
    if (ehlo::present(items[i].value)) (judged.text += "=") += line.at(items[i].value).text();
    if (items[i].number != 0) judged.text += "#" + std::to_string(static_cast<std::uint64_t>(items[i].number));
    if (ehlo::present(items[i].detail)) (judged.text += "~") += line.at(items[i].detail).text();
  }
  return judged;
}

inline void expect_good(ehlo::Verb command, std::string_view text, std::string_view expected) {
  const Judged judged = judge(command, text);
  EXPECT_EQ(judged.problem.error, EHLO_OK) << text << " @" << judged.problem.at;
  EXPECT_EQ(judged.text, expected);
}
inline void expect_refused(ehlo::Verb command, std::string_view text, ehlo::Error error) {
  EXPECT_EQ(judge(command, text).problem.error, error) << text;
}

}  // namespace support
