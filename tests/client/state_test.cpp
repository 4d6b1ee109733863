// The table of the client's states: what it says is said by the standards, and nothing is missing.
#include "client/state.h"

#include <gtest/gtest.h>

#include <set>

namespace {

using ehlo::ClientState;
using ehlo::Step;

ClientState state(std::size_t i) { return static_cast<ClientState>(i); }
Step step(std::size_t i) { return static_cast<Step>(i); }

TEST(ClientStates, AreAllReachedAndLeft) {
  std::set<std::size_t> reached{static_cast<std::size_t>(ClientState::connected)};
  for (bool more = true; more;) {
    more = false;
    for (const std::size_t from : std::set(reached))
      for (std::size_t on = 0; on < ehlo::kSteps; ++on)
        if (is_legal(state(from), step(on)))
          more |= reached.insert(static_cast<std::size_t>(next_state(state(from), step(on)))).second;
  }
  EXPECT_EQ(reached.size(), ehlo::kClientStates);
  for (std::size_t from = 0; from < ehlo::kClientStates; ++from)
    EXPECT_EQ(next_state(state(from), Step::end), ClientState::closed) << from;
}

TEST(ClientStates, NameTheirSource) {
  for (const ehlo::ClientEdge& edge : ehlo::kClientEdges) EXPECT_TRUE(edge.spec.starts_with("RFC ")) << edge.spec;
}

// RFC 5321 4.1.4: what a command needs before it.
TEST(ClientStates, LetNoCommandOutOfOrder) {
  const struct {
    Step step;
    std::set<ClientState> from;
  } rows[] = {{Step::mail, {ClientState::ready}},
              {Step::rcpt, {ClientState::mail_sent, ClientState::rcpt_sent}},
              {Step::data, {ClientState::rcpt_sent}},
              {Step::chunk, {ClientState::rcpt_sent, ClientState::chunking}},
              {Step::last_chunk, {ClientState::rcpt_sent, ClientState::chunking}},
              {Step::end_of_data, {ClientState::content}},
              {Step::go_ahead, {ClientState::data_sent}},
              {Step::auth, {ClientState::ready}},
              {Step::starttls, {ClientState::ready}},
              {Step::tls_started, {ClientState::tls_pending}}};
  for (const auto& row : rows)
    for (std::size_t from = 0; from < ehlo::kClientStates; ++from)
      EXPECT_EQ(is_legal(state(from), row.step), row.from.count(state(from)) == 1)
          << static_cast<int>(row.step) << " from " << from;
}

// A refused greeting leaves QUIT, and nothing leaves while a reply decides what comes next.
TEST(ClientStates, WaitWhereAReplyDecides) {
  const Step commands[] = {Step::hello, Step::mail,  Step::rcpt, Step::data,     Step::chunk, Step::last_chunk,
                           Step::reset, Step::query, Step::auth, Step::starttls, Step::quit};
  for (const ClientState waiting : {ClientState::connected, ClientState::saying_hello, ClientState::data_sent,
                                    ClientState::content, ClientState::authenticating, ClientState::securing,
                                    ClientState::tls_pending, ClientState::quitting, ClientState::closed})
    for (const Step command : commands) EXPECT_FALSE(is_legal(waiting, command)) << static_cast<int>(waiting);
  for (const Step command : commands)
    EXPECT_EQ(is_legal(ClientState::refused, command), command == Step::quit) << static_cast<int>(command);
}

}  // namespace
