// BODY (RFC 6152, RFC 3030 3), SMTPUTF8 (RFC 6531 3.4) and REQUIRETLS (RFC 8689 2).
#include "support/judged.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::Verb;

TEST(BodyParam, NamesABody) {
  expect_good(Verb::mail, "BODY=7BIT", "BODY=7BIT");
  expect_good(Verb::mail, "BODY=8BITMIME", "BODY=8BITMIME#1");
  expect_good(Verb::mail, "body=binarymime", "body=binarymime#2");
}

TEST(BodyParam, IsNothingElse) {
  for (const std::string_view text : {"BODY", "BODY=8BIT", "BODY=7BIT,8BITMIME", "BODY=8BITMIMEX", "BODY=BINARY"})
    expect_refused(Verb::mail, text, Error::bad_parameter);
  expect_refused(Verb::rcpt, "BODY=7BIT", Error::unknown_parameter);
}

TEST(BodyParam, NamesOnlyWhatIsOffered) {
  EXPECT_EQ(judge(Verb::mail, "BODY=BINARYMIME", {bit(ExtensionId::eight_bit_mime)}).problem.error,
            Error::bad_parameter);
  EXPECT_EQ(judge(Verb::mail, "BODY=8BITMIME", {bit(ExtensionId::eight_bit_mime)}).problem.error, Error::none);
  EXPECT_EQ(judge(Verb::mail, "BODY=7BIT", {bit(ExtensionId::size)}).problem.error, Error::unknown_parameter);
}

TEST(Smtputf8Param, HasNoValue) {
  EXPECT_TRUE(judge(Verb::mail, "SMTPUTF8").smtputf8);
  EXPECT_FALSE(judge(Verb::mail, "SIZE=1").smtputf8);
  expect_refused(Verb::mail, "SMTPUTF8=yes", Error::bad_parameter);
  expect_refused(Verb::rcpt, "SMTPUTF8", Error::unknown_parameter);
}

TEST(RequiretlsParam, HasNoValue) {
  expect_good(Verb::mail, "REQUIRETLS", "REQUIRETLS");
  expect_refused(Verb::mail, "REQUIRETLS=1", Error::bad_parameter);
  expect_refused(Verb::rcpt, "REQUIRETLS", Error::unknown_parameter);
}

TEST(Smtputf8Param, GovernsNonAsciiValues) {
  EXPECT_NE(judge(Verb::mail, "ENVID=\xC3\xBC").problem.error, Error::none);
  EXPECT_EQ(judge(Verb::rcpt, "ORCPT=utf-8;\xC3\xBC@x", {kEveryExtension, true}).problem.error, Error::none);
  EXPECT_NE(judge(Verb::rcpt, "ORCPT=utf-8;\xC3\xBC@x", {kEveryExtension, false}).problem.error, Error::none);
}

}  // namespace
