// Events that did not fit the array: what may be called while they wait.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

// What the server has said is not known in full until then. The outcomes of one reply fill the array several times.
TEST(WaitingEvents, HoldCommandsBackUntilTheyHaveBeenTaken) {
  const TestEnvelope envelope("a@c.test", std::vector<std::string>(20, "b@mx.test"));
  ClientLink link(client_options());
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250-mx.test\r\n250 STARTTLS\r\n");
  ASSERT_EQ(link->submit(*envelope), Error::none);
  link.pump();
  const std::string reply = "550 no\r\n";
  ehlo::ClientEvent events[ehlo::kClientEventsPerStep];
  ehlo::ClientBatch batch{events, ehlo::kClientEventsPerStep, 0, Error::none, 0};
  std::size_t used = link->receive(bytes_of(reply), batch);
  unsigned rounds = 0;
  for (; (link->wants() & ehlo::kClientWantEvents) != 0; ++rounds) {
    EXPECT_EQ(link->wants() & ehlo::kClientWantCommand, 0u);
    if (used == reply.size()) break;  // DONE alone is left
    EXPECT_EQ(link->quit(), Error::state);
    EXPECT_EQ(link->mail({}, nullptr, 0), Error::state);
    EXPECT_EQ(link->query(Verb::noop, {}, false), Error::state);
    EXPECT_EQ(link->starttls(), Error::state);
    EXPECT_EQ(link->hello(Verb::ehlo), Error::state);
    EXPECT_EQ(link->open(), Error::state);
    used += link->receive(bytes_of(reply.substr(used)), batch);
  }
  EXPECT_GE(rounds, 2u);
  EXPECT_EQ(used, reply.size());
  link->receive({}, batch);
  EXPECT_NE(link->wants() & ehlo::kClientWantCommand, 0u);
  EXPECT_EQ(link->quit(), Error::none);
}

}  // namespace
