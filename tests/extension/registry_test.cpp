// The list of extensions: keywords, what depends on what, verbs, lines and parameters of a set of them.
#include "support/judged.h"

namespace {

using namespace support;
using ehlo::Announcement;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::RuleAction;
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
}

TEST(Registry, KnowsWhichVerbsAreMissing) {
  EXPECT_EQ(ehlo::verbs_not_offered(kEveryExtension), 0u);
  EXPECT_EQ(ehlo::verbs_not_offered(0), ehlo::bit(EHLO_VERB_BDAT) | ehlo::bit(EHLO_VERB_STARTTLS) |
                                            ehlo::bit(EHLO_VERB_AUTH) | ehlo::bit(EHLO_VERB_HELP) |
                                            ehlo::bit(EHLO_VERB_EXPN));
  EXPECT_EQ(ehlo::verbs_not_offered(EHLO_EXT_BIT(EHLO_EXT_CHUNKING)) & ehlo::bit(EHLO_VERB_BDAT), 0u);
}

TEST(Registry, AddsUpTheLengthsOfLines) {
  EXPECT_EQ(ehlo::longest_mail_line(0), 512u);
  EXPECT_EQ(ehlo::longest_rcpt_line(0), 512u);
  // RFC 1870: 26, RFC 6531 3.4: 10, RFC 4954: 500.
  const auto set = EHLO_EXT_BIT(EHLO_EXT_SIZE) | EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_AUTH);
  EXPECT_EQ(ehlo::longest_mail_line(set), 512u + 26 + 10 + 500);
}

TEST(Registry, RefusesAParameterThatComesTwice) {
  expect_refused(EHLO_VERB_MAIL, "SIZE=1 size=2", EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "SMTPUTF8 BODY=7BIT SMTPUTF8", EHLO_E_BAD_PARAMETER);
  expect_refused(EHLO_VERB_RCPT, "NOTIFY=NEVER NOTIFY=NEVER", EHLO_E_BAD_PARAMETER);
}

TEST(Registry, RefusesWhatIsNotOffered) {
  expect_refused(EHLO_VERB_MAIL, "FOO", EHLO_E_UNKNOWN_PARAMETER);
  expect_refused(EHLO_VERB_MAIL, "SIZE=1 FOO=1", EHLO_E_UNKNOWN_PARAMETER);
  EXPECT_EQ(judge(EHLO_VERB_MAIL, "SIZE=1", {0}).problem.error, EHLO_E_UNKNOWN_PARAMETER);
  EXPECT_EQ(judge(EHLO_VERB_MAIL, "BODY=7BIT SIZE=1", {EHLO_EXT_BIT(EHLO_EXT_8BITMIME)}).problem.at, 10u);
}

TEST(Registry, AsksThePolicyAboutTheUnknownOnly) {
  const auto policy = [](const void*, ehlo::Bytes keyword, Verb) noexcept {
    if (ehlo::equals_caseless(keyword, "OFFER")) return RuleAction::offer;
    if (ehlo::equals_caseless(keyword, "IGNORE")) return RuleAction::ignore;
    return RuleAction::refuse;
  };
  const ehlo::ParamRules rules{EHLO_EXT_BIT(EHLO_EXT_SIZE), false, policy, nullptr};
  EXPECT_EQ(judge(EHLO_VERB_MAIL, "IGNORE=1 OFFER=x SIZE=5 IGNORE2", rules).problem.error, EHLO_E_UNKNOWN_PARAMETER);
  const Judged judged = judge(EHLO_VERB_MAIL, "IGNORE=1 OFFER=x SIZE=5", rules);
  EXPECT_EQ(judged.problem.error, EHLO_OK);
  EXPECT_EQ(judged.text, "OFFER=x SIZE=5#5");
  EXPECT_EQ(judge(EHLO_VERB_MAIL, "IGNORE IGNORE", rules).problem.error, EHLO_E_BAD_PARAMETER) << "twice is twice";
}

}  // namespace
