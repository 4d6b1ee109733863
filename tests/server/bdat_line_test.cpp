// A line that begins with BDAT for any receiver and cannot be read ends the session: how many octets follow it is not
// known, so what follows cannot be distinguished from commands.
#include "support/scenario.h"

namespace {

using namespace support;
using namespace std::string_view_literals;

const std::string kBadChunk = "501 5.5.4 Bad BDAT command, closing connection";

// The session ends at the line, with one reply, and nothing of the chunk is looked at.
void check_ends(Scenario s, std::string_view line, const std::string& number, bool shown) {
  s.send(std::string(line) + "\r\nRSET\r\nMAIL FROM:<evil@c.test>\r\n");
  const std::string event = "rejected bad-chunk 501 @" + number + (shown ? " '" + printable(line) + "'" : "");
  const Outcome outcome = check(s, {event, "abort bad-chunk", "close bad-chunk"}, {kBadChunk});
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE) << printable(line);
}

TEST(ServerBdatLine, EndsTheSessionWhereWhiteSpaceIsInTheWay) {
  check_ends(after_rcpt(), " BDAT 5 LAST", "0", true);
  check_ends(after_rcpt(), "\tBDAT 5 LAST", "0", true);
  check_ends(after_rcpt(), " \x01\t bdat 5", "1", true);
  check_ends(after_rcpt(), "\0BDAT 5"sv, "0", true);
  check_ends(after_rcpt(), "B\0D\0AT 5"sv, "1", true);
  check_ends(after_rcpt(), "BDAT\t5 LAST", "4", true);
  check_ends(after_rcpt(),
             "bDaT\0"
             "5"sv,
             "4", true);
}

TEST(ServerBdatLine, EndsTheSessionWhereTheWordGoesOn) {
  check_ends(after_rcpt(), "BDATX 5", "0", true);
  check_ends(after_rcpt(), "BDAT5 LAST", "0", true);
  check_ends(after_rcpt(), "BDAT:5", "0", true);
}

TEST(ServerBdatLine, EndsTheSessionAtMoreThanTwentyDigits) {
  check_ends(after_rcpt(), "BDAT 000000000000000000005 LAST", "25", true);
  Scenario s = after_rcpt();
  s.send("BDAT 00000000000000000005 LAST\r\nhelloNOOP\r\n");
  check(s, {"bdat 5 last", "message? 5", "noop"}, {kMessageOk, kOk}, {"hello"});
}

TEST(ServerBdatLine, EndsTheSessionWhereOthersEndALineInIt) {
  Scenario s = after_rcpt();
  s.send("NOOP\nBDAT 5\r\nRSET\r\n");
  check(s,
        {"violation bare-lf @4 'NOOP\\nBDAT 5'", "rejected bad-chunk 501 @4 'NOOP\\nBDAT 5'", "abort bad-chunk",
         "close bad-chunk"},
        {kBadChunk});
}

// Lines that the framer drops, of lengths around the limits of all commands and of this one, and the limit within the
// white space in front.
TEST(ServerBdatLine, EndsTheSessionWhereItIsTooLong) {
  for (const std::string& line :
       {"BDAT 5" + std::string(507, ' '), "BDAT " + std::string(507, '0') + "5", "BDAT" + std::string(5000, ' ') + "5",
        std::string(600, ' ') + "BDAT 5", std::string(5000, '\t') + "BDAT 5 LAST", "BDAT\t5" + std::string(5000, '\t'),
        "B" + std::string(3000, '\0') + "DAT 5", "BDAT 5 LAST " + std::string(600, 'x')}) {
    SCOPED_TRACE(line.substr(0, 12));
    check_ends(after_rcpt(), line, std::to_string(line.size() + 2), false);
  }
}

TEST(ServerBdatLine, EndsTheSessionInEveryState) {
  const std::string long_line = "BDAT " + std::string(2000, '0') + "5 LAST\r\n";
  for (const std::string_view before : {"", "EHLO c.test\r\n", "EHLO c.test\r\nMAIL FROM:<>\r\n"}) {
    for (const std::string& line : {long_line, std::string("\tBDAT 5\r\n")}) {
      Scenario s;
      s.prelude(before).send(line + "NOOP\r\n");
      const Outcome outcome = s.run(0, 0, {});
      EXPECT_EQ(outcome.wire, lines_of({kBadChunk}));
      EXPECT_EQ(outcome.events.back(), "close bad-chunk");
      check_cuts(s, outcome);
    }
  }
}

TEST(ServerBdatLine, IsBoundedByTheDiscardBudget) {
  Scenario s = after_ehlo();
  s.options.max_discard_octets = 3000;
  s.send("BDAT " + std::string(5000, '0') + "5\r\nNOOP\r\n");
  check(s, {"close too-much-junk"}, {"421 4.7.0 mx.test Too much junk, closing connection"});
}

TEST(ServerBdatLine, IsAResponseWithinAnAuthExchange) {
  Scenario s;
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
  s.options.mechanisms = "LOGIN";
  s.challenge("auth? LOGIN", "x").prelude("EHLO c.test\r\n").send("AUTH LOGIN\r\nBDAT 5\r\nNOOP\r\n");
  check(s, {"auth? LOGIN secret", "auth-abort bad-base64 secret", "noop"},
        {"334 eA==", "501 5.5.2 Cannot decode base64", kOk});
}

TEST(ServerBdatLine, IsNeverAnUnknownVerbOfTheProgram) {
  Scenario s;
  s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  s.prelude("EHLO c.test\r\n").send("bdatx 5\r\nNOOP\r\n");
  check(s, {"rejected bad-chunk 501 @0 'bdatx 5'", "close bad-chunk"},
        {"501 5.5.4 Bad BDAT command, closing connection"});
}

TEST(ServerBdatLine, EndsTheSessionWhereChunkingIsNotOffered) {
  for (const std::string_view line : {"BDAT 6 LAST", "BDAT 6"}) {
    Scenario s = after_rcpt();
    s.options.extensions &= ~EHLO_EXT_BIT(EHLO_EXT_CHUNKING);
    s.send(std::string(line) + "\r\nRSET\r\nNOOP\r\n");
    check(s,
          {"rejected not-implemented 502 @0 '" + std::string(line) + "'", "abort not-implemented",
           "close not-implemented"},
          {kNotImplemented});
  }
}

TEST(ServerBdatLine, EndsTheSessionAtASizeBeyond64Bits) {
  Scenario s = after_rcpt();
  s.send("BDAT 18446744073709551616 LAST\r\nNOOP\r\n");
  check(
      s,
      {"rejected size-overflow 552 @5 'BDAT 18446744073709551616 LAST'", "abort size-overflow", "close size-overflow"},
      {"552 5.3.4 Message size exceeds fixed maximum"});
}

}  // namespace
