// Verbs: the first word of a line, in any case (RFC 5321 2.4, 4.1.1).
#include "syntax/verb.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using ehlo::Verb;
using support::guarded;

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

TEST(Verb, IsFoundInAnyCase) {
  for (const ehlo_verb_row& row : ehlo::kVerbRows) {
    const std::string_view name = row.name;
    const Verb verb = row.id;
    std::string lower, mixed;
    for (const char c : name) {
      lower += fold(c);
      mixed += mixed.size() % 2 ? c : fold(c);
    }
    EXPECT_EQ(ehlo::find_verb(guarded(name)), verb) << name;
    EXPECT_EQ(ehlo::find_verb(guarded(lower)), verb) << lower;
    EXPECT_EQ(ehlo::find_verb(guarded(mixed)), verb) << mixed;
    EXPECT_EQ(ehlo::find_verb(guarded(lower + " x")), verb);
    EXPECT_EQ(ehlo::verb_name(verb), name);
  }
  EXPECT_STREQ(ehlo::verb_name(EHLO_VERB_UNKNOWN), "?");
}

TEST(Verb, IsUnknownWithOneOctetMoreOrLessOrChanged) {
  for (const ehlo_verb_row& row : ehlo::kVerbRows) {
    const std::string_view name = row.name;
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
  for (const std::string_view line : {"", " ", "GET / HTTP/1.1", "XFOO x", "XFOO", "XFOOBARS", "XFOO FROM:<a>", "MAILX",
                                      "\xC5\xBF"
                                      "END",
                                      "START TLS", "STARTTLSX"})
    EXPECT_EQ(ehlo::find_verb(guarded(line)), EHLO_VERB_UNKNOWN) << line;
}

}  // namespace
