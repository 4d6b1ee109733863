// The places of transactions: two may be open at a time, and they end in the order in which they began.
#include "client/transactions.h"

#include <gtest/gtest.h>

namespace {

using ehlo::ClientState;
using ehlo::Expect;
using ehlo::kNoSlot;
using ehlo::PendingReplies;
using ehlo::Transactions;

struct ClientTransactions : testing::Test {
  ClientTransactions() { transactions.set_room(bits, 1); }
  void begin(std::uint32_t recipients) { transactions.begin(transactions.new_number(), recipients); }
  std::uint8_t next_over() const { return transactions.next_over(awaited, state); }

  ehlo::Octet bits[Transactions::kSlots]{};
  Transactions transactions;
  PendingReplies awaited;
  ClientState state = ClientState::ready;
};

TEST_F(ClientTransactions, AreTwoAtMost) {
  EXPECT_EQ(transactions.current().number, 0u);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(transactions.can_begin());
    begin(1);
  }
  EXPECT_EQ(transactions.current().number, 2u);
  EXPECT_FALSE(transactions.can_begin());
}

TEST_F(ClientTransactions, WaitBehindOneThatUsesChunks) {
  begin(1);
  transactions.current().chunked = true;
  EXPECT_FALSE(transactions.can_begin());
}

TEST_F(ClientTransactions, EndInTheOrderInWhichTheyBegan) {
  begin(0);
  const std::uint8_t older = transactions.current_slot();
  begin(0);
  const std::uint8_t younger = transactions.current_slot();
  transactions.at(younger).closed = true;
  EXPECT_EQ(next_over(), kNoSlot);
  transactions.at(older).closed = true;
  EXPECT_EQ(next_over(), older);
  transactions.at(older).number = 0;
  EXPECT_EQ(next_over(), younger);
}

TEST_F(ClientTransactions, AreNotOverWhileAReplyOrAnOutcomeIsMissing) {
  begin(1);
  transactions.current().closed = true;
  EXPECT_EQ(next_over(), kNoSlot);
  transactions.current().mark_decided(0);
  awaited.push({Expect::result, transactions.current_slot(), EHLO_VERB_DATA, false, 1});
  EXPECT_EQ(next_over(), kNoSlot);
  awaited.pop();
  EXPECT_EQ(next_over(), transactions.current_slot());
}

// It is over after the RSET, so that DONE says that the next one may begin.
TEST_F(ClientTransactions, OfAnEnvelopeAreNotOverBeforeTheSessionIsReady) {
  begin(0);
  transactions.current().closed = transactions.current().of_envelope = true;
  state = ClientState::transaction_failed;
  EXPECT_EQ(next_over(), kNoSlot);
  state = ClientState::ready;
  EXPECT_EQ(next_over(), transactions.current_slot());
}

}  // namespace
