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
  ASSERT_EQ(link->transact(*envelope), EHLO_OK);
  link.pump();
  const std::string reply = "550 no\r\n";
  ehlo::ClientEvent events[EHLO_CLIENT_EVENTS_MIN];
  ehlo::ClientBatch batch{events, sizeof(ehlo_client_event), EHLO_CLIENT_EVENTS_MIN, 0, EHLO_OK};
  std::size_t used = link->receive(bytes_of(reply), batch);
  unsigned rounds = 0;
  for (; (link->wants() & EHLO_WANT_EVENTS) != 0; ++rounds) {
    EXPECT_EQ(link->wants() & EHLO_WANT_COMMAND, 0u);
    if (used == reply.size()) break;  // DONE alone is left
    EXPECT_EQ(link->quit(), EHLO_E_STATE);
    EXPECT_EQ(link->mail({}, nullptr, 0), EHLO_E_STATE);
    EXPECT_EQ(link->command(bytes_of("NOOP"), {}, 0), EHLO_E_STATE);
    EXPECT_EQ(link->starttls(), EHLO_E_STATE);
    EXPECT_EQ(link->hello(EHLO_VERB_EHLO), EHLO_E_STATE);
    EXPECT_EQ(link->open(), EHLO_E_STATE);
    used += link->receive(bytes_of(reply.substr(used)), batch);
  }
  EXPECT_GE(rounds, 2u);
  EXPECT_EQ(used, reply.size());
  link->receive({}, batch);
  EXPECT_NE(link->wants() & EHLO_WANT_COMMAND, 0u);
  EXPECT_EQ(link->quit(), EHLO_OK);
}

}  // namespace
