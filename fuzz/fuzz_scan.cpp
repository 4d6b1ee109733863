// The structural scanners (scalar, SSE2, AVX2) against a definition that reads octet by octet: from any octet of the
// text, at any alignment. The text ends at an inaccessible page, so that reading after it fails.
//
// Input: octet 0 is the seed of the begin of the scan, of the room for spans and octets, and of the longest line; the
// rest is the text.
#include "support/choices.h"
#include "support/exact_copy.h"
#include "support/guarded.h"
#include "support/properties.h"
#include "support/scanner_check.h"

namespace support {
namespace {

void check(ehlo::Bytes text, const support::Scan& scan, std::size_t capacity) {
  for (const ehlo::Scanner* scanner : support::scanners()) {
    const std::string error = support::check_scanner(*scanner, text, scan, capacity);
    require(error.empty(), error);
  }
}

void run(std::string_view text, std::uint64_t seed) {
  Random random(seed);
  support::GuardedBytes guarded(text);
  // Here reading before the text fails too.
  const ExactCopy exact(text);
  for (unsigned round = 0; round < 8; ++round) {
    support::Scan scan{1 + random.below(random.one_in(2) ? text.size() - 1 : 1)};
    if (random.one_in(3)) scan.room = static_cast<std::uint32_t>(random.below(16));
    if (random.one_in(2)) scan.longest = ehlo::kBlock + random.below(400);
    if (random.one_in(2)) scan.open = random.below(ehlo::kBlock);
    const std::size_t capacity = random.below(random.one_in(2) ? 2 * text.size() : 100 * text.size());
    check({guarded.data(), guarded.size()}, scan, capacity);
    check(ehlo::bytes_of(exact.view()), scan, capacity);
  }
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  support::run({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0]);
  return 0;
}
