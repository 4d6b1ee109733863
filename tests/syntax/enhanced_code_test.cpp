// Enhanced status codes (RFC 3463 2, RFC 2034 3).
#include "syntax/enhanced_code.h"

#include <gtest/gtest.h>

#include <string>

#include "support/guarded_octets.h"

namespace {

using ehlo::EnhancedCode;
using support::guarded;

TEST(EnhancedCode, IsReadStrictly) {
  // RFC 3463 2: class 2, 4 or 5; subject and detail of one to three digits.
  const struct {
    std::string_view text;
    EnhancedCode code;
  } accepted[] = {{"2.0.0", EHLO_ENHANCED(2, 0, 0)},         {"4.4.2", EHLO_ENHANCED(4, 4, 2)},
                  {"5.7.1", EHLO_ENHANCED(5, 7, 1)},         {"5.10.100", EHLO_ENHANCED(5, 10, 100)},
                  {"5.999.999", EHLO_ENHANCED(5, 999, 999)}, {"4.7.28", EHLO_ENHANCED(4, 7, 28)}};
  for (const auto& row : accepted) {
    const auto code = ehlo::parse_enhanced(guarded(row.text).text());
    ASSERT_TRUE(code.has_value()) << row.text;
    EXPECT_TRUE(*code == row.code) << row.text;
    EXPECT_FALSE(ehlo::parse_enhanced(std::string(row.text) + " ").has_value());
    EXPECT_FALSE(ehlo::parse_enhanced(std::string(row.text) + ".").has_value());
    EXPECT_FALSE(ehlo::parse_enhanced(" " + std::string(row.text)).has_value());
  }
  for (const std::string_view text : {"", "5", "5.", "5.1", "5.1.", "3.1.1", "1.0.0", "6.0.0", "5.01.1", "5.1.01",
                                      "5.1000.1", "5.1.1000", "55.1.1", "5..1", "-5.1.1", "5.1.x"})
    EXPECT_FALSE(ehlo::parse_enhanced(guarded(text).text()).has_value()) << text;
}

TEST(EnhancedCode, LeadsTheTextOfALine) {
  for (const std::string_view text : {"5.1.1", "5.1.1 ", "5.1.1 x", "5.1.1  x"})
    EXPECT_TRUE((ehlo::leading_enhanced(guarded(text)) == EHLO_ENHANCED(5, 1, 1))) << text;
  EXPECT_TRUE((ehlo::leading_enhanced(guarded("5.999.999 x")) == EHLO_ENHANCED(5, 999, 999)));
  EXPECT_TRUE((ehlo::leading_enhanced(guarded("5.999.999")) == EHLO_ENHANCED(5, 999, 999)));
  for (const std::string_view text : {"", " ", " 5.1.1", "5.1.1x", "5.1.1\t", "5.1.1-", "5.1", "5.1.1.1 x", "x 5.1.1",
                                      "5.999.9990", "5.9999.999 x", "xxxxxxxxxxxxxxxxxxxxxxxxxx"})
    EXPECT_EQ(ehlo::leading_enhanced(guarded(text)), EHLO_ENHANCED_NONE) << text;
}

TEST(EnhancedCode, IsANumberOfThree) {
  EXPECT_EQ(EHLO_ENHANCED(5, 1, 2), 5u << 20 | 1u << 10 | 2u);
  EXPECT_EQ(EHLO_ENHANCED(5, 999, 999), 5u << 20 | 999u << 10 | 999u);
  EXPECT_EQ(EHLO_ENHANCED_NONE, 1u);
  EXPECT_FALSE(ehlo::is_enhanced(EHLO_ENHANCED_NONE));
  EXPECT_FALSE(ehlo::is_enhanced(0));
}

TEST(EnhancedCode, AgreesWithAReplyOfItsClass) {
  for (const std::uint32_t code : {200u, 250u, 299u}) EXPECT_TRUE(ehlo::agrees(EHLO_ENHANCED(2, 999, 999), code));
  for (const std::uint32_t code : {199u, 354u, 450u, 550u, 0u})
    EXPECT_FALSE(ehlo::agrees(EHLO_ENHANCED(2, 0, 0), code));
  for (const EnhancedCode code : {EHLO_ENHANCED(3, 0, 0), EHLO_ENHANCED(0, 0, 2), EHLO_ENHANCED(0, 1, 1), 0u})
    EXPECT_FALSE(ehlo::agrees(code, 354)) << code;
  for (const std::uint32_t code : {250u, 354u, 550u}) EXPECT_TRUE(ehlo::agrees(EHLO_ENHANCED_NONE, code));
}

TEST(EnhancedCode, IsOfAClassWhereNothingElseIsKnown) {
  EXPECT_EQ(ehlo::class_of(250), EHLO_ENHANCED(2, 0, 0));
  EXPECT_EQ(ehlo::class_of(451), EHLO_ENHANCED(4, 0, 0));
  EXPECT_EQ(ehlo::class_of(354), EHLO_ENHANCED_NONE);
}

}  // namespace
