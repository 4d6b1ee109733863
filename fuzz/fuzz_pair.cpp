// Our client against our server: the octets decide what both programs do and what the network makes of it. What is
// accepted arrives, whole and once, and nobody is lost without an outcome.
#include "support/pair_judge.h"
#include "support/pair_replay.h"
#include "support/require.h"

namespace fuzz {
namespace {

constexpr std::size_t kSeed = 2;

void require_laws(const support::Laws& laws, const support::PairClient& client) {
  if (laws.hold()) return;
  std::fprintf(stderr, "%s\n%s\n", client.port().log().c_str(), printable(client.port().wire()).c_str());
  fail(laws.broken());
}

// The seed stands for the choices behind the last octet.
void run(std::string_view input) {
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < kSeed && i < input.size(); ++i) seed = seed << 8 | static_cast<unsigned char>(input[i]);
  support::Choices choices(seed, input.size() > kSeed ? input.substr(kSeed) : std::string_view{});
  const support::PairPlan plan = support::PairPlanner(choices).draw();
  support::Pair pair(plan, choices);
  pair.run();
  support::PairJudge(plan, pair).judge();
  require_laws(pair.laws(), pair.client());
  if (!plan.drained) return;
  support::PairReplay replay(plan, pair.client(), 1 + seed % 9, static_cast<std::uint32_t>(8 + seed % 30));
  replay.run();
  require_laws(replay.laws(), pair.client());
}

}  // namespace
}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
