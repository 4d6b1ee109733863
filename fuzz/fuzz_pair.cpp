// Our client against our server: the octets of the input decide what both programs do, and how the network cuts and
// delays. An accepted message arrives complete and once, and every recipient has an outcome.
#include "support/pair_check.h"
#include "support/pair_replay.h"
#include "support/properties.h"

namespace support {
namespace {

constexpr std::size_t kSeed = 2;

template <class Run>
void require_properties(const PairClient& client, Run run) {
  const std::string broken = broken_property(run);
  if (broken.empty()) return;
  std::fprintf(stderr, "%s\n%s\n", client.port().record().c_str(), printable(client.port().wire()).c_str());
  fail(broken);
}

// The seed makes the choices after the last octet of the input.
void run(std::string_view input) {
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < kSeed && i < input.size(); ++i) seed = seed << 8 | static_cast<unsigned char>(input[i]);
  Choices choices(seed, input.size() > kSeed ? input.substr(kSeed) : std::string_view{});
  const PairPlan plan = PairPlanner(choices).draw();
  Pair pair(plan, choices);
  require_properties(pair.client(), [&] {
    pair.run();
    PairCheck(plan, pair).check();
  });
  if (!plan.drained) return;
  PairReplay replay(plan, pair.client(), 1 + seed % 9, static_cast<std::uint32_t>(8 + seed % 30));
  require_properties(pair.client(), [&] { replay.run(); });
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  support::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
