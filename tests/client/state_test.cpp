// The table of the client's states: each edge names its standard, and every state can be reached and left.
#include "client/state.h"

#include <gtest/gtest.h>

#include <set>

namespace {

using ehlo::ClientInput;
using ehlo::ClientState;

ClientState state(std::size_t i) { return static_cast<ClientState>(i); }
ClientInput input(std::size_t i) { return static_cast<ClientInput>(i); }

TEST(ClientStates, AreAllReachedAndLeft) {
  std::set<std::size_t> reached{static_cast<std::size_t>(ClientState::connected)};
  for (bool more = true; more;) {
    more = false;
    for (const std::size_t from : std::set(reached))
      for (std::size_t on = 0; on < ehlo::kClientInputs; ++on)
        if (is_legal(state(from), input(on)))
          more |= reached.insert(static_cast<std::size_t>(next_state(state(from), input(on)))).second;
  }
  EXPECT_EQ(reached.size(), ehlo::kClientStates);
  for (std::size_t from = 0; from < ehlo::kClientStates; ++from)
    EXPECT_EQ(next_state(state(from), ClientInput::end), ClientState::closed) << from;
}

TEST(ClientStates, NameTheirSource) {
  for (const ehlo::ClientEdge& edge : ehlo::kClientEdges) EXPECT_TRUE(edge.spec.starts_with("RFC ")) << edge.spec;
}

// RFC 5321 4.1.4: what a command needs before it.
TEST(ClientStates, LetNoCommandOutOfOrder) {
  const struct {
    ClientInput on;
    std::set<ClientState> from;
  } rows[] = {{ClientInput::mail, {ClientState::ready}},
              {ClientInput::rcpt, {ClientState::mail_sent, ClientState::rcpt_sent}},
              {ClientInput::data, {ClientState::rcpt_sent}},
              {ClientInput::chunk, {ClientState::rcpt_sent, ClientState::chunking}},
              {ClientInput::last_chunk, {ClientState::rcpt_sent, ClientState::chunking}},
              {ClientInput::end_of_data, {ClientState::content}},
              {ClientInput::go_ahead, {ClientState::data_sent}},
              {ClientInput::auth, {ClientState::ready}},
              {ClientInput::starttls, {ClientState::ready}},
              {ClientInput::between_transactions, {ClientState::ready}},
              {ClientInput::in_transaction,
               {ClientState::ready, ClientState::mail_sent, ClientState::rcpt_sent, ClientState::chunking,
                ClientState::transaction_failed}},
              {ClientInput::tls_started, {ClientState::tls_pending}}};
  for (const auto& row : rows)
    for (std::size_t from = 0; from < ehlo::kClientStates; ++from)
      EXPECT_EQ(is_legal(state(from), row.on), row.from.count(state(from)) == 1)
          << static_cast<int>(row.on) << " from " << from;
}

// A refused greeting leaves QUIT, and nothing leaves while a reply decides what comes next.
TEST(ClientStates, WaitWhereAReplyDecides) {
  const ClientInput commands[] = {ClientInput::hello,
                                  ClientInput::mail,
                                  ClientInput::rcpt,
                                  ClientInput::data,
                                  ClientInput::chunk,
                                  ClientInput::last_chunk,
                                  ClientInput::reset,
                                  ClientInput::any_time,
                                  ClientInput::in_transaction,
                                  ClientInput::between_transactions,
                                  ClientInput::auth,
                                  ClientInput::starttls,
                                  ClientInput::quit};
  for (const ClientState waiting : {ClientState::connected, ClientState::hello_sent, ClientState::data_sent,
                                    ClientState::content, ClientState::authenticating, ClientState::starttls_sent,
                                    ClientState::tls_pending, ClientState::quit_sent, ClientState::closed})
    for (const ClientInput command : commands) EXPECT_FALSE(is_legal(waiting, command)) << static_cast<int>(waiting);
  for (const ClientInput command : commands)
    EXPECT_EQ(is_legal(ClientState::refused, command), command == ClientInput::quit) << static_cast<int>(command);
}

}  // namespace
