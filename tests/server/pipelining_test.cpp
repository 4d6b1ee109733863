// PIPELINING (RFC 2920): replies leave in order, late answers included; what must end a group waits.
#include "support/scenario.h"

namespace {

using namespace support;

// A program that answers nothing but the greeting's and hello's defaults: every MAIL, RCPT and MESSAGE stays open.
bool hold(Link&, const ehlo::Event&, const std::string&) { return false; }

TEST(ServerPipelining, AnswersAGroupInOrder) {
  Scenario s = after_ehlo();
  s.answer("rcpt? 1", 550, "5.1.1", "unknown");
  s.send("MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<no@mx.test>\r\nNOOP\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n");
  check(s,
        {"mail? <a@c.test>", "rcpt? 0 <b@mx.test>", "rcpt? 1 <no@mx.test>", "noop", "data", "message? 4", "quit",
         "close"},
        {kMailOk, kRcptOk, "550 5.1.1 unknown", kOk, kGoAhead, kMessageOk, kBye}, {"hi\r\n"});
}

TEST(ServerPipelining, ReadsNothingMoreWhileMailIsUndecided) {
  Link link(test_options(), hold);
  link.feed("EHLO c.test\r\n");
  link.forget();
  link.feed("MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nNOOP\r\n");
  EXPECT_EQ(link.take_events(), std::vector<std::string>{"mail? <>"});
  EXPECT_EQ(link.said(), "");
  EXPECT_TRUE(link.wants(EHLO_WANT_ANSWER));
  EXPECT_EQ(link.server().accept(link.open_ask("mail?")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), lines_of({kMailOk}));
  EXPECT_EQ(link.take_events().front(), "rcpt? 0 <b@mx.test>");
}

TEST(ServerPipelining, KeepsRepliesInOrderWhenRecipientsAreAnsweredOutOfOrder) {
  Link link(test_options(), hold);
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\n");
  EXPECT_EQ(link.server().accept(link.open_ask("mail?")), EHLO_OK);
  link.feed("RCPT TO:<x@mx.test>\r\nRCPT TO:<y@mx.test>\r\nRCPT TO:<z@mx.test>\r\nDATA\r\n");
  link.forget();
  EXPECT_EQ(link.server().accept(link.open_ask("rcpt? 2")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), "");
  EXPECT_EQ(link.server().reply(link.open_ask("rcpt? 0"), answer_of(550, "5.1.1", "x")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), lines_of({"550 5.1.1 x"}));
  // DATA waits for the last recipient.
  EXPECT_EQ(link.take_events(), std::vector<std::string>{});
  EXPECT_EQ(link.server().reply(link.open_ask("rcpt? 1"), answer_of(451, "4.3.0", "y")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), lines_of({"451 4.3.0 y", kRcptOk, kGoAhead}));
  EXPECT_EQ(link.take_events(), std::vector<std::string>{"data"});
}

TEST(ServerPipelining, RefusesDataWhenTheLastOpenRecipientIsRefused) {
  Link link(test_options(), hold);
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\n");
  EXPECT_EQ(link.server().accept(link.open_ask("mail?")), EHLO_OK);
  link.feed("RCPT TO:<x@mx.test>\r\nDATA\r\n");
  link.forget();
  EXPECT_EQ(link.server().reply(link.open_ask("rcpt? 0"), answer_of(550, "5.1.1", "x")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), lines_of({"550 5.1.1 x", kNoRecipients}));
}

TEST(ServerPipelining, ReportsABareLfInALineThatHadToWait) {
  Link link(test_options(), hold);
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\n");
  EXPECT_EQ(link.server().accept(link.open_ask("mail?")), EHLO_OK);
  link.feed("RCPT TO:<x@mx.test>\r\nDATA\nx\r\n");
  link.forget();
  EXPECT_EQ(link.server().accept(link.open_ask("rcpt? 0")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.take_events(),
            (std::vector<std::string>{"violation bare-lf @4 'DATA\\nx'", "rejected syntax 501 @4 'DATA\\nx'"}));
}

TEST(ServerPipelining, LeavesOpenAtMostTheWindow) {
  ehlo::ServerOptions options = test_options();
  options.recipient_window = 3;
  Link link(options, hold);
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\n");
  EXPECT_EQ(link.server().accept(link.open_ask("mail?")), EHLO_OK);
  link.forget();
  for (int i = 0; i < 5; ++i) link.feed("RCPT TO:<x@mx.test>\r\n");
  EXPECT_EQ(link.take_events().size(), 3u);
  EXPECT_EQ(link.server().accept(link.open_ask("rcpt? 1")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.take_events(), std::vector<std::string>{"rcpt? 3 <x@mx.test>"});
}

TEST(ServerPipelining, StopsReadingWhenTheReplyQueueIsFull) {
  ehlo::ServerOptions options = test_options();
  options.reply_queue = 4;
  Link link(options);
  link.feed("EHLO c.test\r\n");
  link.forget();
  ehlo::Event events[64];
  ehlo::Span spans[64];
  ehlo::Batch batch{events, spans,   nullptr, sizeof(ehlo_server_event), 64, 0, 64, 0, sizeof(ehlo_param), 0,
                    0,      EHLO_OK, 0};
  std::string input;
  for (int i = 0; i < 10; ++i) input += "NOOP\r\n";
  std::size_t used = 0;
  for (int i = 0; i < 10; ++i) used += link.server().receive(ehlo::bytes_of(input).from(used), batch);
  EXPECT_LE(used, 4u * 6u);
  EXPECT_GE(used, 6u);
  EXPECT_TRUE(link.wants(EHLO_WANT_OUTPUT));
  link.take_output();
  EXPECT_TRUE(link.wants(EHLO_WANT_INPUT));
  EXPECT_GT(link.server().receive(ehlo::bytes_of(input).from(used), batch), 0u);
}

TEST(ServerPipelining, KeepsAnEarlyTalkersOctetsAndReportsIt) {
  ehlo::ServerOptions options = test_options();
  options.asks |= EHLO_ASK_GREETING;
  Link link(options, [](Link&, const ehlo::Event&, const std::string& text) { return text != "greeting?"; });
  link.feed("NOOP\r\n");
  EXPECT_EQ(link.take_events(), std::vector<std::string>{"greeting?"});
  EXPECT_EQ(link.server().accept(link.open_ask("greeting?")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), lines_of({kGreeting, kOk}));
  EXPECT_TRUE(link.server().facts() & EHLO_FACT_EARLY_TALKER);
}

TEST(ServerPipelining, ReportsNoEarlyTalkerWhereTheGreetingHasLeft) {
  Link link(test_options());
  link.feed("EHLO c.test\r\n");
  EXPECT_FALSE(link.server().facts() & EHLO_FACT_EARLY_TALKER);
  EXPECT_FALSE(link.server().facts() & EHLO_FACT_ILL_PIPELINED);
}

TEST(ServerPipelining, NoticesInputBehindACommandThatEndsItsGroup) {
  // RFC 2920 3.1: EHLO, DATA, VRFY, EXPN, TURN, QUIT and NOOP can only be the last of a group.
  // RFC 4954 4: AUTH likewise, but for one whose initial response may be all that it takes.
  for (const std::string_view group :
       {"EHLO c.test\r\nNOOP\r\n", "VRFY x\r\nNOOP\r\n", "NOOP\r\nNOOP\r\n", "AUTH LOGIN\r\ndXNlcg==\r\n"}) {
    Link link(test_options());
    link.feed("EHLO c.test\r\n");
    link.feed(group);
    EXPECT_TRUE(link.server().facts() & EHLO_FACT_ILL_PIPELINED) << group;
  }
  Link link(test_options());
  link.feed("EHLO c.test\r\n");
  link.feed("RSET\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n");
  link.feed("x\r\n.\r\nAUTH PLAIN AHVzZXIAcGFzcw==\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nQUIT\r\n");
  EXPECT_FALSE(link.server().facts() & EHLO_FACT_ILL_PIPELINED);
}

TEST(ServerPipelining, TakesLinesOfARefusedDataForCommands) {
  // RFC 5321 3.3 and S13: content after a refused DATA is commands, and starts no message.
  Scenario s = after_ehlo();
  s.send("MAIL FROM:<>\r\nDATA\r\nSubject: x\r\n\r\n.\r\nRSET\r\n");
  check(s,
        {"mail? <>", "rejected no-recipients 503 @0 'DATA'", "rejected unknown-command 500 @0 'Subject: x'",
         "rejected syntax 501 @0 ''", "rejected unknown-command 500 @0 '.'", "rset", "abort"},
        {kMailOk, kNoRecipients, kUnknownCommand, kSyntax, kUnknownCommand, kResetOk});
}

}  // namespace
