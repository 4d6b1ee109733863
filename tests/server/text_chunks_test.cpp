// The content of BDAT without BODY=BINARYMIME is text: the rules of DATA hold for it, across chunks too (RFC 3030 2).
#include "support/scenario.h"

namespace {

using namespace support;
using ehlo::LineEndings;
using namespace std::string_literals;

const std::string kBareLf = "550 5.6.0 Message contains bare LF";
const std::string kBareCr = "550 5.6.0 Message contains bare CR";
const std::string kFalseEnd = "550 5.6.0 Message contains a false end of data";

std::string chunk(std::string_view octets, bool last) {
  return "BDAT " + std::to_string(octets.size()) + (last ? " LAST\r\n" : "\r\n") + std::string(octets);
}

Scenario under(LineEndings endings) {
  Scenario s = after_rcpt();
  s.options.data_endings = static_cast<std::uint32_t>(endings);
  return s;
}

TEST(ServerTextChunks, AreRefusedForABareLfOrCr) {
  Scenario lf = after_rcpt();
  lf.send(chunk("a\nb\r\n", true) + "NOOP\r\n");
  check(lf, {"bdat 5 last", "violation bare-lf @1", "abort bare-lf", "noop"}, {kBareLf, kOk}, {"a\nb\r\n"});
  Scenario cr = after_rcpt();
  cr.send(chunk("a\rb\r\n", true) + "NOOP\r\n");
  check(cr, {"bdat 5 last", "violation bare-cr @1", "abort bare-cr", "noop"}, {kBareCr, kOk}, {"a\rb\r\n"});
}

TEST(ServerTextChunks, AreRefusedAtTheChunkThatIsWrong) {
  Scenario s = after_rcpt();
  s.send(chunk("ab\r\n", false) + chunk("c\nd", false) + chunk("e", true) + "NOOP\r\n");
  check(s,
        {"bdat 4", "chunk 4", "bdat 3", "violation bare-lf @5", "abort bare-lf",
         "rejected bad-sequence 503 @0 'BDAT 1 LAST' last", "noop"},
        {kChunkOk, kBareLf, kBadSequence, kOk}, {"ab\r\nc\nd"});
}

TEST(ServerTextChunks, MayDivideACrlf) {
  Scenario s = after_rcpt();
  s.send(chunk("a\r", false) + chunk("\nb\r", false) + chunk("\n", true) + "NOOP\r\n");
  check(s, {"bdat 2", "chunk 2", "bdat 3", "chunk 5", "bdat 1 last", "message? 6", "noop"},
        {kChunkOk, kChunkOk, kMessageOk, kOk}, {"a\r\nb\r\n"});
}

TEST(ServerTextChunks, AreRefusedForACrThatTheNextChunkOrTheEndLeavesBare) {
  Scenario next = after_rcpt();
  next.send(chunk("a\r", false) + chunk("b", true) + "NOOP\r\n");
  check(next, {"bdat 2", "chunk 2", "bdat 1 last", "violation bare-cr @1", "abort bare-cr", "noop"},
        {kChunkOk, kBareCr, kOk}, {"a\rb"});
  Scenario end = after_rcpt();
  end.send(chunk("a\r", false) + chunk("", true) + "NOOP\r\n");
  check(end, {"bdat 2", "chunk 2", "bdat 0 last", "violation bare-cr @1", "abort bare-cr", "noop"},
        {kChunkOk, kBareCr, kOk}, {"a\r"});
}

TEST(ServerTextChunks, AreRefusedForAFalseEndUnderEveryPolicy) {
  const std::string texts[] = {"a\n.\nb", "a\n.\r\nb", "a\r.\rb", "a\n\0.\nb"s, "a\r\n\0.\r\nb"s, "\0.\r\n"s, "a\n."};
  for (const LineEndings endings : {EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT}) {
    for (const std::string& text : texts) {
      for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Scenario s = under(endings);
        s.send(chunk(text.substr(0, cut), false) + chunk(text.substr(cut), true) + "NOOP\r\n");
        const Outcome outcome = s.run(0, 0, {});
        EXPECT_NE(outcome.wire.find(lines_of({kFalseEnd})), std::string::npos) << printable(text) << " cut at " << cut;
        EXPECT_EQ(outcome.wire.find(kMessageOk), std::string::npos) << printable(text) << " cut at " << cut;
      }
    }
  }
}

// Whoever sends it with DATA doubles its dot.
TEST(ServerTextChunks, MayHaveALineOfOneDot) {
  Scenario s = after_rcpt();
  s.send(chunk(".\r\nQUIT\r\n.", false) + chunk("\r\n", true) + "NOOP\r\n");
  check(s, {"bdat 10", "chunk 10", "bdat 2 last", "message? 12", "noop"}, {kChunkOk, kMessageOk, kOk},
        {".\r\nQUIT\r\n.\r\n"});
}

TEST(ServerTextChunks, AreRepairedWhereThePolicyIsNormalize) {
  Scenario s = under(EHLO_ENDING_NORMALIZE);
  s.send(chunk("a\nb\r", false) + chunk("\nc\r", false) + chunk("d", true) + "NOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kChunkOk, kChunkOk, kMessageOk, kOk}));
  EXPECT_EQ(outcome.events, (std::vector<std::string>{"bdat 4", "violation bare-lf @1", "chunk 4", "bdat 3", "chunk 7",
                                                      "bdat 1 last", "violation bare-cr @6", "message? 10", "noop"}));
  std::string body;
  for (const std::string& piece : outcome.bodies) body += piece;
  EXPECT_EQ(body, "a\r\nb\r\nc\r\nd");
  check_cuts(s, outcome);
}

TEST(ServerTextChunks, ArePassedWhereThePolicyIsAccept) {
  Scenario s = under(EHLO_ENDING_ACCEPT);
  s.send(chunk("a\nb\rc", true) + "NOOP\r\n");
  check(s, {"bdat 5 last", "violation bare-lf @1", "violation bare-cr @3", "message? 5", "noop"}, {kMessageOk, kOk},
        {"a\nb\rc"});
}

TEST(ServerTextChunks, KeepToTheLimitOfALine) {
  Scenario s = after_rcpt();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_data_line_octets = 8;
  s.send(chunk("123456\r\n1234", false) + chunk("567\r\n", true) + "NOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kChunkOk, "554 5.6.0 Message line too long", kOk}));
  check_cuts(s, outcome);
}

// Repairs make text longer than the octets that were announced.
TEST(ServerTextChunks, KeepToTheLimitOfAMessageWhenRepaired) {
  Scenario s = under(EHLO_ENDING_NORMALIZE);
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_message_octets = 6;
  s.send(chunk("a\nb\nc", true) + "NOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"552 5.3.4 Message size exceeds fixed maximum", kOk}));
  check_cuts(s, outcome);
}

TEST(ServerTextChunks, HaveAReplyForEachRecipientInLmtpAtTheLast) {
  Scenario s;
  s.options.protocol = 1;
  s.prelude("LHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\n");
  s.send(chunk("a\n", true) + "NOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kBareLf, kBareLf, kOk}));
  check_cuts(s, outcome);
}

}  // namespace
