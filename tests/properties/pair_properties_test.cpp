// Our client against our server, in thousands of runs: what is accepted arrives, whole and once, and nobody is lost.
#include <gtest/gtest.h>

#include "support/dot_lines.h"
#include "support/pair_check.h"
#include "support/pair_replay.h"

namespace {

using namespace support;

std::string facts(const PairPlan& plan, const Pair& pair) {
  return "fault " + std::to_string(static_cast<int>(plan.fault)) + " at " + std::to_string(plan.fault_at) +
         (plan.server.protocol ? " lmtp" : " smtp") + " endings " + std::to_string(plan.client.data_endings) +
         std::to_string(plan.server.data_endings) + "\n" + pair.client().port().record() +
         printable(pair.client().port().wire()) + "\n" + printable(pair.server().wire());
}

std::string broken_by(const PairPlan& plan, Pair& pair) {
  return broken_property([&] {
    pair.run();
    PairCheck(plan, pair).check();
  });
}

struct Counts {
  std::size_t letters = 0, stored = 0, refused = 0, unknown = 0, faults = 0;

  void add(const Pair& pair) {
    letters += pair.client().sendings().size();
    faults += !pair.faultless();
    for (const Fate& fate : pair.server().fates()) stored += !fate.stored.empty();
    for (const auto& [transaction, outcomes] : pair.client().port().outcomes())
      for (const auto& [index, outcome] : outcomes) {
        refused += outcome.code >= 400;
        unknown += outcome.verdict == EHLO_VERDICT_UNKNOWN;
      }
  }
};

TEST(PairLaw, WhatIsAcceptedArrivesAndNobodyIsLost) {
  Counts counts;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    Choices choices(seed);
    const PairPlan plan = PairPlanner(choices).draw();
    Pair pair(plan, choices);
    ASSERT_EQ(broken_by(plan, pair), "") << "seed " << seed << "\n" << facts(plan, pair);
    counts.add(pair);
  }
  // The runs are worth something.
  EXPECT_GT(counts.stored, counts.letters / 3);
  EXPECT_GT(counts.refused, 1000u);
  EXPECT_GT(counts.unknown, 100u);
  EXPECT_GT(counts.faults, 1000u);
}

TEST(PairLaw, EventsAndOutputDoNotDependOnHowRepliesAreCut) {
  for (std::uint64_t seed = 100000; seed < 101000; ++seed) {
    Choices choices(seed);
    PairPlan plan = PairPlanner(choices).draw();
    plan.drained = true;
    Pair pair(plan, choices);
    ASSERT_EQ(broken_property([&] { pair.run(); }), "") << "seed " << seed;
    for (const std::size_t piece : {std::size_t{0}, std::size_t{1}, std::size_t{2 + seed % 7}}) {
      PairReplay replay(plan, pair.client(), piece, piece == 1 ? EHLO_CLIENT_EVENTS_MIN : 9 + seed % 40);
      ASSERT_EQ(broken_property([&] { replay.run(); }), "") << "seed " << seed << " pieces of " << piece << "\n"
                                                            << replay.port().record() << facts(plan, pair);
    }
  }
}

// Nothing stands between a body and the server but the rules for line ends.
PairPlan plain_plan(Choices& choices, std::uint32_t endings) {
  PairPlan plan = PairPlanner(choices).draw();
  plan.fault = PairFault::none;
  plan.refusals = 0;
  plan.refuses_ehlo = plan.tls = plan.auth = false;
  plan.server.max_message_octets = 0;
  plan.server.max_recipients = 1000;
  plan.server.flags = EHLO_SERVER_FLAG_BELOW_MINIMUM;
  plan.client.flags &= ~EHLO_CLIENT_FLAG_REQUIRE_TLS;
  // The octets of a chunk are announced, so none is repaired.
  if (endings == EHLO_ENDING_NORMALIZE) plan.client.flags &= ~EHLO_CLIENT_FLAG_CHUNKING;
  plan.client.data_endings = endings;
  plan.server.data_endings = endings == EHLO_ENDING_ACCEPT ? EHLO_ENDING_ACCEPT : EHLO_ENDING_REJECT;
  for (Letter& letter : plan.letters) {
    letter.content = random_content(choices, endings == EHLO_ENDING_REJECT);
    letter.size = 0;
  }
  return plan;
}

// What no repair of line ends makes good.
bool has_dot_behind_nul(const PairPlan& plan) {
  for (const Letter& letter : plan.letters)
    for (const support::DotLine& line : support::dot_lines(letter.content))
      if (line.at > 0 && letter.content[line.at - 1] == '\0') return true;
  return false;
}

class Smuggling : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Smuggling, AsManyMessagesArriveAsWereGiven) {
  std::size_t stored = 0;
  for (std::uint64_t seed = 200000; seed < 202400; ++seed) {
    Choices choices(seed);
    const PairPlan plan = plain_plan(choices, GetParam());
    Pair pair(plan, choices);
    ASSERT_EQ(broken_by(plan, pair), "") << "seed " << seed << "\n" << facts(plan, pair);
    ASSERT_TRUE(pair.faultless() || pair.client().gave_up());
    ASSERT_TRUE(!pair.client().gave_up() || GetParam() != EHLO_ENDING_NORMALIZE || has_dot_behind_nul(plan));
    std::size_t given = 0, taken = 0;
    for (const Sending& sending : pair.client().sendings()) given += sending.content_ended;
    for (const Fate& fate : pair.server().fates()) taken += !fate.stored.empty();
    ASSERT_TRUE(taken == given || (pair.client().gave_up() && taken < given)) << "seed " << seed;
    stored += taken;
  }
  EXPECT_GT(stored, 2000u);
}

std::string name_of(const testing::TestParamInfo<std::uint32_t>& endings) {
  static constexpr const char* kNames[] = {"Rejecting", "Repairing", "Accepting"};
  return kNames[endings.param];
}
INSTANTIATE_TEST_SUITE_P(PairLaw, Smuggling,
                         testing::Values(EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT), name_of);

}  // namespace
