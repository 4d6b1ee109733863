// LMTP (RFC 2033): LHLO, and a reply for each accepted recipient after the message.
#include "support/scenario.h"

namespace {

using namespace support;

Scenario lmtp() {
  Scenario s;
  s.options.protocol = 1;
  return s;
}

TEST(ServerLmtp, GreetsAndTakesLhloOnly) {
  Scenario s = lmtp();
  s.options.extensions = 0;
  s.send("EHLO c.test\r\nHELO c.test\r\nLHLO c.test\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire,
            lines_of({"220 mx.test LMTP", "500 Command not recognized", "500 Command not recognized", "250 mx.test"}));
  EXPECT_EQ(outcome.protocol, "LMTP");
  check_cuts(s, outcome);
}

TEST(ServerLmtp, AsksForEachAcceptedRecipient) {
  Scenario s = lmtp();
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\n");
  s.answer("rcpt? 1", 550, "5.1.1", "unknown").answer("message? 4 rcpt 2", 452, "4.2.2", "full");
  s.send("RCPT TO:<b@mx.test>\r\nRCPT TO:<no@mx.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nhi\r\n.\r\n");
  check(s,
        {"rcpt? 0 <b@mx.test>", "rcpt? 1 <no@mx.test>", "rcpt? 2 <b@mx.test>", "data", "message? 4 rcpt 0",
         "message? 4 rcpt 2"},
        {kRcptOk, "550 5.1.1 unknown", kRcptOk, kGoAhead, kMessageOk, "452 4.2.2 full"}, {"hi\r\n"});
}

// RFC 5321 4.5.3.1.10 limits recipients, and one that was refused is none.
TEST(ServerLmtp, CountsOnlyAcceptedRecipientsAgainstTheLimit) {
  Scenario s = lmtp();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_recipients = 2;
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\n").answer("rcpt? 0", 550, "5.1.1", "unknown");
  s.send("RCPT TO:<no@mx.test>\r\nRCPT TO:<a@mx.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"550 5.1.1 unknown", kRcptOk, kRcptOk, kTooManyRecipients}));
  check_cuts(s, outcome);
}

TEST(ServerLmtp, RepeatsARefusalForEachRecipient) {
  Scenario s = lmtp();
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nRCPT TO:<d@mx.test>\r\n");
  s.send("DATA\r\na\nb\r\n.\r\nNOOP\r\n");
  check(s, {"data", "violation bare-lf @1", "abort bare-lf", "noop"}, {kGoAhead, kBareLf, kBareLf, kBareLf, kOk},
        {"a\nb\r\n"});
}

TEST(ServerLmtp, RepeatsTheProgramsRefusalForEachRecipient) {
  Scenario s = lmtp();
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n").send("DATA\r\n");
  s.act([](Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", "a\nb")), EHLO_OK); });
  s.send("x\r\n.\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kGoAhead, "554-5.7.1 a", "554 5.7.1 b", "554-5.7.1 a", "554 5.7.1 b", kOk}));
  check_cuts(s, outcome);
}

TEST(ServerLmtp, GivesOneReplyToAChunkAndOneARecipientToTheLast) {
  Scenario s = lmtp();
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n");
  s.send("BDAT 1\r\nxBDAT 1 LAST\r\nyNOOP\r\n");
  check(s, {"bdat 1", "chunk 1", "bdat 1 last", "message? 2 rcpt 0", "message? 2 rcpt 1", "noop"},
        {kChunkOk, kMessageOk, kMessageOk, kOk}, {"xy"});
}

TEST(ServerLmtp, RefusesALastChunkAboveTheLimitForEachRecipient) {
  Scenario s = lmtp();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_message_octets = 3;
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n");
  s.send("BDAT 4 LAST\r\nabcdNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kTooLarge, kTooLarge, kOk}));
  check_cuts(s, outcome);
}

TEST(ServerLmtp, SaysNothingToTheLastChunkWithoutRecipients) {
  // RFC 2033 4.3, to the letter; a chunk that is not the last gets its one reply.
  Scenario s = lmtp();
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\n").send("BDAT 1\r\nxBDAT 1 LAST\r\nyNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kNoRecipients, kOk}));
  check_cuts(s, outcome);
}

TEST(ServerLmtp, RefusesDataWithoutRecipientWith503) {
  Scenario s = lmtp();
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\n").answer("rcpt?", 550, "", "no");
  s.send("RCPT TO:<b@mx.test>\r\nDATA\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({"550 5.0.0 no", kNoRecipients}));
}

TEST(ServerLmtp, TakesItsRepliesInAnyOrder) {
  ehlo::ServerOptions options = lmtp().options;
  Link link(options, [](Link& link, const ehlo::Event& event, const std::string& text) {
    return !text.starts_with("message") && Link::accept_all(link, event, text);
  });
  link.feed("LHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n");
  link.forget();
  EXPECT_EQ(link.server().reply(link.open_ask("message? 3 rcpt 1"), answer_of(452, "4.2.2", "full")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), "");
  EXPECT_EQ(link.server().accept(link.open_ask("message? 3 rcpt 0")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), lines_of({kMessageOk, "452 4.2.2 full", kOk}));
}

TEST(ServerLmtp, ServesMoreRecipientsThanTheWindowAndTheQueueHold) {
  Scenario s = lmtp();
  s.options.recipient_window = 2;
  s.options.reply_queue = 4;
  std::string commands = "MAIL FROM:<>\r\n";
  std::vector<std::string> replies{kMailOk};
  for (int i = 0; i < 40; ++i) {
    commands += "RCPT TO:<b@mx.test>\r\n";
    replies.push_back(kRcptOk);
  }
  replies.push_back(kGoAhead);
  for (int i = 0; i < 40; ++i) replies.push_back(kMessageOk);
  replies.push_back(kOk);
  s.prelude("LHLO c.test\r\n").send(commands + "DATA\r\n.\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of(replies));
  ASSERT_EQ(outcome.events.size(), 83u);
  EXPECT_EQ(outcome.events[81], "message? 0 rcpt 39");
  check_cuts(s, outcome);
}

// Memory that is not clean, and the last block that was asked for.
struct SoiledMemory {
  static void* allocate(void* context, std::size_t octets) {
    auto& self = *static_cast<SoiledMemory*>(context);
    self.octets = octets;
    self.block = static_cast<unsigned char*>(std::malloc(octets));
    std::memset(self.block, 0xA5, octets);
    return self.block;
  }
  static void release(void*, void* memory, std::size_t) { std::free(memory); }
  ehlo::Allocator allocator() { return {allocate, release, this}; }

  unsigned char* block = nullptr;
  std::size_t octets = 0;
};

// A transaction of nine recipients costs two octets of the bits, however many it might have.
TEST(ServerLmtp, TouchesNoMoreBitsThanATransactionHasRecipients) {
  ehlo::ServerOptions options = test_options();
  options.protocol = 1;
  options.asks = 0;
  options.max_recipients = 1000;
  ehlo::Error error{};
  ehlo::Config* config = ehlo::Config::create(options, heap(), error);
  SoiledMemory memory;
  ehlo::Server* server = ehlo::Server::create(*config, memory.allocator());
  const unsigned char* const bits = memory.block + sizeof(ehlo::Server);
  ASSERT_EQ(memory.octets, sizeof(ehlo::Server) + 1000);
  std::string input = "LHLO c.test\r\n";
  for (int round = 0; round < 3; ++round) {
    input += "MAIL FROM:<>\r\n";
    for (int i = 0; i < 9; ++i) input += "RCPT TO:<b@mx.test>\r\n";
    input += round == 1 ? "RSET\r\n" : "DATA\r\n.\r\n";
  }
  std::vector<ehlo::Event> events(32);
  std::vector<ehlo::Span> spans(32);
  std::size_t used = 0, results = 0;
  for (int turn = 0; turn < 200; ++turn) {
    ehlo::Batch batch{events.data(),
                      spans.data(),
                      nullptr,
                      sizeof(ehlo_server_event),
                      32,
                      0,
                      32,
                      0,
                      sizeof(ehlo_param),
                      0,
                      0,
                      EHLO_OK,
                      0};
    used += server->receive(ehlo::bytes_of(std::string_view(input).substr(used)), batch);
    for (std::uint32_t i = 0; i < batch.event_count; ++i) results += events[i].type == EHLO_SERVER_EVENT_MESSAGE;
    ehlo::Octet out[4096];
    (void)server->output(out, sizeof out);
  }
  EXPECT_EQ(used, input.size());
  EXPECT_EQ(results, 18u);
  EXPECT_EQ(bits[0], 0xFF);
  EXPECT_EQ(bits[1], 0x01);
  for (std::size_t i = 2; i < 1000; ++i) ASSERT_EQ(bits[i], 0xA5) << i;
  ehlo::Server::destroy(server);
  ehlo::Config::drop(config);
}

}  // namespace
