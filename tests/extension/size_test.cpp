// SIZE (RFC 1870 3): 1 to 20 digits, never more than 64 bits.
#include "support/checked_params.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

TEST(SizeParam, IsANumber) {
  expect_good(EHLO_VERB_MAIL, "SIZE=0", "SIZE=0");
  expect_good(EHLO_VERB_MAIL, "size=1", "size=1#1");
  expect_good(EHLO_VERB_MAIL, "SIZE=18446744073709551615", "SIZE=18446744073709551615#18446744073709551615");
  expect_good(EHLO_VERB_MAIL, "SIZE=00000000000000000001", "SIZE=00000000000000000001#1");
}

TEST(SizeParam, IsNothingElse) {
  for (const std::string_view text :
       {"SIZE", "SIZE=-1", "SIZE=+1", "SIZE=1k", "SIZE=0x1", "SIZE=1.0", "SIZE=000000000000000000001"})
    expect_refused(EHLO_VERB_MAIL, text, EHLO_E_BAD_PARAMETER);
  // 2^64 and more never wraps.
  for (const std::string_view text : {"SIZE=18446744073709551616", "SIZE=99999999999999999999"})
    expect_refused(EHLO_VERB_MAIL, text, EHLO_E_SIZE_OVERFLOW);
  expect_refused(EHLO_VERB_RCPT, "SIZE=1", EHLO_E_UNKNOWN_PARAMETER);
}

// Up to eight digits are read at once.
TEST(SizeParam, HasOnlyDigitsAtAnyPlace) {
  for (std::size_t length = 1; length <= 9; ++length) {
    const std::string digits = std::string("987654321").substr(0, length);
    expect_good(EHLO_VERB_MAIL, "SIZE=" + digits, "SIZE=" + digits + "#" + digits);
    for (std::size_t at = 0; at < length; ++at) {
      for (const char octet : {'/', ':', 'a', '.', '~', '!'}) {
        std::string wrong = digits;
        wrong[at] = octet;
        expect_refused(EHLO_VERB_MAIL, "SIZE=" + wrong, EHLO_E_BAD_PARAMETER);
      }
    }
  }
}

TEST(SizeParam, MakesMailLonger) {
  EXPECT_EQ(ehlo::longest_mail_line(EHLO_EXT_BIT(EHLO_EXT_SIZE)), 538u);
  EXPECT_EQ(ehlo::longest_rcpt_line(EHLO_EXT_BIT(EHLO_EXT_SIZE)), 512u);
}

}  // namespace
