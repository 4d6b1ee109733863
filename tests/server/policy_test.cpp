// Policies: TLS or authentication first, endings of command lines, what junk looks like.
#include "support/scenario.h"

namespace {

using namespace support;

TEST(ServerPolicy, RefusesAllButAFewCommandsBeforeTls) {
  const struct {
    std::string_view line;
    const char* code;
  } rows[] = {{"NOOP", "250"},        {"EHLO c.test", "250"}, {"STARTTLS", "220"},     {"QUIT", "221"},
              {"HELO c.test", "530"}, {"RSET", "530"},        {"MAIL FROM:<>", "530"}, {"RCPT TO:<b@mx.test>", "530"},
              {"VRFY bob", "530"},    {"DATA", "530"},        {"HELP", "530"}};
  for (const auto& row : rows) {
    Scenario s;
    s.options.flags |= EHLO_SERVER_FLAG_REQUIRE_TLS;
    s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
    s.prelude("EHLO c.test\r\n").send(std::string(row.line) + "\r\n");
    EXPECT_EQ(s.run(0, 0, {}).wire.substr(0, 3), row.code) << row.line;
  }
}

TEST(ServerPolicy, DrainsAChunkThatIsRefusedForWantOfTls) {
  Scenario s = after_ehlo();
  s.options.flags |= EHLO_SERVER_FLAG_REQUIRE_TLS;
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
  s.send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({kTlsRequired, kOk}));
  check_cuts(s, outcome);
}

TEST(ServerPolicy, RefusesMailBeforeAuthentication) {
  const struct {
    std::string_view line;
    const char* code;
  } rows[] = {{"NOOP", "250"},
              {"EHLO c.test", "250"},
              {"HELO c.test", "250"},
              {"RSET", "250"},
              {"QUIT", "221"},
              {"STARTTLS", "220"},
              {"AUTH PLAIN AGEAYg==", "235"},
              {"MAIL FROM:<>", "530"},
              {"VRFY bob", "530"},
              {"EXPN bob", "530"},
              {"DATA", "530"},
              {"HELP", "530"}};
  for (const auto& row : rows) {
    Scenario s;
    s.options.flags |= EHLO_SERVER_FLAG_REQUIRE_AUTH;
    s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS) | EHLO_EXT_BIT(EHLO_EXT_AUTH) | EHLO_EXT_BIT(EHLO_EXT_EXPN);
    s.options.mechanisms = "PLAIN";
    s.prelude("EHLO c.test\r\n").send(std::string(row.line) + "\r\n");
    EXPECT_EQ(s.run(0, 0, {}).wire.substr(0, 3), row.code) << row.line;
  }
}

TEST(ServerPolicy, LetsMailThroughOnceAuthenticated) {
  Scenario s;
  s.options.flags |= EHLO_SERVER_FLAG_REQUIRE_AUTH;
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
  s.options.mechanisms = "PLAIN";
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<>\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<>\r\n");
  check(s, {"rejected auth-required 530 @0 'MAIL FROM:<>'", "auth? PLAIN 'AGEAYg==' secret", "mail? <>"},
        {kAuthRequired, kAuthOk, kMailOk});
}

