// Verbs: the first word of a line, in any case (RFC 5321 2.4, 4.1.1).
#include "syntax/verb.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using ehlo::Verb;
using support::guarded;

constexpr std::string_view kNames[] = {"EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA",     "BDAT", "RSET",
                                       "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "STARTTLS", "AUTH"};

TEST(Verb, IsFoundInAnyCase) {
  for (std::uint32_t i = 0; i < std::size(kNames); ++i) {
    const auto verb = static_cast<Verb>(i + 1);
    std::string lower, mixed;
    for (const char c : kNames[i]) {
      lower += static_cast<char>(c + 32);
      mixed += mixed.size() % 2 ? c : static_cast<char>(c + 32);
    }
    EXPECT_EQ(ehlo::find_verb(guarded(kNames[i])), verb) << kNames[i];
    EXPECT_EQ(ehlo::find_verb(guarded(lower)), verb) << lower;
    EXPECT_EQ(ehlo::find_verb(guarded(mixed)), verb) << mixed;
    EXPECT_EQ(ehlo::find_verb(guarded(lower + " x")), verb);
    EXPECT_STREQ(ehlo::verb_name(verb), std::string(kNames[i]).c_str());
  }
  EXPECT_STREQ(ehlo::verb_name(EHLO_VERB_UNKNOWN), "?");
}

TEST(Verb, IsUnknownWithOneOctetMoreOrLessOrChanged) {
  for (const std::string_view name : kNames) {
    EXPECT_EQ(ehlo::find_verb(guarded(std::string(name) + "X")), EHLO_VERB_UNKNOWN) << name;
    EXPECT_EQ(ehlo::find_verb(guarded(" " + std::string(name))), EHLO_VERB_UNKNOWN) << name;
    EXPECT_EQ(ehlo::find_verb(guarded(std::string(name) + "\t")), EHLO_VERB_UNKNOWN) << name;
    EXPECT_EQ(ehlo::find_verb(guarded(std::string(name) + std::string(1, '\0'))), EHLO_VERB_UNKNOWN) << name;
    EXPECT_EQ(ehlo::find_verb(guarded(std::string(name) + ":")), EHLO_VERB_UNKNOWN) << name;
    for (std::size_t length = 0; length < name.size(); ++length)
      EXPECT_EQ(ehlo::find_verb(guarded(name.substr(0, length))), EHLO_VERB_UNKNOWN) << name.substr(0, length);
    // Clearing bit 5 must make letters equal and nothing else: '@' is not '`', "0" is not a control.
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (const int bit : {0x80, 0x40, 0x10}) {
        std::string changed(name);
        changed[at] = static_cast<char>(changed[at] ^ bit);
        EXPECT_EQ(ehlo::find_verb(guarded(changed)), EHLO_VERB_UNKNOWN) << changed;
      }
    }
  }
}

TEST(Verb, IsUnknownForOtherWords) {
  for (const std::string_view line : {"", " ", "GET / HTTP/1.1", "ETRN x", "TURN", "SEND FROM:<a>", "XCLIENT", "MAILX",
                                      "\xC5\xBF"
                                      "END",
                                      "START TLS", "STARTTLSX"})
    EXPECT_EQ(ehlo::find_verb(guarded(line)), EHLO_VERB_UNKNOWN) << line;
}

}  // namespace
