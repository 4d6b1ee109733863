// Limits: lines, recipients, transactions, errors, idle commands, junk; each has its reply and its way to go on or end.
#include "support/scenario.h"

namespace {

using namespace support;

TEST(ServerLimits, TakesALineOfExactlyTheLongestLength) {
  Scenario s = after_ehlo();
  s.send("NOOP " + std::string(505, 'x') + "\r\n").send("NOOP " + std::string(506, 'x') + "\r\n").send("NOOP\r\n");
  check(s, {"noop '" + std::string(505, 'x') + "'", "rejected line-too-long 500 @513", "noop"},
        {kOk, kLineTooLong, kOk});
}

TEST(ServerLimits, ExecutesNothingOfAnOverlongLine) {
  Scenario s = after_ehlo();
  s.send("NOOP " + std::string(5000, 'x') + "QUIT\r\nNOOP\r\n");
  check(s, {"rejected line-too-long 500 @5011", "noop"}, {kLineTooLong, kOk});
}

TEST(ServerLimits, MakesMailLinesLongerByWhatTheExtensionsAdd) {
  // RFC 1870 3(4): 26 octets more for SIZE, and nothing else offered.
  for (const std::size_t length : {538u, 539u}) {
    Scenario s = after_ehlo();
    s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_SIZE);
    std::string line = "MAIL FROM:<a@c.test> SIZE=1";
    line += std::string(length - 2 - line.size(), ' ') + "\r\n";
    s.send(line);
    EXPECT_EQ(s.run(0, 0, {}).wire, length == 538 ? "250 Sender ok\r\n" : "500 Line too long\r\n") << length;
  }
}