TEST(ServerPolicy, RejectsALineWithABareLfOnce) {
  Scenario s = after_ehlo();
  s.send("NOOP\nQUIT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 3u);
  EXPECT_EQ(outcome.events[0], "violation bare-lf @4 'NOOP\\nQUIT'");
  EXPECT_TRUE(outcome.events[1].starts_with("rejected syntax 501 @4 ")) << outcome.events[1];
  EXPECT_EQ(outcome.events[2], "noop");
  EXPECT_EQ(outcome.wire.substr(0, 2), "50");
  EXPECT_TRUE(outcome.wire.ends_with("\r\n" + kOk + "\r\n"));
  check_cuts(s, outcome);
}

TEST(ServerPolicy, EndsALineAtABareLfWhereThePolicyIsNormalize) {
  for (const auto endings : {EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT}) {
    Scenario s = after_ehlo();
    s.options.command_endings = static_cast<std::uint32_t>(endings);
    s.send("NOOP\nRSET\nNOOP x\r\n");
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(outcome.wire, lines_of({kOk, kResetOk, kOk}));
    check_cuts(s, outcome);
  }
}

TEST(ServerPolicy, RefusesABareCrInALine) {
  for (const std::string_view line : {"NOOP\rQUIT", "NO\rOP", "\rNOOP", "NOOP x\r"}) {
    Scenario s = after_ehlo();
    s.send(std::string(line) + "\r\nNOOP\r\n");
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(std::count(outcome.wire.begin(), outcome.wire.end(), '\n'), 2) << printable(line);
    EXPECT_EQ(outcome.wire.substr(0, 2), "50") << printable(line);
    check_cuts(s, outcome);
  }
}

// Whatever else is wrong with the line.
TEST(ServerPolicy, ReportsABareCrInALineThatCannotBeRead) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"NO\rOP", "2"}, {"\rNOOP", "0"}, {"MAIL FROM:<a\r@c.test>", "12"}, {"EHLO c\r.test", "6"}, {"BDAT 5\r", "6"}};
  for (const auto& [line, at] : rows) {
    Scenario s = after_ehlo();
    s.send(std::string(line) + "\r\n");
    const Outcome outcome = s.run(0, 0, {});
    ASSERT_GE(outcome.events.size(), 2u) << printable(line);
    EXPECT_EQ(outcome.events[0], "violation bare-cr @" + std::string(at) + " '" + printable(line) + "'");
    EXPECT_TRUE(outcome.events[1].starts_with("rejected ")) << outcome.events[1];
    check_cuts(s, outcome);
  }
}

TEST(ServerPolicy, RefusesNulAnywhereInALine) {
  const std::string_view lines[] = {{"NOOP\0", 5}, {"NOOP \0", 6}, {"\0NOOP", 5}, {"MAIL FROM:<a\0@c.test>", 21}};
  for (const std::string_view line : lines) {
    Scenario s = after_ehlo();
    s.send(std::string(line) + "\r\n");
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(outcome.wire.substr(0, 2), "50") << printable(line);
    EXPECT_EQ(outcome.events.size(), 1u) << printable(line);
  }
}

TEST(ServerPolicy, RecognizesOtherProtocols) {
  Scenario s = after_greeting();
  s.send("GET / HTTP/1.1\r\n").send("POST /x HTTP/1.1\r\n").send("GETX\r\n").send("\x16\x03\x01\x02 hello\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 4u);
  EXPECT_TRUE(outcome.events[0].ends_with(" http")) << outcome.events[0];
  EXPECT_TRUE(outcome.events[1].ends_with(" http")) << outcome.events[1];
  EXPECT_TRUE(outcome.events[2].ends_with("'GETX'")) << outcome.events[2];
  EXPECT_TRUE(outcome.events[3].ends_with(" tls")) << outcome.events[3];
  check_cuts(s, outcome);
}

TEST(ServerPolicy, NamesTheProtocolForTraceFields) {
  // RFC 3848 and RFC 6531 4.3.
  const struct {
    std::uint32_t protocol;
    const char* hello;
    bool tls, auth, utf8;
    const char* name;
  } rows[] = {{0, "HELO", false, false, false, "SMTP"},    {0, "EHLO", false, false, false, "ESMTP"},
              {0, "EHLO", true, false, false, "ESMTPS"},   {0, "EHLO", false, true, false, "ESMTPA"},
              {0, "EHLO", true, true, false, "ESMTPSA"},   {0, "EHLO", false, false, true, "UTF8SMTP"},
              {0, "EHLO", true, false, true, "UTF8SMTPS"}, {0, "EHLO", false, true, true, "UTF8SMTPA"},
              {0, "EHLO", true, true, true, "UTF8SMTPSA"}, {1, "LHLO", false, false, false, "LMTP"},
              {1, "LHLO", true, true, false, "LMTPSA"},    {1, "LHLO", false, false, true, "UTF8LMTP"},
              {1, "LHLO", true, true, true, "UTF8LMTPSA"}};
  for (const auto& row : rows) {
    Scenario s;
    s.options.protocol = row.protocol;
    s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
    s.options.mechanisms = "PLAIN";
    if (row.tls) s.options.flags |= EHLO_SERVER_FLAG_IMPLICIT_TLS;
    s.send(std::string(row.hello) + " c.test\r\n");
    if (row.auth) s.send("AUTH PLAIN AGEAYg==\r\n");
    if (row.utf8) s.send("MAIL FROM:<> SMTPUTF8\r\n");
    EXPECT_EQ(s.run(0, 0, {}).protocol, row.name);
  }
}

}  // namespace
