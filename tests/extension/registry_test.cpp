// The list of extensions: keywords, what depends on what, verbs, lines and parameters of a set of them.
#include <vector>

#include "extension/keyword_table.h"
#include "support/checked_params.h"

namespace {

using namespace support;
using ehlo::Announcement;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::Verb;

constexpr std::string_view kKeywords[] = {
    "PIPELINING", "SIZE",       "8BITMIME", "ENHANCEDSTATUSCODES", "DSN",  "STARTTLS", "AUTH",
    "CHUNKING",   "BINARYMIME", "SMTPUTF8", "REQUIRETLS",          "HELP", "EXPN",     "VRFY"};

TEST(Registry, KnowsEachKeywordInAnyCaseAndNothingNear) {
  for (std::size_t i = 0; i < std::size(kKeywords); ++i) {
    std::string lower(kKeywords[i]);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    EXPECT_EQ(ehlo::extension_bit(guarded(kKeywords[i])), ehlo::ExtensionSet{1} << i) << kKeywords[i];
    EXPECT_EQ(ehlo::extension_bit(guarded(lower)), ehlo::ExtensionSet{1} << i) << lower;
    EXPECT_EQ(ehlo::extension_bit(guarded(lower + "x")), 0u);
    EXPECT_EQ(ehlo::extension_bit(guarded(kKeywords[i].substr(1))), 0u);
    EXPECT_EQ(ehlo::extension_bit(guarded(kKeywords[i].substr(0, kKeywords[i].size() - 1))), 0u);
  }
  for (const std::string_view word : {"", "X", "SIZE 0", "8BITMIM\0", "LIMITS", "BURL"})
    EXPECT_EQ(ehlo::extension_bit(guarded(word)), 0u) << word;
}

// A keyword within a text is compared by words, whatever stands in front of it.
TEST(Registry, KnowsEachKeywordWithinAText) {
  for (const std::string_view keyword : kKeywords) {
    for (const std::string_view before : {"", "250-", "250-mx.example\r\n250-"}) {
      const std::string text = std::string(before) + std::string(keyword);
      const auto off = static_cast<std::uint32_t>(before.size()), len = static_cast<std::uint32_t>(keyword.size());
      EXPECT_EQ(ehlo::extension_bit(guarded(text), {off, len}), ehlo::extension_bit(guarded(keyword))) << text;
      for (std::size_t at = 0; at < keyword.size(); ++at) {
        for (const char octet : {'-', '0', 'Q', 'q', '9'}) {
          std::string other = text;
          other[before.size() + at] = octet;
          EXPECT_EQ(ehlo::extension_bit(guarded(other), {off, len}), ehlo::extension_bit(guarded(other.substr(off))));
        }
      }
      EXPECT_EQ(ehlo::extension_bit(guarded(text + "XXXXXXXXXX"), {off, len + 10}), 0u);
    }
  }
}

TEST(Registry, OffersOnlyWhatMayStandAlone) {
  const auto available = [](ehlo::ExtensionSet wanted, bool tls, std::string_view mechanisms) {
    return ehlo::available_extensions(Announcement{wanted, tls, false, 0, mechanisms});
  };
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_BINARYMIME), false, ""), 0u);
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_BINARYMIME) | EHLO_EXT_BIT(EHLO_EXT_CHUNKING), false, ""),
            EHLO_EXT_BIT(EHLO_EXT_BINARYMIME) | EHLO_EXT_BIT(EHLO_EXT_CHUNKING));
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8), false, ""), 0u);
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_8BITMIME), false, ""),
            EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_8BITMIME));
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_STARTTLS), false, ""), EHLO_EXT_BIT(EHLO_EXT_STARTTLS));
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_STARTTLS), true, ""), 0u);
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS), false, ""), 0u);
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS), true, ""), EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS));
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_AUTH), true, ""), 0u);
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_AUTH), false, "PLAIN"), 0u);
  EXPECT_EQ(available(EHLO_EXT_BIT(EHLO_EXT_AUTH), true, "PLAIN"), EHLO_EXT_BIT(EHLO_EXT_AUTH));
  EXPECT_EQ(ehlo::available_extensions({EHLO_EXT_BIT(EHLO_EXT_AUTH), false, true, 0, "PLAIN"}),
            EHLO_EXT_BIT(EHLO_EXT_AUTH));
  const auto tls_alone = EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS) | EHLO_EXT_BIT(EHLO_EXT_AUTH);
  EXPECT_EQ(available(kEveryExtension, false, "PLAIN"), kEveryExtension & ~tls_alone);
  EXPECT_EQ(available(kEveryExtension, true, "PLAIN"), kEveryExtension & ~EHLO_EXT_BIT(EHLO_EXT_STARTTLS));
}