TEST(ServerLimits, EndsASessionThatSpendsItsDiscardBudget) {
  Scenario s = after_ehlo();
  s.options.max_discard_octets = 2000;
  s.send(std::string(4000, 'x') + "\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"421 4.7.0 mx.test Too much junk, closing connection"}));
  EXPECT_EQ(outcome.events.back(), "close too-much-junk");
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
  check_cuts(s, outcome);
}

const std::string kTooMuchJunk = "421 4.7.0 mx.test Too much junk, closing connection";

TEST(ServerLimits, ReadsARefusedChunkAsFarAsTheDiscardBudgetGoes) {
  for (const std::size_t octets : {100u, 101u}) {
    Scenario s = after_ehlo();
    s.options.max_discard_octets = 100;
    s.send("BDAT " + std::to_string(octets) + " LAST\r\n" + std::string(octets, 'x') + "NOOP\r\n");
    const std::string line = "rejected bad-sequence 503 @0 'BDAT " + std::to_string(octets) + " LAST' last";
    if (octets == 100)
      check(s, {line, "noop"}, {kBadSequence, kOk});
    else
      check(s, {line, "close too-much-junk"}, {kTooMuchJunk});
  }
}

TEST(ServerLimits, DoesNotDrainTheLargestChunkForEver) {
  Scenario s = after_ehlo();
  s.options.max_discard_octets = 3000;
  s.send("BDAT 18446744073709551615 LAST\r\n" + std::string(3001, 'x'));
  check(s, {"rejected bad-sequence 503 @0 'BDAT 18446744073709551615 LAST' last", "close too-much-junk"},
        {kTooMuchJunk});
}

// Each refused chunk has the budget: what ends their number is max_errors.
TEST(ServerLimits, CountsEachRefusedChunkByItself) {
  Scenario s = after_ehlo();
  s.options.max_discard_octets = 4;
  s.send("BDAT 4\r\nabcdBDAT 4\r\nabcdNOOP\r\n");
  check(s, {"rejected bad-sequence 503 @0 'BDAT 4'", "rejected bad-sequence 503 @0 'BDAT 4'", "noop"},
        {kBadSequence, kBadSequence, kOk});
}

void refuse(Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", "spam")), EHLO_OK); }

TEST(ServerLimits, ReadsTheRestOfARefusedChunkAsFarAsTheDiscardBudgetGoes) {
  for (const std::size_t octets : {10u, 11u}) {
    Scenario s = after_rcpt();
    s.options.max_discard_octets = 10;
    s.send("BDAT " + std::to_string(octets + 2) + " LAST\r\nab").act(refuse);
    s.send(std::string(octets, 'x') + "NOOP\r\n");
    const std::string line = "bdat " + std::to_string(octets + 2) + " last";
    if (octets == 10)
      check(s, {line, "abort", "noop"}, {"554 5.7.1 spam", kOk}, {"ab"});
    else
      check(s, {line, "abort too-much-junk", "close too-much-junk"}, {kTooMuchJunk}, {"ab"});
  }
}

TEST(ServerLimits, ReadsChunksOfARefusedMessageAsFarAsTheDiscardBudgetGoes) {
  for (const std::size_t octets : {10u, 11u}) {
    Scenario s = after_rcpt();
    s.options.max_discard_octets = 10;
    s.send("BDAT 2\r\nab").act(refuse);
    s.send("BDAT " + std::to_string(octets) + "\r\n" + std::string(octets, 'x') + "NOOP\r\n");
    const std::string line = "bdat " + std::to_string(octets);
    if (octets == 10)
      check(s, {"bdat 2", "chunk 2", line, "abort", "noop"}, {kChunkOk, "554 5.7.1 spam", kOk}, {"ab"});
    else
      check(s, {"bdat 2", "chunk 2", line, "abort too-much-junk", "close too-much-junk"}, {kChunkOk, kTooMuchJunk},
            {"ab"});
  }
}

// What is wrong with content beyond the budget is not reported, whether it comes whole or in pieces.
TEST(ServerLimits, ReadsRefusedContentAsFarAsTheDiscardBudgetGoes) {
  for (const auto endings : {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT}) {
    for (const std::size_t octets : {95u, 96u}) {
      Scenario s = after_data();
      s.options.data_endings = static_cast<std::uint32_t>(endings);
      s.options.max_discard_octets = 100;
      s.send("ab\r\n").act(refuse);
      s.send(std::string(octets, 'x') + "\r\n.\r\nNOOP\r\n");
      if (octets == 95)
        check(s, {"abort", "noop"}, {"554 5.7.1 spam", kOk}, {"ab\r\n"});
      else
        check(s, {"abort too-much-junk", "close too-much-junk"}, {kTooMuchJunk}, {"ab\r\n"});
    }
    for (const std::string_view behind : {"\n", "\r", "\r\r\n", "\n\n\n.\n", "\r\n..\r\n"}) {
      for (std::size_t octets = 80; octets < 104; ++octets) {
        Scenario s = after_data();
        s.options.data_endings = static_cast<std::uint32_t>(endings);
        s.options.max_discard_octets = 100;
        s.send("ab\r\n").act(refuse).send(std::string(octets, 'x') + std::string(behind) + std::string(300, 'y'));
        const Outcome outcome = s.run(0, 0, {});
        EXPECT_EQ(outcome.wire, lines_of({kTooMuchJunk}));
        check_cuts(s, outcome);
      }
    }
  }
}

TEST(ServerLimits, ReadsAMessageAboveItsLimitAsFarAsTheDiscardBudgetGoes) {
  for (const std::size_t octets : {115u, 116u}) {
    Scenario s = after_data();
    s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
    s.options.max_message_octets = 20;
    s.options.max_discard_octets = 100;
    s.send(std::string(octets, 'x') + "\r\n.\r\nNOOP\r\n");
    const std::string body(20, 'x');
    if (octets == 115)
      check(s, {"violation message-too-large @20", "abort message-too-large", "noop"}, {kTooLarge, kOk}, {body});
    else
      check(s, {"violation message-too-large @20", "abort too-much-junk", "close too-much-junk"}, {kTooMuchJunk},
            {body});
  }
}

TEST(ServerLimits, RefusesARecipientTooMany) {
  Scenario s;
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_recipients = 2;
  s.prelude("EHLO c.test\r\nMAIL FROM:<>\r\n");
  s.send("RCPT TO:<a@mx.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n.\r\n");
  // RFC 5321 4.5.3.1.10: 452, and what was accepted is delivered.
  check(s,
        {"rcpt? 0 <a@mx.test>", "rcpt? 1 <b@mx.test>", "rejected too-many-recipients 452 @0 'RCPT TO:<c@mx.test>'",
         "data", "message? 0"},
        {kRcptOk, kRcptOk, kTooManyRecipients, kGoAhead, kMessageOk}, {""});
}

TEST(ServerLimits, DoesNotCountRefusedRecipientsAgainstTheLimit) {
  Scenario s;
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_recipients = 1;
  s.prelude("EHLO c.test\r\nMAIL FROM:<>\r\n").answer("rcpt? 0", 550, "5.1.1", "no");
  s.send("RCPT TO:<a@mx.test>\r\nRCPT TO:<b@mx.test>\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire.substr(0, 14), "550 5.1.1 no\r\n");
  check_cuts(s, outcome);
}

TEST(ServerLimits, EndsAfterTooManyMessages) {
  Scenario s = after_ehlo();
  s.options.max_messages = 1;
  s.send("MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n.\r\nMAIL FROM:<>\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_TRUE(outcome.wire.ends_with(lines_of({kMessageOk, "421 4.7.0 mx.test Too many messages, closing connection"})))
      << outcome.wire;
  EXPECT_EQ(outcome.events.back(), "close too-many-messages");
  check_cuts(s, outcome);
}

TEST(ServerLimits, EndsAfterTooManyErrorsOfThePeer) {
  Scenario s = after_ehlo();
  s.options.max_errors = 3;
  s.send("WHAT\r\nMAIL\r\nDATA\r\nNOOP\r\nWHAT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  const std::string last = "421 4.7.0 mx.test Too many errors, closing connection";
  // "20 errors, then 421": the reply that reaches the limit, or the next error, is the 421.
  const bool at_limit = outcome.wire == lines_of({kUnknownCommand, kSyntax, last});
  const bool behind = outcome.wire == lines_of({kUnknownCommand, kSyntax, kBadSequence, last});
  const bool next = outcome.wire == lines_of({kUnknownCommand, kSyntax, kBadSequence, kOk, last});
  EXPECT_TRUE(at_limit || behind || next) << outcome.wire;
  EXPECT_EQ(outcome.events.back(), "close too-many-errors");
  check_cuts(s, outcome);
}

TEST(ServerLimits, DoesNotCountTheProgramsOwnRefusals) {
  Scenario s = after_ehlo();
  s.options.max_errors = 2;
  s.answer("mail?", 550, "5.7.1", "no");
  std::vector<std::string> replies;
  for (int i = 0; i < 6; ++i) {
    s.send("MAIL FROM:<>\r\n");
    replies.push_back("550 5.7.1 no");
  }
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of(replies));
}

TEST(ServerLimits, EndsAfterTooManyCommandsWithoutMail) {
  Scenario s = after_greeting();
  s.options.max_idle_commands = 3;
  s.send("NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire,
            lines_of({kOk, kOk, kOk, "421 4.7.0 mx.test Too many commands without a message, closing connection"}));
  EXPECT_EQ(outcome.events.back(), "close too-many-commands");
  check_cuts(s, outcome);
}

TEST(ServerLimits, CountsIdleCommandsSinceTheLastAcceptedMailOrRcpt) {
  Scenario s = after_greeting();
  s.options.max_idle_commands = 3;
  s.send("EHLO c.test\r\nNOOP\r\nMAIL FROM:<>\r\nNOOP\r\nNOOP\r\nRCPT TO:<b@mx.test>\r\nNOOP\r\nNOOP\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_TRUE(outcome.wire.ends_with(lines_of({kMailOk, kOk, kOk, kRcptOk, kOk, kOk, kOk}))) << outcome.wire;
}

TEST(ServerLimits, CountsEmptyChunksAsIdle) {
  Scenario s = after_rcpt();
  s.options.max_idle_commands = 5;
  for (int i = 0; i < 10; ++i) s.send("BDAT 0\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
  EXPECT_EQ(outcome.events.back(), "close too-many-commands");
  Scenario t = after_rcpt();
  t.options.max_idle_commands = 5;
  for (int i = 0; i < 10; ++i) t.send("BDAT 1\r\nx");
  EXPECT_EQ(t.run(0, 0, {}).wants, EHLO_WANT_INPUT);
}

TEST(ServerLimits, KnowsNoLimitWhereTheOptionIsZero) {
  Scenario s = after_greeting();
  s.options.max_errors = s.options.max_idle_commands = 0;
  std::vector<std::string> replies;
  std::string commands;
  for (int i = 0; i < 1500; ++i) {
    commands += "?\r\n";
    replies.push_back(kUnknownCommand);
  }
  s.send(commands);
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of(replies));
}

}  // namespace
