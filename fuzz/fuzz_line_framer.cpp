// The line framer against a reference that sees the whole input. Both find the same lines and the same over-long lines,
// however the input is cut, and also if the framer must keep each line once.
//
// Input: octet 0 (bit 0: a bare LF ends a line; the rest: the longest line in pairs of octets, from 2), octet 1 the
// seed of the cuts, then the input.
#include "support/choices.h"
#include "support/framed_lines.h"
#include "support/properties.h"

namespace support {
namespace {

void compare(const std::vector<std::string>& lines, const std::vector<std::string>& expected) {
  static const std::string kNothing = "nothing";
  for (std::size_t i = 0; i < std::max(lines.size(), expected.size()); ++i)
    require_same_text(i < lines.size() ? lines[i] : kNothing, i < expected.size() ? expected[i] : kNothing,
                      "the lines are those of the reference");
}

void run(std::string_view input, std::uint32_t limit, bool lf_ends, std::uint64_t seed) {
  const auto expected = support::reference_lines(input, limit, lf_ends);
  const auto check = [&](bool keep_once, auto next_size) {
    compare(support::framed_lines(input, limit, lf_ends, keep_once, next_size), expected);
  };
  Random random(seed);
  check(false, [&] { return input.size(); });
  check(true, [&] { return input.size(); });
  check(false, [] { return 1; });
  check(true, [&] { return 1 + random.below(random.one_in(3) ? 200 : 9); });
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControl = 2;
  if (size < kControl || size > 2048) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + kControl, size - kControl);
  support::run(input, 2 + (data[0] & 0xFEu), data[0] & 1, data[1]);
  return 0;
}