TEST(Registry, KnowsWhichVerbsAreMissing) {
  EXPECT_EQ(ehlo::verbs_not_offered(kEveryExtension), 0u);
  EXPECT_EQ(ehlo::verbs_not_offered(0) & (ehlo::bit(EHLO_VERB_MAIL) | ehlo::bit(EHLO_VERB_VRFY)), 0u);
  for (const ehlo::Verb verb : {EHLO_VERB_BDAT, EHLO_VERB_STARTTLS, EHLO_VERB_AUTH, EHLO_VERB_HELP, EHLO_VERB_EXPN})
    EXPECT_NE(ehlo::verbs_not_offered(0) & ehlo::bit(verb), 0u) << verb;
  EXPECT_EQ(ehlo::verbs_not_offered(EHLO_EXT_BIT(EHLO_EXT_CHUNKING)) & ehlo::bit(EHLO_VERB_BDAT), 0u);
}

TEST(Registry, AddsUpTheLengthsOfLines) {
  EXPECT_EQ(ehlo::longest_mail_line(0), 512u);
  EXPECT_EQ(ehlo::longest_rcpt_line(0), 512u);
  // RFC 1870: 26, RFC 6531 3.4: 10, RFC 4954: 500.
  const auto set = EHLO_EXT_BIT(EHLO_EXT_SIZE) | EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_AUTH);
  EXPECT_EQ(ehlo::longest_mail_line(set), 512u + 26 + 10 + 500);
  // BODY counts once, whichever of its two extensions bring it.
  const auto eight = EHLO_EXT_BIT(EHLO_EXT_8BITMIME), binary = EHLO_EXT_BIT(EHLO_EXT_BINARYMIME);
  EXPECT_EQ(ehlo::longest_mail_line(eight), 512u + 14);
  EXPECT_EQ(ehlo::longest_mail_line(binary), 512u + 14 + 16);
  EXPECT_EQ(ehlo::longest_mail_line(eight | binary), 512u + 14 + 16);
  // RFC 3885 9 for MAIL, RFC 3461 5.4 for RCPT.
  EXPECT_EQ(ehlo::longest_mail_line(EHLO_EXT_BIT(EHLO_EXT_DSN)), 512u + 107);
  EXPECT_EQ(ehlo::longest_rcpt_line(EHLO_EXT_BIT(EHLO_EXT_DSN)), 1036u);
  EXPECT_EQ(ehlo::longest_mail_line(EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS)), 512u + 11);
  const auto many = EHLO_EXT_DEFAULT | EHLO_EXT_BIT(EHLO_EXT_AUTH) | EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS);
  EXPECT_EQ(ehlo::longest_mail_line(many), 512u + 26 + 14 + 16 + 107 + 10 + 500 + 11);
  EXPECT_EQ(ehlo::longest_rcpt_line(kEveryExtension), 1036u);
}

TEST(Registry, KnowsTheOwnersOfAParameter) {
  using ehlo::bytes_of;
  EXPECT_EQ(ehlo::owners_of_parameter(bytes_of("BODY")),
            EHLO_EXT_BIT(EHLO_EXT_8BITMIME) | EHLO_EXT_BIT(EHLO_EXT_BINARYMIME));
  for (const std::string_view keyword : {"RET", "envid", "Notify", "ORCPT"})
    EXPECT_EQ(ehlo::owners_of_parameter(bytes_of(keyword)), EHLO_EXT_BIT(EHLO_EXT_DSN)) << keyword;
  for (const std::string_view keyword : {"SIZE", "SMTPUTF8", "AUTH", "REQUIRETLS"})
    EXPECT_EQ(ehlo::owners_of_parameter(bytes_of(keyword)), ehlo::extension_bit(bytes_of(keyword))) << keyword;
  for (const std::string_view keyword : {"", "X", "DSN", "XREQUIRETLS", "EQUIRETLS", "XQUIRETLS", "RETX"})
    EXPECT_EQ(ehlo::owners_of_parameter(bytes_of(keyword)), 0u) << keyword;
}

