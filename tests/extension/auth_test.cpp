// The AUTH parameter of MAIL (RFC 4954 5): xtext of a mailbox, or "<>".
#include "support/checked_params.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

TEST(AuthParam, IsAMailboxOrNobody) {
  expect_good(EHLO_VERB_MAIL, "AUTH=<>", "AUTH=<>");
  expect_good(EHLO_VERB_MAIL, "AUTH=e+3Dmc2@example.com", "AUTH=e+3Dmc2@example.com");
  expect_good(EHLO_VERB_MAIL, "AUTH=e+3dmc2@example.com", "AUTH=e+3dmc2@example.com");
  expect_good(EHLO_VERB_MAIL, "AUTH=+22a+20b+22@x.test", "AUTH=+22a+20b+22@x.test");
  expect_good(EHLO_VERB_MAIL, "AUTH=+3C+3E", "AUTH=+3C+3E");
}

TEST(AuthParam, IsNothingElse) {
  for (const std::string_view text : {"AUTH", "AUTH=a", "AUTH=<a@b>", "AUTH=a@b+0A", "AUTH=a@b+00", "AUTH=a@b+0D+0AX",
                                      "AUTH=+", "AUTH=a+2", "AUTH=<", "AUTH=a@b+20"})
    expect_refused(EHLO_VERB_MAIL, text, EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "AUTH=" + std::string(496, 'a') + "@b.cd", EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "AUTH=<>", EHLO_E_UNKNOWN_PARAMETER);
}

TEST(AuthParam, MakesMailLonger) {
  // RFC 4954 3 (5): the MAIL line may be 500 octets longer.
  EXPECT_EQ(ehlo::longest_mail_line(EHLO_EXT_BIT(EHLO_EXT_AUTH)), 1012u);
}

}  // namespace
