// A recipient in UTF-8 as xtext of the type rfc822: what Postfix relays with SMTPUTF8, against the letter of RFC 6533.
#include <gtest/gtest.h>

#include <string>

#include "extension/parameters.h"

namespace {

ehlo::Error read(const std::string& list, bool smtputf8) {
  ehlo::Param items[EHLO_PARAMS_MAX];
  ehlo::ParamList params{items, EHLO_PARAMS_MAX};
  EXPECT_TRUE(ehlo::parse_parameters(ehlo::bytes_of(list), params).ok());
  ehlo::ParamRules rules{EHLO_EXT_BIT(EHLO_EXT_DSN), smtputf8};
  return ehlo::read_parameters(ehlo::bytes_of(list), EHLO_VERB_RCPT, rules, params).error;
}

TEST(OrcptOfTypeRfc822, MayDecodeToUtf8WithinAnSmtputf8Transaction) {
  const std::string list = "ORCPT=rfc822;+E7+94+A8+E6+88+B7@mx.example";
  EXPECT_EQ(read(list, true), EHLO_OK);
  EXPECT_EQ(read(list, false), EHLO_E_BAD_PARAMETER);
}

TEST(OrcptOfTypeRfc822, NeverDecodesToControlsOrBrokenUtf8) {
  for (const char* list : {"ORCPT=rfc822;a+0Ab", "ORCPT=rfc822;a+00b", "ORCPT=rfc822;a+7Fb", "ORCPT=rfc822;a+FFb",
                           "ORCPT=rfc822;a+C3", "ORCPT=rfc822;+C0+AF"}) {
    EXPECT_EQ(read(list, true), EHLO_E_BAD_PARAMETER) << list;
    EXPECT_EQ(read(list, false), EHLO_E_BAD_PARAMETER) << list;
  }
}

}  // namespace