// A keyword of more than eight octets is found by its end, and compared as a whole.
TEST(Registry, ComparesLongParametersAsAWhole) {
  for (const std::string_view text : {"XEQUIRETLS", "SIZE=1 XEQUIRETLS", "SIZE=1 EQUIRETLS", "SIZE=1 XREQUIRETLS"})
    expect_refused(EHLO_VERB_MAIL, text, EHLO_E_UNKNOWN_PARAMETER);
  expect_good(EHLO_VERB_MAIL, "SIZE=0 requireTLS", "SIZE=0 requireTLS");
}

// More rows than there are, and keywords that resemble each other: the table grows until each has a slot of its own.
TEST(KeywordTable, HoldsAsManyRowsAsThereCanBe) {
  constexpr auto tails = [] {
    std::array<std::uint64_t, ehlo::kMaxRows> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const char name[] = {'X', '-', 'A', 'B', static_cast<char>('A' + i % 26), static_cast<char>('0' + i / 26)};
      all[i] = ehlo::tail_of({name, sizeof name});
    }
    return all;
  }();
  constexpr ehlo::Spread spread = ehlo::find_spread(tails);
  static_assert(spread.slots != 0);
  std::vector<bool> taken(spread.slots);
  for (const std::uint64_t tail : tails) {
    ASSERT_LT(spread.slot_of(tail), spread.slots);
    EXPECT_FALSE(taken[spread.slot_of(tail)]);
    taken[spread.slot_of(tail)] = true;
  }
}

TEST(KeywordTable, HasNoSpreadForTailsThatAreTheSame) {
  constexpr std::array tails = {ehlo::tail_of("X-LONGKEYWORD"), ehlo::tail_of("Y-LONGKEYWORD")};
  static_assert(ehlo::find_spread(tails).slots == 0);
}

TEST(Registry, RefusesAParameterThatComesTwice) {
  expect_refused(EHLO_VERB_MAIL, "SIZE=1 size=2", EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "SMTPUTF8 BODY=7BIT SMTPUTF8", EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "NOTIFY=NEVER NOTIFY=NEVER", EHLO_E_BAD_PARAMETER);
}

TEST(Registry, RefusesWhatIsNotOffered) {
  expect_refused(EHLO_VERB_MAIL, "FOO", EHLO_E_UNKNOWN_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "SIZE=1 FOO=1", EHLO_E_UNKNOWN_PARAMETER);
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "SIZE=1", {0}).problem.error, EHLO_E_UNKNOWN_PARAMETER);
  EXPECT_EQ(check_params(EHLO_VERB_MAIL, "BODY=7BIT SIZE=1", {EHLO_EXT_BIT(EHLO_EXT_8BITMIME)}).problem.at, 10u);
}

TEST(Registry, RefusesOffersOrDropsTheUnknown) {
  const auto check_with = [](std::uint32_t unknown, std::string_view text) {
    return check_params(EHLO_VERB_MAIL, text, {EHLO_EXT_BIT(EHLO_EXT_SIZE), false, unknown});
  };
  EXPECT_EQ(check_with(EHLO_UNKNOWN_REFUSE, "SIZE=5 A=1").problem.error, EHLO_E_UNKNOWN_PARAMETER);
  EXPECT_EQ(check_with(EHLO_UNKNOWN_OFFER, "A=1 SIZE=5 B RET=x").text, "A=1 SIZE=5#5 B RET=x");
  EXPECT_EQ(check_with(EHLO_UNKNOWN_IGNORE, "A=1 SIZE=5 B RET=x").text, "SIZE=5#5");
  for (const std::uint32_t unknown : {EHLO_UNKNOWN_OFFER, EHLO_UNKNOWN_IGNORE}) {
    EXPECT_EQ(check_with(unknown, "A a=1").problem.error, EHLO_E_BAD_PARAMETER) << "twice is twice";
    EXPECT_EQ(check_with(unknown, "SIZE=x").problem.error, EHLO_E_BAD_PARAMETER);
  }
}

}  // namespace
