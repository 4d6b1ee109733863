// The line framer beside a reference that sees the whole input.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/framed_lines.h"

namespace {

TEST(LineFramerLaw, IsTheReferenceOnRandomInputAtRandomCuts) {
  std::mt19937 random(7);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 40000; ++round) {
    std::string input;
    const std::size_t length = below(60);
    for (std::size_t i = 0; i < length; ++i) {
      switch (below(4)) {
        case 3: input += std::string_view(" B\0DatAuTH", 10).substr(below(5)); break;
        case 0: input += "\r\n"; break;
        case 1: input += "\r\na\0"[below(4)]; break;
        default: input += std::string(below(12), 'x'); break;
      }
    }
    const auto limit = static_cast<std::uint32_t>(below(20) + 2);
    const bool lf_ends = below(2) != 0;
    const std::size_t piece = below(5) == 0 ? 1000 : below(9) + 1;
    ASSERT_EQ(support::framed_lines(input, limit, lf_ends, below(2) != 0, [piece] { return piece; }),
              support::reference_lines(input, limit, lf_ends))
        << support::printable(input) << " limit " << limit << " lf_ends " << lf_ends << " pieces of " << piece;
  }
}

}  // namespace
