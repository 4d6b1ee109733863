// The parameters of MAIL or RCPT, split and checked, as a line of text.
#pragma once

#include <gtest/gtest.h>

#include "extension/parameters.h"
#include "extension/registry.h"
#include "guarded_octets.h"
#include "rows.h"

namespace support {

inline constexpr ehlo::ExtensionSet kEveryExtension = all_extensions();

struct CheckedParams {
  ehlo::Problem problem;
  std::string text;  // "KEYWORD=value#number~detail ..."
  bool smtputf8 = false;
};

inline CheckedParams check_params(ehlo::Verb command, std::string_view text,
                                  ehlo::ParamRules rules = {kEveryExtension}) {
  ehlo::Param items[EHLO_PARAMS_MAX];
  ehlo::ParamList params{items, EHLO_PARAMS_MAX, 0, false};
  const ehlo::Bytes line = guarded(text);
  CheckedParams checked;
  checked.problem = ehlo::parse_parameters(line, params);
  if (checked.problem.ok()) checked.problem = ehlo::read_parameters(line, command, rules, params);
  checked.smtputf8 = rules.smtputf8;
  for (std::uint32_t i = 0; checked.problem.ok() && i < params.count; ++i) {
    if (i != 0) checked.text += ' ';
    checked.text += line.at(items[i].keyword).text();
    if (ehlo::present(items[i].value)) (checked.text += "=") += line.at(items[i].value).text();
    if (items[i].number != 0) checked.text += "#" + std::to_string(static_cast<std::uint64_t>(items[i].number));
    if (ehlo::present(items[i].detail)) (checked.text += "~") += line.at(items[i].detail).text();
  }
  return checked;
}

inline void expect_good(ehlo::Verb command, std::string_view text, std::string_view expected) {
  const CheckedParams checked = check_params(command, text);
  EXPECT_EQ(checked.problem.error, EHLO_OK) << text << " @" << checked.problem.at;
  EXPECT_EQ(checked.text, expected);
}
inline void expect_refused(ehlo::Verb command, std::string_view text, ehlo::Error error) {
  EXPECT_EQ(check_params(command, text).problem.error, error) << text;
}

}  // namespace support
