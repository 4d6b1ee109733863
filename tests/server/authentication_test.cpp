// AUTH (RFC 4954): the exchange, its ways to fail, and that what looks like a command is a response.
#include "support/scenario.h"

namespace {

using namespace support;

Scenario with_auth() {
  Scenario s;
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
  s.options.mechanisms = "PLAIN LOGIN";
  s.prelude("EHLO c.test\r\n");
  return s;
}

TEST(ServerAuth, TakesAnInitialResponse) {
  Scenario s = with_auth();
  s.send("AUTH plain AGEAYg==\r\n");
  const Outcome outcome = check(s, {"auth? plain 'AGEAYg==' secret"}, {kAuthOk});
  EXPECT_EQ(outcome.protocol, "ESMTPA");
}

TEST(ServerAuth, GivesAnEmptyInitialResponseAsPresent) {
  // RFC 4954 4: "=" is a response of no octets. The event gives responses as sent, so its presence shows that there is
  // one.
  Scenario s = with_auth();
  s.send("AUTH PLAIN =\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 1u);
  EXPECT_TRUE(outcome.events[0] == "auth? PLAIN '' secret" || outcome.events[0] == "auth? PLAIN '=' secret")
      << outcome.events[0];
  check_cuts(s, outcome);
}

TEST(ServerAuth, ChallengesInBase64) {
  Scenario s = with_auth();
  s.challenge("auth? LOGIN", "Username:").challenge("auth-response? 'QQ=='", "Password:");
  s.send("AUTH LOGIN\r\nQQ==\r\nQg==\r\n");
  check(s, {"auth? LOGIN secret", "auth-response? 'QQ==' secret", "auth-response? 'Qg==' secret"},
        {"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", kAuthOk});
}

TEST(ServerAuth, KeepsTheSpaceOfAnEmptyChallenge) {
  Scenario s = with_auth();
  s.challenge("auth? PLAIN", "").send("AUTH PLAIN\r\nAGEAYg==\r\n");
  check(s, {"auth? PLAIN secret", "auth-response? 'AGEAYg==' secret"}, {"334 ", kAuthOk});
}

TEST(ServerAuth, TakesAnEmptyResponse) {
  Scenario s = with_auth();
  s.challenge("auth? LOGIN", "x").send("AUTH LOGIN\r\n\r\n");
  check(s, {"auth? LOGIN secret", "auth-response? '' secret"}, {"334 eA==", kAuthOk});
}

TEST(ServerAuth, TakesCommandsWithinTheExchangeForResponses) {
  // QUIT and NOOP are base64.
  for (const std::string word : {"QUIT", "NOOP", "RSET", "DATA"}) {
    Scenario s = with_auth();
    s.challenge("auth? LOGIN", "x").send("AUTH LOGIN\r\n" + word + "\r\n");
    check(s, {"auth? LOGIN secret", "auth-response? '" + word + "' secret"}, {"334 eA==", kAuthOk});
  }
}

TEST(ServerAuth, EndsTheExchangeOnAnAsterisk) {
  Scenario s = with_auth();
  s.challenge("auth? LOGIN", "x").send("AUTH LOGIN\r\n*\r\nNOOP\r\n");
  check(s, {"auth? LOGIN secret", "auth-abort auth-cancelled secret", "noop"},
        {"334 eA==", "501 5.7.0 Authentication cancelled", kOk});
}

TEST(ServerAuth, RefusesWhatIsNotStrictBase64) {
  for (const std::string_view line : {"QQ", "QQ=", "QQ===", "=QQ=", "Q=Q=", "QQ== ", " QQ==", "!!!!", "QQ-_", "A",
                                      "QQ==QQ==", "=", "**", "QQ==\tX"}) {
    Scenario s = with_auth();
    s.challenge("auth? LOGIN", "x").send("AUTH LOGIN\r\n" + std::string(line) + "\r\nNOOP\r\n");
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(outcome.wire, lines_of({"334 eA==", "501 5.5.2 Cannot decode base64", kOk})) << printable(line);
    ASSERT_EQ(outcome.events.size(), 3u) << printable(line);
    EXPECT_EQ(outcome.events[1], "auth-abort bad-base64 secret") << printable(line);
    check_cuts(s, outcome);
  }
}

TEST(ServerAuth, ReportsABareCrOrLfInAResponse) {
  for (const auto& [octet, kind] : {std::pair{"\n", "bare-lf"}, std::pair{"\r", "bare-cr"}}) {
    Scenario s = with_auth();
    const std::string line = std::string("QQ=") + octet + "Q";
    s.challenge("auth? LOGIN", "x").send("AUTH LOGIN\r\n" + line + "\r\n");
    check(s,
          {"auth? LOGIN secret", "violation " + std::string(kind) + " @3 '" + printable(line) + "' secret",
           "auth-abort bad-base64 secret"},
          {"334 eA==", "501 5.5.2 Cannot decode base64"});
  }
  // One that ends the response under a policy that lets it.
  Scenario s = with_auth();
  s.options.command_endings = static_cast<std::uint32_t>(EHLO_ENDING_NORMALIZE);
  s.challenge("auth? LOGIN", "x").send("AUTH LOGIN\r\nQQ==\nNOOP\r\n");
  check(s, {"auth? LOGIN secret", "violation bare-lf @4 'QQ==' secret", "auth-response? 'QQ==' secret", "noop"},
        {"334 eA==", kAuthOk, kOk});
}

TEST(ServerAuth, RefusesAnInitialResponseThatIsNotBase64) {
  for (const std::string_view response : {"Q", "QQ", "QQ=", "==", "Q*==", "QQ==QQ=="}) {
    Scenario s = with_auth();
    s.send("AUTH PLAIN " + std::string(response) + "\r\nNOOP\r\n");
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(outcome.wire, lines_of({"501 5.5.2 Cannot decode base64", kOk})) << response;
    ASSERT_EQ(outcome.events.size(), 2u);
    EXPECT_TRUE(outcome.events[0].starts_with("rejected bad-base64 501 @")) << outcome.events[0];
    EXPECT_NE(outcome.events[0].find(" secret"), std::string::npos) << "credentials may be in it";
  }
}

TEST(ServerAuth, RefusesAMechanismThatIsNotOffered) {
  Scenario s = with_auth();
  s.send("AUTH CRAM-MD5\r\nAUTH PLAI\r\nAUTH PLAINX\r\n");
  const Outcome outcome = s.run(0, 0, {});
  const std::string reply = "504 5.5.4 Authentication mechanism not supported";
  EXPECT_EQ(outcome.wire, lines_of({reply, reply, reply}));
  check_cuts(s, outcome);
}

TEST(ServerAuth, IsRefusedAfterItHasSucceeded) {
  Scenario s = with_auth();
  s.send("AUTH PLAIN AGEAYg==\r\nAUTH PLAIN AGEAYg==\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kAuthOk, kBadSequence}));
  check_cuts(s, outcome);
}

TEST(ServerAuth, IsRefusedWithinATransaction) {
  Scenario s = with_auth();
  s.send("MAIL FROM:<>\r\nAUTH PLAIN AGEAYg==\r\nRCPT TO:<b@mx.test>\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({kMailOk, kBadSequence, kRcptOk}));
}

TEST(ServerAuth, MayBeTriedAgainAfterAFailure) {
  Scenario s = with_auth();
  s.answer("auth? PLAIN", 535, "5.7.8", "wrong", 1);
  s.send("AUTH PLAIN AGEAYg==\r\nAUTH PLAIN AGEAYw==\r\n");
  check(s, {"auth? PLAIN 'AGEAYg==' secret", "auth? PLAIN 'AGEAYw==' secret"}, {"535 5.7.8 wrong", kAuthOk});
}

TEST(ServerAuth, EndsAfterTooManyAttempts) {
  Scenario s = with_auth();
  s.answer("auth? PLAIN", 535, "5.7.8", "wrong");
  for (int i = 0; i < 5; ++i) s.send("AUTH PLAIN AGEAYg==\r\n");
  const Outcome outcome = s.run(0, 0, {});
  const std::string no = "535 5.7.8 wrong";
  EXPECT_EQ(outcome.wire.substr(0, 3 * 17), lines_of({no, no, no}));
  EXPECT_EQ(outcome.wire.substr(3 * 17, 18), "421 4.7.0 mx.test ");
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
  check_cuts(s, outcome);
}

TEST(ServerAuth, RefusesAResponseLineAboveTheLimit) {
  Scenario s = with_auth();
  s.challenge("auth? LOGIN", "x");
  s.send("AUTH LOGIN\r\n" + std::string(12284, 'A') + "\r\nNOOP\r\n");
  s.send("AUTH LOGIN\r\n" + std::string(12292, 'A') + "\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"334 eA==", kAuthOk, kOk, kBadSequence, "500 5.5.2 Line too long", kOk}));
  Scenario t = with_auth();
  t.challenge("auth? LOGIN", "x").send("AUTH LOGIN\r\n" + std::string(12292, 'A') + "\r\nNOOP\r\n");
  const Outcome refused = t.run(0, 0, {});
  EXPECT_EQ(refused.wire, lines_of({"334 eA==", "500 5.5.6 Authentication exchange line is too long", kOk}));
  ASSERT_EQ(refused.events.size(), 3u);
  EXPECT_EQ(refused.events[1].substr(0, 29), "auth-abort auth-line-too-long");
  check_cuts(t, refused);
}

// A token of OAUTH has some thousand octets.
TEST(ServerAuth, TakesAnInitialResponseAsLongAsAnyResponse) {
  Scenario s = with_auth();
  s.options.max_auth_line_octets = 5000;
  const std::string token(4984, 'A'), above(4988, 'A');
  s.answer("auth? PLAIN", 535, "5.7.8", "wrong");
  s.send("AUTH PLAIN " + token + "\r\nAUTH PLAIN " + above + "\r\nNOOP " + std::string(600, 'x') + "\r\nNOOP\r\n");
  check(s,
        {"auth? PLAIN '" + token + "' secret", "rejected line-too-long 500 @5001 secret",
         "rejected line-too-long 500 @607 secret", "noop"},
        {"535 5.7.8 wrong", kLineTooLong, kLineTooLong, kOk});
}

TEST(ServerAuth, HasTheLimitOfCommandsWhereThereIsOneForAll) {
  Scenario s = with_auth();
  s.options.max_line_octets = 600;
  s.send("AUTH PLAIN " + std::string(588, 'A') + "\r\n");
  check(s, {"rejected line-too-long 500 @601 secret"}, {kLineTooLong});
}

TEST(ServerAuth, LimitsTheChallengesOfOneExchange) {
  Scenario s = with_auth();
  s.options.max_auth_challenges = 2;
  ehlo::Error last = EHLO_OK;
  Link link(s.options, [&last](Link& link, const ehlo::Event& event, const std::string& text) {
    if (!text.starts_with("auth")) return Link::accept_all(link, event, text);
    last = link.server().challenge(event.id, ehlo::bytes_of("x"));
    return last == EHLO_OK;
  });
  link.feed("EHLO c.test\r\nAUTH LOGIN\r\nQQ==\r\nQQ==\r\n");
  EXPECT_EQ(last, EHLO_E_STATE);
  EXPECT_EQ(link.server().reply(link.open_ask("auth-response?"), answer_of(535, "", "enough")), EHLO_OK);
  link.forget();
  link.feed("NOOP\r\n");
  EXPECT_EQ(link.wire(), lines_of({"535 5.0.0 enough", kOk}));
}

TEST(ServerAuth, IsUnavailableWhereNobodyAsks) {
  Scenario s = with_auth();
  s.options.asks &= ~static_cast<std::uint32_t>(EHLO_ASK_AUTH);
  s.send("AUTH PLAIN AGEAYg==\r\nNOOP\r\n");
  check(s, {"auth PLAIN 'AGEAYg==' secret", "noop"}, {"454 4.7.0 Authentication not available now", kOk});
}

// A client that does not wait sends its responses whatever came of AUTH.
TEST(ServerAuth, MarksResponsesBehindEveryAuthThatFailed) {
  const struct {
    std::string auth;
    std::string event;
    std::string reply;
  } rows[] = {{"AUTH XFOO", "rejected bad-mechanism 504 @5 'AUTH XFOO' secret",
               "504 5.5.4 Authentication mechanism not supported"},
              {"AUTH PLAIN QQ", "rejected bad-base64 501 @13 'AUTH PLAIN QQ' secret", "501 5.5.2 Cannot decode base64"},
              {"AUTH", "rejected syntax 501 @4 'AUTH' secret", kSyntax},
              {"auth\tLOGIN", "rejected syntax 501 @4 'auth\\x09LOGIN' secret", kSyntax},
              {" AUTH LOGIN", "rejected syntax 501 @0 ' AUTH LOGIN' secret", kSyntax},
              {"AUTHENTICATE LOGIN", "rejected unknown-command 500 @0 'AUTHENTICATE LOGIN' secret", kUnknownCommand},
              {"AUTH LOGIN " + std::string(20000, 'A'), "rejected line-too-long 500 @20013 secret", kLineTooLong},
              {"AUTH LOGIN", "auth? LOGIN secret", "454 4.7.0 no"}};
  for (const auto& row : rows) {
    Scenario s = with_auth();
    s.answer("auth? LOGIN", 454, "4.7.0", "no");
    s.send(row.auth + "\r\nYWxpY2U=\r\nc2Vj cmV0\r\nEHLO c.test\r\nWHAT\r\n");
    const Outcome outcome = s.run(0, 0, {});
    ASSERT_EQ(outcome.events.size(), 5u) << row.event;
    EXPECT_EQ(outcome.events[0], row.event);
    EXPECT_EQ(outcome.events[1], "rejected unknown-command 500 @0 'YWxpY2U=' secret");
    EXPECT_EQ(outcome.events[2], "rejected unknown-command 500 @0 'c2Vj cmV0' secret");
    EXPECT_EQ(outcome.events[3], "hello EHLO c.test");
    EXPECT_EQ(outcome.events[4], "rejected unknown-command 500 @0 'WHAT'");
    EXPECT_TRUE(outcome.wire.starts_with(row.reply + "\r\n")) << outcome.wire;
    check_cuts(s, outcome);
  }
}

TEST(ServerAuth, MarksResponsesBehindAnExchangeThatFailed) {
  for (const std::string_view response : {"*", "Q", "QQ=="}) {
    Scenario s = with_auth();
    s.challenge("auth? LOGIN", "x").answer("auth-response? 'QQ=='", 535, "5.7.8", "wrong");
    s.send("AUTH LOGIN\r\n" + std::string(response) + "\r\nc2VjcmV0\r\nNOOP\r\nc2VjcmV0\r\n");
    const Outcome outcome = s.run(0, 0, {});
    ASSERT_EQ(outcome.events.size(), 5u) << response;
    EXPECT_EQ(outcome.events[2], "rejected unknown-command 500 @0 'c2VjcmV0' secret");
    EXPECT_EQ(outcome.events[4], "rejected unknown-command 500 @0 'c2VjcmV0'");
    check_cuts(s, outcome);
  }
}

TEST(ServerAuth, MarksViolationsAndLongLinesBehindIt) {
  Scenario s = with_auth();
  s.send("AUTH XFOO\r\nc2Vj\ncmV0\r\nc2Vj\rcmV0\r\n" + std::string(20000, 'A') + "\r\nNOOP\r\n");
  check(s,
        {"rejected bad-mechanism 504 @5 'AUTH XFOO' secret", "violation bare-lf @4 'c2Vj\\ncmV0' secret",
         "rejected syntax 501 @4 'c2Vj\\ncmV0' secret", "violation bare-cr @4 'c2Vj\\rcmV0' secret",
         "rejected syntax 501 @4 'c2Vj\\rcmV0' secret", "rejected line-too-long 500 @20002 secret", "noop"},
        {"504 5.5.4 Authentication mechanism not supported", kSyntax, kSyntax, kLineTooLong, kOk});
}

// A refusal for the moment is of a command that could be read.
TEST(ServerAuth, MarksNoCommandThatCanBeRead) {
  Scenario s = with_auth();
  s.send("AUTH XFOO\r\nDATA\r\nWHAT\r\n");
  check(s,
        {"rejected bad-mechanism 504 @5 'AUTH XFOO' secret", "rejected bad-sequence 503 @0 'DATA'",
         "rejected unknown-command 500 @0 'WHAT'"},
        {"504 5.5.4 Authentication mechanism not supported", kBadSequence, kUnknownCommand});
}

TEST(ServerAuth, MarksAnUnknownVerbThatIsHandedOverBehindIt) {
  Scenario s = with_auth();
  s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  s.send("AUTH XFOO\r\nc2VjcmV0\r\nNOOP\r\nc2VjcmV0\r\n");
  check(s,
        {"rejected bad-mechanism 504 @5 'AUTH XFOO' secret", "command? c2VjcmV0 secret", "noop", "command? c2VjcmV0"},
        {"504 5.5.4 Authentication mechanism not supported", kOk, kOk, kOk});
}

TEST(ServerAuth, NeedsTlsUnlessPlaintextAuthIsAllowed) {
  Scenario s;
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_AUTH) | EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
  s.options.mechanisms = "PLAIN";
  s.options.flags &= ~std::uint32_t{EHLO_SERVER_FLAG_PLAINTEXT_AUTH};
  s.prelude("").send("EHLO c.test\r\nAUTH PLAIN AGEAYg==\r\nSTARTTLS\r\n").tls_started();
  s.send("EHLO c.test\r\nAUTH PLAIN AGEAYg==\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire.substr(0, 27), lines_of({"250-mx.test", "250 STARTTLS"}));
  EXPECT_EQ(outcome.wire[27], '5');
  EXPECT_TRUE(outcome.wire.ends_with(lines_of({"250-mx.test", "250 AUTH PLAIN", "235 Authentication succeeded"})))
      << outcome.wire;
}

}  // namespace
