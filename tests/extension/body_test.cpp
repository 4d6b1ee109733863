// BODY (RFC 6152, RFC 3030 3), SMTPUTF8 (RFC 6531 3.4) and REQUIRETLS (RFC 8689 2).
#include "support/checked_params.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::Verb;

TEST(BodyParam, NamesABody) {
  expect_good(EHLO_VERB_MAIL, "BODY=7BIT", "BODY=7BIT");
  expect_good(EHLO_VERB_MAIL, "BODY=8BITMIME", "BODY=8BITMIME#1");
  expect_good(EHLO_VERB_MAIL, "body=binarymime", "body=binarymime#2");
}

TEST(BodyParam, IsNothingElse) {
  for (const std::string_view text : {"BODY", "BODY=8BIT", "BODY=7BIT,8BITMIME", "BODY=8BITMIMEX", "BODY=BINARY"})
    expect_refused(EHLO_VERB_MAIL, text, EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "BODY=7BIT", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(BodyParam, NamesOnlyWhatIsOffered) {
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "BODY=BINARYMIME", {EHLO_EXT_BIT(EHLO_EXT_8BITMIME)}).problem.error,
            EHLO_E_BAD_PARAMETER);
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "BODY=8BITMIME", {EHLO_EXT_BIT(EHLO_EXT_8BITMIME)}).problem.error, EHLO_OK);
  // RFC 3030 3 (5): the values of BINARYMIME are all three.
  const auto binary = EHLO_EXT_BIT(EHLO_EXT_BINARYMIME);
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "BODY=8BITMIME", {binary}).problem.error, EHLO_OK);
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "BODY=BINARYMIME", {binary}).problem.error, EHLO_OK);
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "BODY=7BIT", {binary}).problem.error, EHLO_OK);
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "BODY=7BIT", {EHLO_EXT_BIT(EHLO_EXT_SIZE)}).problem.error,
            EHLO_E_UNKNOWN_PARAMETER);
}

TEST(Smtputf8Param, HasNoValue) {
  EXPECT_TRUE(check_params(EHLO_VERB_MAIL, "SMTPUTF8").smtputf8);
  EXPECT_FALSE(check_params(EHLO_VERB_MAIL, "SIZE=1").smtputf8);
  expect_refused(EHLO_VERB_MAIL, "SMTPUTF8=yes", EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "SMTPUTF8", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(RequiretlsParam, HasNoValue) {
  expect_good(EHLO_VERB_MAIL, "REQUIRETLS", "REQUIRETLS");
  expect_refused(EHLO_VERB_MAIL, "REQUIRETLS=1", EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "REQUIRETLS", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(Smtputf8Param, GovernsNonAsciiValues) {
  EXPECT_NE(check_params(EHLO_VERB_MAIL, "ENVID=\xC3\xBC").problem.error, EHLO_OK);
  EXPECT_EQ(check_params(EHLO_VERB_RCPT, "ORCPT=utf-8;\xC3\xBC@x", {kEveryExtension, true}).problem.error, EHLO_OK);
  EXPECT_NE(check_params(EHLO_VERB_RCPT, "ORCPT=utf-8;\xC3\xBC@x", {kEveryExtension, false}).problem.error, EHLO_OK);
}

}  // namespace
