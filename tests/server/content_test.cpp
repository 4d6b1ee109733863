// DATA (RFC 5321 4.1.1.4, 4.5.2): content, dots, line endings, limits. End of data is CR LF . CR LF and nothing else.
#include "support/scenario.h"

namespace {

using namespace support;
using ehlo::LineEndings;

TEST(ServerContent, RemovesStuffedDots) {
  Scenario s = after_data();
  s.send("..\r\n.x\r\na..b\r\n...\r\n.\r\n");
  check(s, {"message? 16"}, {kMessageOk}, {".\r\nx\r\na..b\r\n..\r\n"});
}

TEST(ServerContent, KeepsNulAndEightBitOctets) {
  Scenario s = after_data();
  s.send(std::string_view("a\0b\xff\r\n.\r\n", 9));
  check(s, {"violation nul @1", "message? 6"}, {kMessageOk}, {std::string("a\0b\xff\r\n", 6)});
}

TEST(ServerContent, RefusesANulWhereThePolicySaysSo) {
  Scenario s = after_data();
  s.options.flags |= EHLO_SERVER_FLAG_REFUSE_NUL;
  s.send(std::string_view("a\0b\0\r\n.\r\nNOOP\r\n", 15));
  check(s, {"violation nul @1", "abort nul", "noop"}, {"550 5.6.0 Message contains a NUL", kOk},
        {std::string("a\0b\0\r\n", 6)});
}

TEST(ServerContent, TakesCommandsBehindTheEnd) {
  Scenario s = after_data();
  s.send("QUIT\r\n.\r\nNOOP\r\n");
  check(s, {"message? 6", "noop"}, {kMessageOk, kOk}, {"QUIT\r\n"});
}

struct Smuggling {
  std::string_view octets;
  const char* violations;  // in order of position
};

// Each sequence is one that some receiver took for the end of data.
TEST(ServerContent, RefusesWhatSomeReceiverTakesForTheEnd) {
  const std::string_view sequences[] = {"\n.\n",   "\n.\r\n", "\r\n.\n",     "\r.\r",
                                        "\r.\r\n", "\r\n.\r", "\r\n.\r\r\n", "\n.\r"};
  for (const auto endings : {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT}) {
    for (const std::string_view sequence : sequences) {
      Scenario s = after_data();
      s.options.data_endings = static_cast<std::uint32_t>(endings);
      s.send("x" + std::string(sequence) + "MAIL FROM:<evil@c.test>\r\n.\r\nNOOP\r\n");
      const Outcome outcome = s.run(0, 0, {});
      const std::string shown = printable(sequence) + " with endings " + std::to_string(static_cast<int>(endings));
      // One reply for the message and one for NOOP: nothing of the content became a command.
      ASSERT_EQ(std::count(outcome.wire.begin(), outcome.wire.end(), '\n'), 2) << shown << '\n' << outcome.wire;
      EXPECT_EQ(outcome.wire.substr(0, 4), "550 ") << shown;
      EXPECT_EQ(outcome.wire.substr(outcome.wire.size() - 14), "250 2.0.0 Ok\r\n") << shown;
      bool reported = false, message = false;
      for (const std::string& event : outcome.events) {
        reported |= event.starts_with("violation false-end @");
        message |= event.starts_with("message");
      }
      EXPECT_TRUE(reported) << shown;
      EXPECT_FALSE(message) << shown;
      check_cuts(s, outcome);
    }
  }
}

TEST(ServerContent, RefusesABareLfAfterTheTrueEnd) {
  Scenario s = after_data();
  s.send("a\nb\r\n.\r\nNOOP\r\n");
  check(s, {"violation bare-lf @1", "abort bare-lf", "noop"}, {kBareLf, kOk}, {"a\nb\r\n"});
}

TEST(ServerContent, RefusesABareCrAfterTheTrueEnd) {
  Scenario s = after_data();
  s.send("a\rb\r\n.\r\n");
  check(s, {"violation bare-cr @1", "abort bare-cr"}, {kBareCr}, {"a\rb\r\n"});
}

TEST(ServerContent, ReportsEachKindOfViolationOnce) {
  Scenario s = after_data();
  s.send("a\rb\nc\nd\re\r\n.\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 3u);
  EXPECT_EQ(outcome.events[0], "violation bare-cr @1");
  EXPECT_EQ(outcome.events[1], "violation bare-lf @3");
  EXPECT_TRUE(outcome.events[2].starts_with("abort bare-"));
  check_cuts(s, outcome);
}

TEST(ServerContent, RepairsLineEndingsWhereThePolicyIsNormalize) {
  Scenario s = after_data();
  s.options.data_endings = static_cast<std::uint32_t>(EHLO_ENDING_NORMALIZE);
  s.send("a\nb\rc\r\n\n.d\r\n.\r\n");
  // A dot after a repaired ending was never stuffed by the sender, so it stays.
  check(s, {"violation bare-lf @1", "violation bare-cr @3", "message? 15"}, {kMessageOk},
        {"a\r\nb\r\nc\r\n\r\n.d\r\n"});
}

TEST(ServerContent, PassesBareEndingsWhereThePolicyIsAccept) {
  Scenario s = after_data();
  s.options.data_endings = static_cast<std::uint32_t>(EHLO_ENDING_ACCEPT);
  s.send("a\nb\rc\r\n.\r\n");
  check(s, {"violation bare-lf @1", "violation bare-cr @3", "message? 7"}, {kMessageOk}, {"a\nb\rc\r\n"});
}

TEST(ServerContent, EndsBehindABareCrAndATrueEnd) {
  // CR CR LF . CR LF: the first CR is bare, the rest is the end of data all the same.
  Scenario s = after_data();
  s.send("a\r\r\n.\r\nNOOP\r\n");
  check(s, {"violation bare-cr @1", "abort bare-cr", "noop"}, {kBareCr, kOk}, {"a\r\r\n"});
}

// Who drops NULs sees an end of data where there is none.
TEST(ServerContent, RefusesWhatEndsForReceiversThatDropNul) {
  const std::string_view ends[] = {{"\r\n\0.\r\n", 6}, {"\r\n.\0\r\n", 6},     {"\r\n.\r\0\n", 6},
                                   {"\r\0\n.\r\n", 6}, {"\r\n\0\0.\0\r\n", 8}, {"\r\n.\0.\r\n", 7}};
  for (const LineEndings endings : {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT}) {
    for (const std::string_view end : ends) {
      Scenario s = after_data();
      s.options.data_endings = static_cast<std::uint32_t>(endings);
      s.send("a" + std::string(end) + "b\r\n.\r\nNOOP\r\n");
      const Outcome outcome = s.run(0, 0, {});
      EXPECT_EQ(outcome.wire, lines_of({"550 5.6.0 Message contains a false end of data", kOk})) << printable(end);
      check_cuts(s, outcome);
    }
  }
}

TEST(ServerContent, RefusesAMessageAboveTheLimitAtItsEnd) {
  Scenario s = after_data();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_message_octets = 6;
  s.send("1234\r\n5\r\n.\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 3u);
  EXPECT_TRUE(outcome.events[0].starts_with("violation message-too-large @")) << outcome.events[0];
  EXPECT_EQ(outcome.events[1], "abort message-too-large");
  EXPECT_EQ(outcome.events[2], "noop");
  EXPECT_EQ(outcome.wire, lines_of({kTooLarge, kOk}));
  check_cuts(s, outcome);
}

TEST(ServerContent, AcceptsAMessageOfExactlyTheLimit) {
  Scenario s = after_data();
  s.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  s.options.max_message_octets = 6;
  // The stuffed dot and the end of data do not count (RFC 1870 5).
  s.send("..34\r\n.\r\n");
  check(s, {"message? 5"}, {kMessageOk}, {".34\r\n"});
  Scenario t = after_data();
  t.options.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  t.options.max_message_octets = 6;
  t.send("1234\r\n.\r\n");
  check(t, {"message? 6"}, {kMessageOk}, {"1234\r\n"});
}

TEST(ServerContent, RefusesALineAboveTheLimit) {
  Scenario s = after_data();
  s.options.max_data_line_octets = 1000;
  const std::string longest(998, 'x');
  s.send("." + longest + "\r\n" + longest + "\r\n" + longest + "y\r\n.\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 2u);
  EXPECT_TRUE(outcome.events[0].starts_with("violation data-line-too-long @")) << outcome.events[0];
  EXPECT_EQ(outcome.events[1], "abort data-line-too-long");
  EXPECT_EQ(outcome.wire, "554 5.6.0 Message line too long\r\n");
  check_cuts(s, outcome);
}

TEST(ServerContent, HandsOverNothingThatTheProgramHasRefused) {
  Scenario s = after_data();
  s.send("kept\r\n");
  s.act([](Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", "spam")), EHLO_OK); });
  s.send("dropped\r\n.\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"554 5.7.1 spam", kOk}));
  EXPECT_EQ(outcome.bodies, std::vector<std::string>{"kept\r\n"});
  for (const std::string& event : outcome.events) EXPECT_FALSE(event.starts_with("message")) << event;
  check_cuts(s, outcome);
}

TEST(ServerContent, CannotBeRefusedOutsideOfAMessage) {
  for (const Scenario& before : {after_greeting(), after_ehlo(), after_rcpt()}) {
    Scenario s = before;
    s.act([](Link& link) { EXPECT_EQ(link.server().refuse_message(answer_of(554, "5.7.1", "spam")), EHLO_E_STATE); });
    check(s, {}, {});
  }
  Scenario s = after_data();
  s.act([](Link& link) {
    EXPECT_EQ(link.server().refuse_message(answer_of(250, "", "fine")), EHLO_E_ARGUMENT);
    EXPECT_EQ(link.server().refuse_message(answer_of(354, "", "go")), EHLO_E_ARGUMENT);
    EXPECT_EQ(link.server().refuse_message(answer_of(554, "", "a\rb")), EHLO_E_ARGUMENT);
  });
  s.send(".\r\n");
  check(s, {"message? 0"}, {kMessageOk}, {""});
}

}  // namespace
