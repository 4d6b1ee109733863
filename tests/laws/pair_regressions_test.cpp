// What the pair harness has found, each by its behaviour.
#include <gtest/gtest.h>

#include "support/pair_judge.h"

namespace {

using namespace support;

// A client session that a test speaks for both programs of.
class Dialogue {
 public:
  explicit Dialogue(std::uint32_t flags = 0) {
    ehlo_client_options options;
    ehlo_client_options_init(&options, sizeof options);
    options.hostname = "c.test";
    options.flags = flags;
    options.command_octets = 2048;
    config_ = ehlo_client_config_new(&options, nullptr, nullptr);
    port_ = std::make_unique<ClientPort>(ehlo_client_new(config_, nullptr), laws_);
  }
  ~Dialogue() {
    port_.reset();
    ehlo_client_config_free(config_);
    for (ehlo_envelope* envelope : envelopes_) ehlo_envelope_free(envelope);
  }
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  ehlo_client* client() const { return port_->get(); }
  ClientPort& port() { return *port_; }
  const Laws& laws() const { return laws_; }

  void hear(std::string_view octets, std::size_t piece = SIZE_MAX) {
    for (std::size_t at = 0; at == 0 || at < octets.size(); at += std::min(piece, octets.size() + 1)) {
      port_->show(octets.substr(at, piece));
      do port_->receive(EHLO_CLIENT_EVENTS_MIN);
      while (port_->must_receive());
    }
  }
  std::string say() {
    std::string all;
    while (port_->wants() & EHLO_WANT_OUTPUT) all += port_->output(4096);
    return all;
  }
  void greet(std::string_view extensions) {
    EXPECT_EQ(ehlo_client_open(client()), EHLO_OK);
    hear("220 mx.test\r\n");
    say();
    hear(extensions.empty() ? "250 mx.test\r\n" : "250-mx.test\r\n250-" + std::string(extensions) + "\r\n250 HELP\r\n");
  }
  void submit(std::uint32_t recipients) {
    ehlo_envelope_options options;
    ehlo_envelope_options_init(&options, sizeof options);
    options.sender = "a@c.test";
    options.sender_length = 8;
    ehlo_envelope* envelope = ehlo_envelope_new(&options, nullptr, nullptr);
    envelopes_.push_back(envelope);
    for (std::uint32_t i = 0; i < recipients; ++i) {
      const std::string address = "recipient-number-" + std::to_string(i) + "@mx.test";
      EXPECT_EQ(ehlo_envelope_add(envelope, address.data(), address.size(), nullptr, 0), EHLO_OK);
    }
    EXPECT_EQ(ehlo_client_submit(client(), envelope), EHLO_OK);
    port_->expect(ehlo_client_transaction(client()), recipients);
  }
  void give(std::string_view content, bool last = true) {
    if (last) port_->note_content_end(ehlo_client_transaction(client()));
    EXPECT_EQ(port_->body(content, last, false, EHLO_SPANS_MIN).error, EHLO_OK);
  }

 private:
  Laws laws_;
  ehlo_client_config* config_ = nullptr;
  std::unique_ptr<ClientPort> port_;
  std::vector<ehlo_envelope*> envelopes_;
};

// Without PIPELINING the second waits for the first.
TEST(PairRegressions, SubmissionThatWaitsForItsTurnHasItsOutcomesWhenTheConnectionIsLost) {
  Dialogue dialogue;
  dialogue.greet("");
  dialogue.submit(1);
  for (const std::string_view reply : {"250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) dialogue.say(), dialogue.hear(reply);
  dialogue.give("x\r\n");
  dialogue.submit(2);
  EXPECT_EQ(dialogue.say(), "");
  ehlo_client_eof(dialogue.client());
  dialogue.hear("");
  dialogue.port().check_end();
  EXPECT_TRUE(dialogue.laws().hold()) << dialogue.laws().broken();
  const auto& outcomes = dialogue.port().outcomes();
  ASSERT_EQ(outcomes.count(2), 1u);
  for (const auto& [index, outcome] : outcomes.at(2)) {
    EXPECT_EQ(outcome.verdict, static_cast<std::uint32_t>(EHLO_VERDICT_RETRY));
    EXPECT_EQ(outcome.scope, static_cast<std::uint32_t>(EHLO_ABOUT_CONNECTION));
    EXPECT_EQ(outcome.error, EHLO_E_CONNECTION_LOST);
  }
}

TEST(PairRegressions, SubmissionWritesTheSameHoweverARefusalIsCut) {
  std::string wire[2];
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}}) {
    Dialogue dialogue;
    dialogue.greet("PIPELINING");
    dialogue.submit(90);
    // All that there is room for, to the last octet of the capacity.
    for (int i = 0; i < 10; ++i) dialogue.port().output(100);
    dialogue.hear("550 no\r\n", piece);
    dialogue.say();
    wire[piece == 1] = dialogue.port().wire();
    EXPECT_TRUE(dialogue.laws().hold()) << dialogue.laws().broken();
  }
  EXPECT_EQ(wire[0], wire[1]);
}

// The last chunk is under way when the one before it is refused.
TEST(PairRegressions, RefusedChunkIsClearedByOneRsetHoweverTheRefusalsAreCut) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{8}, std::size_t{100}}) {
    Dialogue dialogue(EHLO_CLIENT_CHUNKING);
    dialogue.greet("PIPELINING\r\n250-CHUNKING");
    dialogue.submit(1);
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
    dialogue.submit(1);
    EXPECT_EQ(dialogue.say().substr(0, 4), "MAIL") << "pieces of " << piece;
    EXPECT_TRUE(dialogue.laws().hold()) << dialogue.laws().broken();
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
  EXPECT_TRUE(dialogue.laws().hold()) << dialogue.laws().broken();
}

}  // namespace
