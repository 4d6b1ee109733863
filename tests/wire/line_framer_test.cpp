// Finding command lines: CR LF alone ends a line, what is too long is counted and not stored.
#include "wire/line_framer.h"

#include <gtest/gtest.h>

#include <string>

#include "support/guarded.h"

namespace {

using ehlo::LineFramer;
using Result = LineFramer::Result;

LineFramer::Frame next(LineFramer& framer, std::string_view text, std::uint32_t limit = 512, bool lf_ends = false) {
  const support::GuardedBytes bytes(text);
  return framer.next({bytes.data(), bytes.size()}, limit, lf_ends);
}

TEST(LineFramer, FindsALineWithItsEnding) {
  LineFramer framer;
  const auto frame = next(framer, "NOOP\r\nQUIT\r\n");
  EXPECT_EQ(frame.result, Result::line);
  EXPECT_EQ(frame.length, 4u);
  EXPECT_EQ(frame.consumed, 6u);
  EXPECT_FALSE(frame.bare_lf);
}

TEST(LineFramer, FindsAnEmptyLine) {
  LineFramer framer;
  const auto frame = next(framer, "\r\n");
  EXPECT_EQ(frame.result, Result::line);
  EXPECT_EQ(frame.length, 0u);
  EXPECT_EQ(frame.consumed, 2u);
}

TEST(LineFramer, WaitsForTheRestAndConsumesNothing) {
  LineFramer framer;
  for (const std::string_view part : {"", "N", "NOOP", "NOOP\r"}) {
    const auto frame = next(framer, part);
    EXPECT_EQ(frame.result, Result::need_more) << part;
    EXPECT_EQ(frame.consumed, 0u) << part;
  }
  const auto frame = next(framer, "NOOP\r\n");
  EXPECT_EQ(frame.result, Result::line);
  EXPECT_EQ(frame.length, 4u);
}

TEST(LineFramer, EndsNoLineAtABareCrOrLf) {
  LineFramer framer;
  const auto frame = next(framer, "a\rb\nc\r\r\n");
  EXPECT_EQ(frame.result, Result::line);
  EXPECT_EQ(frame.length, 6u);
  EXPECT_TRUE(frame.bare_lf);
}

TEST(LineFramer, EndsALineAtABareLfWhereItIsToldTo) {
  LineFramer framer;
  auto frame = next(framer, "a\nb\r\n", 512, true);
  EXPECT_EQ(frame.result, Result::line);
  EXPECT_EQ(frame.length, 1u);
  EXPECT_EQ(frame.consumed, 2u);
  EXPECT_TRUE(frame.bare_lf);
  frame = next(framer, "b\r\n", 512, true);
  EXPECT_EQ(frame.length, 1u);
  EXPECT_EQ(frame.consumed, 3u);
  EXPECT_FALSE(frame.bare_lf);
}

TEST(LineFramer, GivesBackALine) {
  for (const std::string_view line : {"NOOP\r\n", "NO\nOP\r\n"}) {
    LineFramer framer;
    const auto first = next(framer, line);
    framer.keep(first);
    const auto second = next(framer, line);
    EXPECT_EQ(second.result, Result::line);
    EXPECT_EQ(second.length, first.length);
    EXPECT_EQ(second.consumed, first.consumed);
    EXPECT_EQ(second.bare_lf, first.bare_lf) << line;
  }
}

TEST(LineFramer, TakesALineOfExactlyTheLimit) {
  LineFramer framer;
  EXPECT_EQ(next(framer, "12345678\r\n", 10).result, Result::line);
  EXPECT_EQ(next(framer, "123456789\r\n", 10).result, Result::long_line);
}

TEST(LineFramer, CountsAnOverlongLine) {
  LineFramer framer;
  const std::string text = std::string(100, 'x') + "\r\nNOOP\r\n";
  const auto frame = next(framer, text, 10);
  EXPECT_EQ(frame.result, Result::long_line);
  EXPECT_EQ(frame.total, 102u);
  EXPECT_EQ(frame.consumed, 102u);
  EXPECT_EQ(framer.discarded(), 0u);
}

TEST(LineFramer, DropsAnOverlongLineInPieces) {
  LineFramer framer;
  auto frame = next(framer, std::string(50, 'x'), 10);
  EXPECT_EQ(frame.result, Result::need_more);
  EXPECT_EQ(frame.consumed, 50u);
  EXPECT_EQ(framer.discarded(), 50u);
  // A CR at the cut and its LF after it are one line end.
  frame = next(framer, "y\r", 10);
  EXPECT_EQ(frame.result, Result::need_more);
  std::string rest = std::string("y\r").substr(frame.consumed) + "\nNOOP\r\n";
  frame = next(framer, rest, 10);
  EXPECT_EQ(frame.result, Result::long_line);
  EXPECT_EQ(frame.total, 53u);
  rest.erase(0, frame.consumed);
  EXPECT_EQ(rest, "NOOP\r\n");
}

}  // namespace
