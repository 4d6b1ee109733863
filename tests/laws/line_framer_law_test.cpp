// The line framer beside a reference that sees the whole input.
#include "wire/line_framer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/event_text.h"
#include "support/guarded.h"

namespace {

using ehlo::LineFramer;
using support::printable;

// "line", "line LF" (with a bare LF in it or at its end), or "long octets".
std::vector<std::string> reference(std::string_view input, std::size_t limit, bool lf_ends) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < input.size(); ++at) {
    const bool crlf = input[at] == '\n' && at > begin && input[at - 1] == '\r';
    if (!crlf && !(lf_ends && input[at] == '\n')) continue;
    const std::string_view line = input.substr(begin, at - begin - (crlf ? 1 : 0));
    const std::size_t total = at + 1 - begin;
    if (total > limit) {
      lines.push_back("long " + std::to_string(total));
    } else {
      const bool bare_lf = !crlf || line.find('\n') != std::string_view::npos;
      lines.push_back("'" + printable(line) + "'" + (bare_lf ? " LF" : ""));
    }
    begin = at + 1;
  }
  return lines;
}

std::vector<std::string> frame(std::string_view input, std::uint32_t limit, bool lf_ends, std::size_t piece,
                               bool keep_once) {
  thread_local support::GuardedBytes shown;
  LineFramer framer;
  std::vector<std::string> lines;
  std::string tail;
  std::size_t given = 0;
  bool kept = false;
  for (;;) {
    shown.assign(tail);
    const LineFramer::Frame found = framer.next({shown.data(), shown.size()}, limit, lf_ends);
    EXPECT_LE(found.consumed, tail.size());
    if (found.result == LineFramer::Result::need_more) {
      tail.erase(0, found.consumed);
      EXPECT_LT(tail.size(), limit) << "a full buffer must make progress";
      if (given == input.size()) return lines;
      const std::size_t size = std::min(piece, input.size() - given);
      tail += input.substr(given, size);
      given += size;
      continue;
    }
    if (found.result == LineFramer::Result::long_line) {
      lines.push_back("long " + std::to_string(found.total));
    } else if (keep_once && !kept) {
      // A line that is given back is found again as it was.
      framer.keep(found);
      kept = true;
      continue;
    } else {
      lines.push_back("'" + printable(tail.substr(0, found.length)) + "'" + (found.bare_lf ? " LF" : ""));
    }
    kept = false;
    tail.erase(0, found.consumed);
  }
}

TEST(LineFramerLaw, IsTheReferenceOnRandomInputAtRandomCuts) {
  std::mt19937 random(7);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 40000; ++round) {
    std::string input;
    const std::size_t length = below(60);
    for (std::size_t i = 0; i < length; ++i) {
      switch (below(3)) {
        case 0: input += "\r\n"; break;
        case 1: input += "\r\na\0"[below(4)]; break;
        default: input += std::string(below(12), 'x'); break;
      }
    }
    const auto limit = static_cast<std::uint32_t>(below(20) + 2);
    const bool lf_ends = below(2) != 0;
    const std::size_t piece = below(5) == 0 ? 1000 : below(9) + 1;
    ASSERT_EQ(frame(input, limit, lf_ends, piece, below(2) != 0), reference(input, limit, lf_ends))
        << printable(input) << " limit " << limit << " lf_ends " << lf_ends << " pieces of " << piece;
  }
}

}  // namespace
