// What the pair harness has found, each by its behaviour.
#include <gtest/gtest.h>

#include "support/envelopes.h"
#include "support/pair_check.h"

namespace {

using namespace support;

ehlo_client_options options_with(std::uint32_t flags) {
  ehlo_client_options options = capi_client_options();
  options.flags = flags;
  options.command_octets = 2048;
  return options;
}

// A client session that a test speaks for both programs of.
class Dialogue {
 public:
  explicit Dialogue(std::uint32_t flags = 0) : made_(options_with(flags), nullptr), port_(made_.made.get()) {}

  ehlo_client* client() const { return port_.get(); }
  CPort& port() { return port_; }

  void hear(std::string_view octets, std::size_t piece = SIZE_MAX) {
    for (std::size_t at = 0; at == 0 || at < octets.size(); at += std::min(piece, octets.size() + 1)) {
      port_.show(octets.substr(at, piece));
      do port_.receive(EHLO_CLIENT_EVENTS_MIN);
      while (port_.must_receive());
    }
  }
  std::string say() {
    std::string all;
    while (port_.wants() & EHLO_WANT_OUTPUT) all += port_.output(4096);
    return all;
  }
  void greet(std::string_view extensions) {
    EXPECT_EQ(ehlo_client_open(client()), EHLO_OK);
    hear("220 mx.test\r\n");
    say();
    hear(extensions.empty() ? "250 mx.test\r\n" : "250-mx.test\r\n250-" + std::string(extensions) + "\r\n250 HELP\r\n");
  }
  void transact(std::uint32_t recipients) {
    ehlo_envelope* const envelope = envelopes_.emplace_back(capi_envelope("a@c.test")).get();
    for (std::uint32_t i = 0; i < recipients; ++i) {
      const std::string address = "recipient-number-" + std::to_string(i) + "@mx.test";
      EXPECT_EQ(ehlo_envelope_add(envelope, address.data(), address.size(), nullptr, 0), EHLO_OK);
    }
    EXPECT_EQ(ehlo_client_transact(client(), envelope), EHLO_OK);
    port_.expect(ehlo_client_transaction(client()), recipients);
  }
  void give(std::string_view content, bool last = true) {
    if (last) port_.note_content_end(ehlo_client_transaction(client()));
    EXPECT_EQ(port_.body(content, last, false, EHLO_SPANS_MIN).error, EHLO_OK);
  }

 private:
  std::vector<CEnvelope> envelopes_;
  CClient::Made made_;
  CPort port_;
};

// Without PIPELINING the second waits for the first.
TEST(PairRegressions, SubmissionThatWaitsForItsTurnHasItsOutcomesWhenTheConnectionIsLost) {
  Dialogue dialogue;
  dialogue.greet("");
  dialogue.transact(1);
  for (const std::string_view reply : {"250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) dialogue.say(), dialogue.hear(reply);
  dialogue.give("x\r\n");
  dialogue.transact(2);
  EXPECT_EQ(dialogue.say(), "");
  ehlo_client_eof(dialogue.client());
  dialogue.hear("");
  dialogue.port().check_end();
  const auto& outcomes = dialogue.port().outcomes();
  ASSERT_EQ(outcomes.count(2), 1u);
  for (const auto& [index, outcome] : outcomes.at(2)) {
    EXPECT_EQ(outcome.verdict, EHLO_VERDICT_RETRY);
    EXPECT_EQ(outcome.scope, EHLO_SCOPE_CONNECTION);
    EXPECT_EQ(outcome.error, EHLO_E_CONNECTION_LOST);
  }
}

TEST(PairRegressions, SubmissionWritesTheSameHoweverARefusalIsCut) {
  std::string wire[2];
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}}) {
    Dialogue dialogue;
    dialogue.greet("PIPELINING");
    dialogue.transact(90);
    // All that there is room for, to the last octet of the capacity.
    for (int i = 0; i < 10; ++i) dialogue.port().output(100);
    dialogue.hear("550 no\r\n", piece);
    dialogue.say();
    wire[piece == 1] = dialogue.port().wire();
  }
  EXPECT_EQ(wire[0], wire[1]);
}

// The last chunk is under way when the one before it is refused.
TEST(PairRegressions, RefusedChunkIsClearedByOneRsetHoweverTheRefusalsAreCut) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{8}, std::size_t{100}}) {
    Dialogue dialogue(EHLO_CLIENT_FLAG_CHUNKING);
    dialogue.greet("PIPELINING\r\n250-CHUNKING");
    dialogue.transact(1);
    dialogue.say();
    dialogue.hear("250 ok\r\n250 ok\r\n");
    dialogue.give("abc", false);
    dialogue.give("def", true);
    const std::size_t before = dialogue.port().wire().size();
    dialogue.hear("554 no\r\n503 no\r\n", piece);
    dialogue.say();
    EXPECT_EQ(dialogue.port().wire().substr(before), "RSET\r\n") << "pieces of " << piece;
    dialogue.hear("250 ok\r\n");
    EXPECT_TRUE(dialogue.port().done(1));
    dialogue.transact(1);
    EXPECT_EQ(dialogue.say().substr(0, 4), "MAIL") << "pieces of " << piece;
  }
}

TEST(PairRegressions, RsetSaidBehindTheLastChunkClearsARefusedOne) {
  Dialogue dialogue;
  dialogue.greet("PIPELINING\r\n250-CHUNKING");
  ehlo_client* const client = dialogue.client();
  ASSERT_EQ(ehlo_client_mail(client, "a@c.test", 8, nullptr, 0), EHLO_OK);
  ASSERT_EQ(ehlo_client_rcpt(client, "b@mx.test", 9, nullptr, 0), EHLO_OK);
  dialogue.port().expect(1, 1);
  dialogue.say();
  dialogue.hear("250 ok\r\n250 ok\r\n");
  for (const int last : {0, 1}) {
    ASSERT_EQ(ehlo_client_bdat(client, "abc", 3, last, nullptr), EHLO_OK);
    dialogue.say();
  }
  dialogue.hear("554 no\r\n");
  ASSERT_EQ(ehlo_client_rset(client), EHLO_OK);
  dialogue.say();
  dialogue.hear("503 no\r\n250 ok\r\n");
  EXPECT_TRUE(dialogue.port().wants() & EHLO_WANT_COMMAND);
  EXPECT_EQ(ehlo_client_mail(client, "a@c.test", 8, nullptr, 0), EHLO_OK);
}

}  // namespace
