// DSN parameters (RFC 3461 4, RFC 6533 3); what they decode to goes into reports, so it must be printable.
#include "support/checked_params.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

TEST(RetParam, IsFullOrHdrs) {
  expect_good(EHLO_VERB_MAIL, "RET=FULL", "RET=FULL#1");
  expect_good(EHLO_VERB_MAIL, "ret=hdrs", "ret=hdrs#2");
  for (const std::string_view text : {"RET", "RET=NONE", "RET=FULL,HDRS", "RET=FULLX"})
    expect_refused(EHLO_VERB_MAIL, text, EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "RET=FULL", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(EnvidParam, IsPrintableXtext) {
  expect_good(EHLO_VERB_MAIL, "ENVID=QQ314159", "ENVID=QQ314159");
  expect_good(EHLO_VERB_MAIL, "ENVID=a+2Bb+20c", "ENVID=a+2Bb+20c");
  expect_good(EHLO_VERB_MAIL, "ENVID=" + std::string(100, 'x'), "ENVID=" + std::string(100, 'x'));
  for (const std::string_view text :
       {"ENVID", "ENVID=+", "ENVID=a+2", "ENVID=a+2b", "ENVID=a+00b", "ENVID=a+0D+0Ab", "ENVID=a+7F", "ENVID=a+FC"})
    expect_refused(EHLO_VERB_MAIL, text, EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "ENVID=" + std::string(101, 'x'), EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "ENVID=x", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(NotifyParam, IsNeverOrAList) {
  expect_good(EHLO_VERB_RCPT, "NOTIFY=NEVER", "NOTIFY=NEVER#1");
  expect_good(EHLO_VERB_RCPT, "NOTIFY=success", "NOTIFY=success#2");
  expect_good(EHLO_VERB_RCPT, "NOTIFY=FAILURE,DELAY", "NOTIFY=FAILURE,DELAY#12");
  expect_good(EHLO_VERB_RCPT, "NOTIFY=DELAY,SUCCESS,FAILURE", "NOTIFY=DELAY,SUCCESS,FAILURE#14");
  for (const std::string_view text : {"NOTIFY", "NOTIFY=", "NOTIFY=,", "NOTIFY=DELAY,", "NOTIFY=,DELAY",
                                      "NOTIFY=DELAY,,SUCCESS", "NOTIFY=NEVER,DELAY", "NOTIFY=DELAY,NEVER",
                                      "NOTIFY=NEVER,NEVER", "NOTIFY=ALWAYS", "NOTIFY=DELAYX", "NOTIFY=DELAY;SUCCESS"})
    expect_refused(EHLO_VERB_RCPT, text, EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "NOTIFY=NEVER", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(OrcptParam, IsATypeAndAnAddress) {
  expect_good(EHLO_VERB_RCPT, "ORCPT=rfc822;Bob@x.test", "ORCPT=rfc822;Bob@x.test~Bob@x.test");
  expect_good(EHLO_VERB_RCPT, "ORCPT=x-y;a+2Bb", "ORCPT=x-y;a+2Bb~a+2Bb");
  expect_good(EHLO_VERB_RCPT, "ORCPT=utf-8;\\x{FC}@x", "ORCPT=utf-8;\\x{FC}@x~\\x{FC}@x");
  for (const std::string_view text : {"ORCPT", "ORCPT=rfc822", "ORCPT=;a@b", "ORCPT=rfc822;a+0Db", "ORCPT=rfc822;a+0A",
                                      "ORCPT=rfc822;a+", "ORCPT=rfc822;a+2b", "ORCPT=r(c;a", "ORCPT=utf-8;\\x{D800}",
                                      "ORCPT=utf-8;\\x{0A}", "ORCPT=utf-8;\\x{FC", "ORCPT=rfc822;a+FF"})
    expect_refused(EHLO_VERB_RCPT, text, EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "ORCPT=rfc822;" + std::string(494, 'x'), EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "ORCPT=rfc822;a@b", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(Dsn, MakesRcptLonger) {
  // RFC 3461 5.4: 1036 octets and the CRLF belong to the command line of RFC 5321 4.5.3.1.4.
  EXPECT_GE(ehlo::longest_rcpt_line(EHLO_EXT_BIT(EHLO_EXT_DSN)), 1036u);
}

}  // namespace
