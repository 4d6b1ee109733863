// MAIL and RCPT: what is reported to the program, and what its answers do (RFC 5321 3.3, 4.1.1.2, 4.1.1.3).
#include "support/scenario.h"

namespace {

using namespace support;

TEST(ServerEnvelope, HandsOverTheParametersOfMailAsSentAndTyped) {
  Scenario s = after_ehlo();
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
  s.options.mechanisms = "PLAIN";
  s.send("MAIL FROM:<a@c.test> size=1000 BODY=8bitmime RET=HDRS ENVID=q+2B1 AUTH=<> SMTPUTF8\r\n");
  check(s, {"mail? <a@c.test> size=1000#1000 BODY=8bitmime#1 RET=HDRS#2 ENVID=q+2B1 AUTH=<> SMTPUTF8 size=1000 utf8"},
        {kMailOk});
}

TEST(ServerEnvelope, HandsOverTheParametersOfRcpt) {
  Scenario s = after_ehlo();
  s.send("MAIL FROM:<>\r\nRCPT TO:<b@mx.test> NOTIFY=success,DELAY ORCPT=rfc822;Bob+2B@x.test\r\n");
  check(s, {"mail? <>", "rcpt? 0 <b@mx.test> NOTIFY=success,DELAY#10 ORCPT=rfc822;Bob+2B@x.test~Bob+2B@x.test"},
        {kMailOk, kRcptOk});
}

// RFC 3463: whose address is wrong. RFC 5321 4.5.3.1.9: "Path too long".
TEST(ServerEnvelope, SaysWhetherSenderOrRecipientIsRefused) {
  Scenario s = after_ehlo();
  s.options.max_local_part_octets = 64;
  s.options.max_path_octets = 256;
  const std::string local(65, 'a');
  s.send("MAIL FROM:<" + local + "@c.test>\r\nMAIL FROM:<a@c_d>\r\nMAIL FROM:<>\r\n");
  s.send("RCPT TO:<" + local + "@mx.test>\r\nRCPT TO:<>\r\n");
  check(s,
        {"rejected path-too-long 501 @75 'MAIL FROM:<" + local + "@c.test>'",
         "rejected bad-sender 501 @14 'MAIL FROM:<a@c_d>'", "mail? <>",
         "rejected path-too-long 501 @73 'RCPT TO:<" + local + "@mx.test>'",
         "rejected bad-recipient 501 @9 'RCPT TO:<>'"},
        {"501 5.1.7 Path too long", kBadSender, kMailOk, "501 5.1.3 Path too long", kBadRecipient});
}

TEST(ServerEnvelope, OpensNoTransactionForARefusedSender) {
  Scenario s = after_ehlo();
  s.answer("mail? <spam@", 550, "5.7.1", "no").send("MAIL FROM:<spam@c.test>\r\nRCPT TO:<b@mx.test>\r\n");
  s.send("MAIL FROM:<a@c.test>\r\n");
  check(s, {"mail? <spam@c.test>", "rejected bad-sequence 503 @0 'RCPT TO:<b@mx.test>'", "mail? <a@c.test>"},
        {"550 5.7.1 no", kBadSequence, kMailOk});
}

TEST(ServerEnvelope, KeepsAcceptedRecipientsWhenOneIsRefused) {
  Scenario s = after_ehlo();
  s.answer("rcpt? 1", 550, "5.1.1", "unknown").send("MAIL FROM:<>\r\n");
  s.send("RCPT TO:<b@mx.test>\r\nRCPT TO:<no@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n.\r\n");
  check(s, {"mail? <>", "rcpt? 0 <b@mx.test>", "rcpt? 1 <no@mx.test>", "rcpt? 2 <c@mx.test>", "data", "message? 0"},
        {kMailOk, kRcptOk, "550 5.1.1 unknown", kRcptOk, kGoAhead, kMessageOk}, {""});
}

TEST(ServerEnvelope, RefusesDataWhenAllRecipientsWereRefused) {
  Scenario s = after_ehlo();
  s.answer("rcpt?", 450, "4.2.1", "later").send("MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nNOOP\r\n");
  check(s, {"mail? <>", "rcpt? 0 <b@mx.test>", "rejected no-recipients 503 @0 'DATA'", "noop"},
        {kMailOk, "450 4.2.1 later", kNoRecipients, kOk});
}

TEST(ServerEnvelope, OpensNoTransactionForAFaultyMail) {
  const struct {
    const char* line;
    const char* event;
    std::string reply;
  } rows[] = {
      {"MAIL FROM:<a@c.test> FOO=1", "unknown-parameter 555 @21", kUnknownParameter},
      {"MAIL FROM:<a@c.test> SIZE=", "bad-parameter 501 @", kBadParameter},
      {"MAIL FROM:<a@c.test> SIZE=1 SIZE=1", "bad-parameter 501 @28", kBadParameter},
      {"MAIL FROM:<a@c.test> NOTIFY=NEVER", "unknown-parameter 555 @21", kUnknownParameter},
      {"MAIL FROM:<a@c.test> SIZE=18446744073709551616", "size-overflow 552 @", kTooLarge},
      {"MAIL FROM:<a@c.test>  SIZE=1", "bad-parameter 501 @21", kBadParameter},
      {"MAIL FROM: <a@c.test>", "bad-sender 501 @10", kBadSender},
      {"MAIL FROM:a@c.test", "bad-sender 501 @10", kBadSender},
      {"MAIL FROM:<a@c.test", "bad-sender 501 @19", kBadSender},
      {"MAIL TO:<a@c.test>", "syntax 501 @5", kSyntax},
      {"MAIL", "syntax 501 @4", kSyntax},
      {"MAIL FROM:<\xC3\xBC@c.test>", "needs-smtputf8 553 @10", kNeedsSmtputf8},
      {"MAIL FROM:<a@c.test> BODY=9BIT", "bad-parameter 501 @", kBadParameter},
      {"MAIL FROM:<a\tb@c.test>", "syntax 501 @12", kSyntax},
  };
  for (const auto& row : rows) {
    Scenario s = after_ehlo();
    s.send(std::string(row.line) + "\r\nRCPT TO:<b@mx.test>\r\n");
    const Outcome outcome = s.run(0, 0, {});
    ASSERT_EQ(outcome.events.size(), 2u) << row.line;
    EXPECT_EQ(outcome.events[0].substr(0, std::string("rejected ").size() + std::string(row.event).size()),
              std::string("rejected ") + row.event)
        << row.line;
    EXPECT_EQ(outcome.events[1], "rejected bad-sequence 503 @0 'RCPT TO:<b@mx.test>'");
    EXPECT_EQ(outcome.wire, lines_of({row.reply, kBadSequence})) << row.line;
    check_cuts(s, outcome);
  }
}

TEST(ServerEnvelope, KeepsTheTransactionThroughAFaultyRcpt) {
  for (const std::string_view line : {"RCPT TO:<>", "RCPT TO:<b@mx.test> SIZE=1", "RCPT TO:<b@-mx.test>",
                                      "RCPT TO:", "RCPT TO:<b>", "RCPT TO:<b@mx.test> NOTIFY=NEVER,DELAY"}) {
    Scenario s = after_rcpt();
    s.send(std::string(line) + "\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n.\r\n");
    const Outcome outcome = s.run(0, 0, {});
    ASSERT_EQ(outcome.events.size(), 4u) << line;
    EXPECT_TRUE(outcome.events[0].starts_with("rejected ")) << outcome.events[0];
    // A line that the library refused is not a recipient, so it has no index.
    EXPECT_EQ(outcome.events[1], "rcpt? 1 <c@mx.test>");
    EXPECT_EQ(outcome.events[3], "message? 0");
    check_cuts(s, outcome);
  }
}

TEST(ServerEnvelope, RefusesADeclaredSizeAboveTheLimit) {
  Scenario s = after_ehlo();
  s.options.max_message_octets = 70000;
  s.send("MAIL FROM:<a@c.test> SIZE=70001\r\nMAIL FROM:<a@c.test> SIZE=70000\r\n");
  check(s,
        {"rejected message-too-large 552 @0 'MAIL FROM:<a@c.test> SIZE=70001'",
         "mail? <a@c.test> SIZE=70000#70000 size=70000"},
        {kTooLarge, kMailOk});
}

TEST(ServerEnvelope, TakesParametersOnlyAfterEhlo) {
  Scenario s;
  s.prelude("HELO c.test\r\n").send("MAIL FROM:<a@c.test> SIZE=1\r\nMAIL FROM:<a@c.test>\r\n");
  check(s, {"rejected unknown-parameter 555 @21 'MAIL FROM:<a@c.test> SIZE=1'", "mail? <a@c.test>"},
        {kUnknownParameter, kMailOk});
}

TEST(ServerEnvelope, TakesNonAsciiRecipientsOnlyInASmtputf8Transaction) {
  Scenario s = after_ehlo();
  s.send("MAIL FROM:<a@c.test>\r\nRCPT TO:<\xC3\xBC@mx.test>\r\nRSET\r\n");
  s.send("MAIL FROM:<\xC3\xBC@c.test> SMTPUTF8\r\nRCPT TO:<\xC3\xBC@mx.test>\r\n");
  check(s,
        {"mail? <a@c.test>", "rejected needs-smtputf8 553 @8 'RCPT TO:<\\xc3\\xbc@mx.test>'", "rset", "abort",
         "mail? <\\xc3\\xbc@c.test> SMTPUTF8 utf8", "rcpt? 0 <\\xc3\\xbc@mx.test>"},
        {kMailOk, kNeedsSmtputf8, kResetOk, kMailOk, kRcptOk});
}

TEST(ServerEnvelope, KeepsSourceRoutesAndQuotesAsSent) {
  Scenario s = after_ehlo();
  s.send("MAIL FROM:<\"a \\\"b\"@c.test>\r\nRCPT TO:<@x.test,@y.test:b@[IPv6:::1]>\r\n");
  check(s, {"mail? <\"a \\\\\"b\"@c.test>", "rcpt? 0 <@x.test,@y.test:b@[IPv6:::1]>"}, {kMailOk, kRcptOk});
}

TEST(ServerEnvelope, PointsAtThePartsOfThePath) {
  ehlo::Event seen = ehlo::kNoEvent;
  Link link(test_options(), [&seen](Link& link, const ehlo::Event& event, const std::string& text) {
    if (event.type == EHLO_SERVER_EVENT_RCPT) seen = event;
    return Link::accept_all(link, event, text);
  });
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\n");
  link.feed("RCPT TO:<@r.test:\"b\"@[10.0.0.1]> NOTIFY=NEVER\r\n");
  using ehlo::Span;
  EXPECT_EQ(seen.line, (Span{0, 45}));
  EXPECT_EQ(seen.path.whole, (Span{8, 24}));
  EXPECT_EQ(seen.path.route, (Span{9, 7}));
  EXPECT_EQ(seen.path.local, (Span{17, 3}));
  EXPECT_EQ(seen.path.domain, (Span{22, 8}));
  EXPECT_EQ(seen.path.domain_kind, EHLO_DOMAIN_IPV4);
  EXPECT_EQ(seen.path.flags, EHLO_PATH_QUOTED);
  EXPECT_EQ(seen.verb, EHLO_VERB_RCPT);
}

}  // namespace
