// BDAT (RFC 3030): octets are opaque, a refused chunk is read to its last octet, DATA and BDAT do not mix.
#include "support/scenario.h"

namespace {

using namespace support;

TEST(ServerChunking, JoinsChunksOfOneMessage) {
  Scenario s = after_rcpt();
  s.send("BDAT 3\r\nabcBDAT 2\r\ndeBDAT 0 LAST\r\nNOOP\r\n");
  check(s, {"bdat 3", "chunk 3", "bdat 2", "chunk 5", "bdat 0 last", "message? 5", "noop"},
        {kChunkOk, kChunkOk, kMessageOk, kOk}, {"abcde"});
}

TEST(ServerChunking, LooksAtNoOctetOfABinaryChunk) {
  const std::string octets = std::string(".\r\n..\n\r\r\n.\r\n\0QUIT\r\n", 20);
  Scenario s;
  s.prelude("EHLO c.test\r\nMAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<b@mx.test>\r\n")
      .send("BDAT " + std::to_string(octets.size()) + " LAST\r\n" + octets + "NOOP\r\n");
  check(s, {"bdat 20 last", "message? 20", "noop"}, {kMessageOk, kOk}, {octets});
}

TEST(ServerChunking, ReadsARefusedChunkToItsLastOctet) {
  Scenario s = after_ehlo();
  s.send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
  check(s, {"rejected bad-sequence 503 @0 'BDAT 6 LAST' last", "noop"}, {kBadSequence, kOk});
}

TEST(ServerChunking, NeedsARecipient) {
  Scenario s;
  s.prelude("EHLO c.test\r\nMAIL FROM:<>\r\n").send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kNoRecipients, kOk}));
  check_cuts(s, outcome);
}

TEST(ServerChunking, GivesOneReplyOnlyAfterTheOctets) {
  Link link(test_options());
  link.feed("EHLO c.test\r\n");
  link.forget();
  link.feed("BDAT 3\r\nab");
  EXPECT_EQ(link.said(), "");
  link.feed("c");
  EXPECT_EQ(link.said(), lines_of({kBadSequence}));
}

TEST(ServerChunking, ClearsAllSegmentsOnReset) {
  Scenario s = after_rcpt();
  s.send("BDAT 2\r\nhiRSET\r\nMAIL FROM:<>\r\nRCPT TO:<c@mx.test>\r\nBDAT 2 LAST\r\nho");
  check(s, {"bdat 2", "chunk 2", "rset", "abort", "mail? <>", "rcpt? 0 <c@mx.test>", "bdat 2 last", "message? 2"},
        {kChunkOk, kResetOk, kMailOk, kRcptOk, kMessageOk}, {"hi", "ho"});
}

TEST(ServerChunking, RefusesDataBehindAChunk) {
  Scenario s = after_rcpt();
  s.send("BDAT 2\r\nhiDATA\r\nRSET\r\n");
  check(s, {"bdat 2", "chunk 2", "rejected bad-sequence 503 @0 'DATA'", "rset", "abort"},
        {kChunkOk, kBadSequence, kResetOk}, {"hi"});
}

TEST(ServerChunking, RefusesBdatBehindTheLast) {
  Scenario s = after_rcpt();
  s.send("BDAT 2 LAST\r\nhiBDAT 2 LAST\r\nho");
  check(s, {"bdat 2 last", "message? 2", "rejected bad-sequence 503 @0 'BDAT 2 LAST' last"}, {kMessageOk, kBadSequence},
        {"hi"});
}

TEST(ServerChunking, RefusesABinaryMessageWithData) {
  Scenario s;
  s.prelude("EHLO c.test\r\nMAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<b@mx.test>\r\n");
  s.send("DATA\r\nBDAT 1 LAST\r\n\n");
  // RFC 3030 3: 503, and the transaction stays for BDAT or RSET.
  check(s, {"rejected bad-sequence 503 @0 'DATA'", "bdat 1 last", "message? 1"}, {kBadSequence, kMessageOk}, {"\n"});
}

TEST(ServerChunking, ClosesWhereTheLengthIsUnknown) {
  for (const std::string_view line :
       {"BDAT", "BDAT ", "BDAT x", "BDAT -1", "BDAT +1", "BDAT 1 LAS", "BDAT 1 LAST LAST", "BDAT 1  LAST", "BDAT 1x",
        "BDAT 0x10", "BDAT 18446744073709551616", "BDAT 18446744073709551616 LAST", "BDAT 184467440737095516155",
        "BDAT 1 LASTX", "BDAT  1"}) {
    Scenario s = after_rcpt();
    s.send(std::string(line) + "\r\nNOOP\r\n");
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE) << line;
    ASSERT_FALSE(outcome.events.empty());
    EXPECT_TRUE(outcome.events.back().starts_with("close ")) << line;
    EXPECT_EQ(std::count(outcome.wire.begin(), outcome.wire.end(), '\n'), 1) << line << outcome.wire;
    EXPECT_EQ(outcome.wire[0], '5') << line << outcome.wire;
    check_cuts(s, outcome);
  }
}

