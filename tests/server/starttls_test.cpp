// STARTTLS (RFC 3207): nothing of the plaintext survives it.
#include <sys/mman.h>

#include "support/scenario.h"

namespace {

using namespace support;

Scenario with_starttls() {
  Scenario s;
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_STARTTLS) | EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  s.prelude("EHLO c.test\r\n");
  return s;
}

TEST(ServerStarttls, WaitsForTheHandshakeOnceThe220HasBeenTaken) {
  Scenario s = with_starttls();
  s.send("STARTTLS\r\n");
  const Outcome outcome = check(s, {"starttls"}, {kTlsReady});
  EXPECT_EQ(outcome.wants, EHLO_WANT_TLS);
}

TEST(ServerStarttls, WantsNoTlsBeforeThe220HasBeenTaken) {
  Link link(with_starttls().options);
  link.feed("EHLO c.test\r\n");
  ehlo::Event events[8];
  ehlo::Span spans[8];
  ehlo::Param params[32];
  ehlo::Batch batch{events, spans,   params, sizeof(ehlo_server_event), 8, 0, 8, 0, sizeof(ehlo_param), 32,
                    0,      EHLO_OK, 0};
  EXPECT_EQ(link.server().receive(ehlo::bytes_of("STARTTLS\r\n"), batch), 10u);
  EXPECT_EQ(link.server().wants() & EHLO_WANT_TLS, 0u);
  EXPECT_EQ(link.server().wants() & EHLO_WANT_OUTPUT, EHLO_WANT_OUTPUT);
  link.take_output();
  EXPECT_EQ(link.server().wants() & EHLO_WANT_TLS, EHLO_WANT_TLS);
}

TEST(ServerStarttls, StartsOverAfterTheHandshake) {
  Scenario s = with_starttls();
  s.send("STARTTLS\r\n").tls_started().send("MAIL FROM:<>\r\nEHLO again.test\r\nSTARTTLS\r\n");
  const Outcome outcome = check(s,
                                {"starttls", "rejected bad-sequence 503 @0 'MAIL FROM:<>'", "hello EHLO again.test",
                                 "rejected bad-sequence 503 @0 'STARTTLS'"},
                                {kTlsReady, kBadSequence, "250-mx.test", "250 ENHANCEDSTATUSCODES", kBadSequence});
  EXPECT_EQ(outcome.protocol, "ESMTPS");
}

TEST(ServerStarttls, DropsPlaintextBehindIt) {
  for (const std::string_view behind :
       {"RSET\r\n", "MAIL FROM:<evil@c.test>\r\nRCPT TO:<b@mx.test>\r\n", "RSET", "\r\n"}) {
    Scenario s = with_starttls();
    s.send("STARTTLS\r\n" + std::string(behind)).tls_started().send("EHLO c.test\r\n");
    const Outcome outcome = s.run(0, 0, {});
    EXPECT_EQ(outcome.wire, lines_of({kTlsReady, "250-mx.test", "250 ENHANCEDSTATUSCODES"}));
    ASSERT_EQ(outcome.events.size(), 3u);
    EXPECT_EQ(outcome.events[1], "plaintext " + std::to_string(behind.size()));
    EXPECT_EQ(outcome.events[2], "hello EHLO c.test");
    check_cuts(s, outcome);
  }
}

