// Which word a line begins with, for receivers that are more forgiving than we are.
#include "syntax/line_start.h"

#include <gtest/gtest.h>

#include <string>

#include "support/guarded_octets.h"
#include "syntax/command.h"

namespace {

using support::guarded;
using namespace std::string_view_literals;

constexpr std::string_view kBdat[] = {"BDAT"sv,
                                      "bdat 5"sv,
                                      "BdAtX 5"sv,
                                      " BDAT 5"sv,
                                      "\t \0\x1f"
                                      "BDAT"sv,
                                      "B\0D\0\0AT 5"sv,
                                      "\0BDAT"sv,
                                      "BDAT\t5"sv,
                                      "\rBDAT 5"sv,
                                      "NOOP\nBDAT 5"sv,
                                      "x\r \tbdat 5"sv,
                                      "BDATAUTH"sv};
constexpr std::string_view kNotBdat[] = {""sv,
                                         "BDA"sv,
                                         "BDA T"sv,
                                         "XBDAT"sv,
                                         "NOOP BDAT 5"sv,
                                         "B DAT"sv,
                                         "\x02\x04\x01\x14"sv,
                                         "BDA\nT 5"sv,
                                         "\xC2\xA0"
                                         "BDAT 5"sv,
                                         "bdA4"sv};

TEST(LineStart, FindsTheWordBehindWhiteSpaceAndLineEndsOfOthers) {
  for (const std::string_view line : kBdat) EXPECT_TRUE(ehlo::start_of(guarded(line)).has_bdat()) << line;
  for (const std::string_view line : kNotBdat) EXPECT_FALSE(ehlo::start_of(guarded(line)).has_bdat()) << line;
  EXPECT_TRUE(ehlo::start_of(guarded(" auTH\tPLAIN"sv)).has_auth());
  EXPECT_FALSE(ehlo::start_of(guarded("BDATAUTH"sv)).has_auth());
}

TEST(LineStart, IsTheSameInPieces) {
  for (const std::string_view line : kBdat) {
    ehlo::LineStart start;
    for (std::size_t at = 0; at < line.size(); ++at) start.feed(guarded(line.substr(at, 1)));
    EXPECT_TRUE(start.has_bdat()) << line;
  }
}

// A program that reads command lines without a session has to know that a chunk may follow.
TEST(CommandLine, ThatOthersMayTakeForBdatIsABadChunk) {
  for (const std::string_view line : {"BDAT\t5"sv, " BDAT 5"sv, "B\0DAT 5"sv, "BDATX 5"sv, "BDAT5"sv,
                                      "BDAT 000000000000000000005"sv, "BDAT 5 LAST x"sv}) {
    ehlo::Command command;
    ehlo::Param items[EHLO_PARAMS_MAX];
    ehlo::ParamList params{items, EHLO_PARAMS_MAX, 0, false};
    EXPECT_EQ(ehlo::parse_command(guarded(line), {}, command, params).error, EHLO_E_BAD_CHUNK) << line;
  }
}

}  // namespace