TEST(ServerChunking, TakesTheLargestNumberWithoutWrapping) {
  for (const std::string_view size : {"4294967296", "4294967297", "18446744073709551615", "09223372036854775808"}) {
    Scenario s = after_rcpt();
    s.send("BDAT " + std::string(size) + " LAST\r\nNOOP\r\n").eof();
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(outcome.wire, "") << size;
    ASSERT_GE(outcome.events.size(), 1u);
    EXPECT_EQ(outcome.events.back(), "close connection-lost");
    check_cuts(s, outcome);
  }
}

TEST(ServerChunking, DrainsAMessageAboveTheLimitAndRefusesItOnce) {
  Scenario s = after_rcpt();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_message_octets = 10;
  s.send("BDAT 8\r\n12345678BDAT 8 LAST\r\n12345678NOOP\r\nDATA\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kChunkOk, kTooLarge, kOk, kBadSequence}));
  for (const std::string& event : outcome.events) EXPECT_FALSE(event.starts_with("message")) << event;
  check_cuts(s, outcome);
}

TEST(ServerChunking, RefusesAllChunksBehindARefusedOne) {
  Scenario s = after_rcpt();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_message_octets = 10;
  // RFC 3030 2: after a failure the rest of the pipelined chunks is consumed and refused too.
  s.send("BDAT 11\r\n12345678901BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kTooLarge, kBadSequence, kOk}));
  EXPECT_EQ(outcome.bodies, std::vector<std::string>{});
  check_cuts(s, outcome);
}

TEST(ServerChunking, GivesUpTheMessageWhenTheProgramRefusesAChunk) {
  Scenario s = after_rcpt();
  s.options.asks |= EHLO_ASK_CHUNK;
  s.answer("chunk?", 452, "4.3.1", "full", 1);
  s.send("BDAT 1\r\nxBDAT 1 LAST\r\nyRCPT TO:<c@mx.test>\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"452 4.3.1 full", kBadSequence, kBadSequence}));
  check_cuts(s, outcome);
}

TEST(ServerChunking, RefusesAMessageMidwayForTheProgram) {
  Scenario s = after_rcpt();
  s.send("BDAT 4\r\nab");
  s.act([](Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", "spam")), EHLO_OK); });
  s.send("cdNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"554 5.7.1 spam", kOk}));
  check_cuts(s, outcome);
}

TEST(ServerChunking, KeepsTheRefusalOfTheProgramBeforeAChunkAboveTheLimit) {
  Scenario s = after_rcpt();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_message_octets = 10;
  s.send("BDAT 4\r\nabcd");
  s.act([](Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", "spam")), EHLO_OK); });
  s.send("BDAT 11 LAST\r\n12345678901NOOP\r\n");
  check(s, {"bdat 4", "chunk 4", "bdat 11 last", "abort", "noop"}, {kChunkOk, "554 5.7.1 spam", kOk}, {"abcd"});
}

TEST(ServerChunking, EndsTheSessionBehindA421OfTheProgram) {
  Scenario s = after_rcpt();
  s.send("BDAT 4\r\nab");
  s.act([](Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(421, "4.3.2", "bye")), EHLO_OK); });
  s.send("cdNOOP\r\n");
  check(s, {"bdat 4", "abort", "close shutdown"}, {"421 4.3.2 mx.test bye"}, {"ab"});
}

// What stood beside it in the store of texts has been sent.
TEST(ServerChunking, HoldsARefusalWithoutTheRoomOfOtherTexts) {
  Scenario s = after_rcpt();
  s.options.command_asks = EHLO_VERB_BIT(EHLO_VERB_NOOP);
  s.options.reply_text_octets = 1024;
  const std::string text(300, 'x');
  s.answer("noop?", 250, "", text).send("NOOP\r\nBDAT 2\r\nab");
  s.act([](Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", "spam")), EHLO_OK); });
  s.send("NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nBDAT 1 LAST\r\ncNOOP\r\n");
  const std::string ok = "250 2.0.0 " + text;
  check(s, {"noop?", "bdat 2", "chunk 2", "noop?", "noop?", "noop?", "noop?", "bdat 1 last", "abort", "noop?"},
        {ok, kChunkOk, ok, ok, ok, ok, "554 5.7.1 spam", ok}, {"ab"});
}

TEST(ServerChunking, IsRefusedWhereItIsNotOffered) {
  Scenario s = after_rcpt();
  s.options.extensions &= ~EHLO_EXT_BIT(EHLO_EXT_CHUNKING);
  // How many octets follow is the client's idea of an extension that is not there: the stream is lost.
  s.send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire.substr(0, 3), "502") << outcome.wire;
  check_cuts(s, outcome);
}

}  // namespace