TEST(ServerStarttls, ClosesOnPlaintextWhereThePolicySaysSo) {
  Scenario s = with_starttls();
  s.options.flags |= EHLO_SERVER_FLAG_CLOSE_ON_INJECTION;
  s.send("STARTTLS\r\nRSET\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.events.back(), "close tls-injection");
  EXPECT_TRUE(outcome.wants & EHLO_WANT_CLOSE);
}

TEST(ServerStarttls, TakesNoArgument) {
  Scenario s = with_starttls();
  s.send("STARTTLS now\r\nNOOP\r\n");
  check(s, {"rejected syntax 501 @9 'STARTTLS now'", "noop"}, {kSyntax, kOk});
}

TEST(ServerStarttls, IsRefusedWhereItIsNotOffered) {
  Scenario s = after_ehlo();
  s.send("STARTTLS\r\n");
  check(s, {"rejected not-implemented 502 @0 'STARTTLS'"}, {kNotImplemented});
}

TEST(ServerStarttls, GoesOnInPlaintextWhenTheProgramRefuses) {
  Scenario s = with_starttls();
  s.options.asks |= EHLO_ASK_STARTTLS;
  s.answer("starttls?", 454, "4.7.0", "not now").send("STARTTLS\r\n").send("NOOP\r\n");
  const Outcome outcome = check(s, {"starttls?", "noop"}, {"454 4.7.0 not now", kOk});
  EXPECT_EQ(outcome.wants, EHLO_WANT_INPUT);
}

TEST(ServerStarttls, EndsWhenTheHandshakeFails) {
  Scenario s = with_starttls();
  s.send("STARTTLS\r\n").act([](Link& link) { EXPECT_EQ(link.server().tls_failed(), EHLO_OK); });
  s.send("NOOP\r\n");
  const Outcome outcome = check(s, {"starttls", "close tls-failed"}, {kTlsReady});
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
}

// Nothing can be said in clear text any more, not even 421.
TEST(ServerStarttls, EndsWithoutAReplyWhenTheHandshakeTakesTooLong) {
  Scenario s = with_starttls();
  s.send("STARTTLS\r\n").act([](Link& link) {
    EXPECT_EQ(link.server().wants(), EHLO_WANT_TLS);
    link.server().timed_out();
  });
  const Outcome outcome = check(s, {"starttls", "close timeout"}, {kTlsReady});
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
}

TEST(ServerStarttls, RefusesAnOutcomeThatNobodyWaitsFor) {
  Link link(with_starttls().options);
  EXPECT_EQ(link.server().tls_started(), EHLO_E_STATE);
  EXPECT_EQ(link.server().tls_failed(), EHLO_E_STATE);
  link.feed("EHLO c.test\r\nSTARTTLS\r\n");
  EXPECT_EQ(link.server().tls_started(), EHLO_OK);
  EXPECT_EQ(link.server().tls_started(), EHLO_E_STATE);
}

TEST(ServerStarttls, ForgetsAuthentication) {
  Scenario s = with_starttls();
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
  s.options.mechanisms = "PLAIN";
  s.send("AUTH PLAIN AGEAYg==\r\nSTARTTLS\r\n").tls_started();
  const Outcome outcome = s.run(0, 0, {});
  // RFC 3848: no "A" without authentication, and none was repeated under TLS (RFC 3207 4.2); ESMTP came before it.
  EXPECT_EQ(outcome.protocol.find('A'), std::string::npos) << outcome.protocol;
  Scenario again = s;
  again.send("EHLO c.test\r\nAUTH PLAIN AGEAYg==\r\n");
  EXPECT_EQ(again.run(0, 0, {}).protocol, "ESMTPSA");
}

TEST(ServerStarttls, IsNotOfferedUnderImplicitTls) {
  Scenario s;
  s.options = with_starttls().options;
  s.options.flags |= EHLO_SERVER_FLAG_IMPLICIT_TLS;
  s.prelude("").send("EHLO c.test\r\nSTARTTLS\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"250-mx.test", "250 ENHANCEDSTATUSCODES", kBadSequence}));
  EXPECT_EQ(outcome.protocol, "ESMTPS");
}

// One call looks at a gibibyte at most, and what comes after that is plaintext too.
TEST(ServerStarttls, WantsNoTlsWhileOctetsOfAHugeInputAreNotShown) {
  constexpr std::size_t kLooked = std::size_t{1} << 30, kBehind = 100, kOctets = kLooked + kBehind;
  void* const map = mmap(nullptr, kOctets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(map, MAP_FAILED) << "no room for the address range";
  auto* const input = static_cast<ehlo::Octet*>(map);
  constexpr std::string_view kCommand = "STARTTLS\r\n";
  std::memcpy(input, kCommand.data(), kCommand.size());
  Link link(with_starttls().options);
  link.feed("EHLO c.test\r\n");
  ehlo::Event events[8];
  ehlo::Span spans[8];
  ehlo::Param params[32];
  ehlo::Batch batch{events, spans,   params, sizeof(ehlo_server_event), 8, 0, 8, 0, sizeof(ehlo_param), 32,
                    0,      EHLO_OK, 0};
  EXPECT_EQ(link.server().receive({input, kOctets}, batch), kLooked);
  link.take_output();
  EXPECT_EQ(link.server().wants(), EHLO_WANT_INPUT);
  EXPECT_EQ(link.server().receive({input + kLooked, kBehind}, batch), kBehind);
  EXPECT_EQ(link.server().wants(), EHLO_WANT_TLS);
  EXPECT_EQ(link.server().tls_started(), EHLO_OK);
  EXPECT_EQ(link.server().receive({}, batch), 0u);
  ASSERT_EQ(batch.event_count, 1u);
  EXPECT_EQ(events[0].type, EHLO_SERVER_EVENT_PLAINTEXT);
  EXPECT_EQ(events[0].number, kOctets - kCommand.size());
  munmap(map, kOctets);
}

}  // namespace
