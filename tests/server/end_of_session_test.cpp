// The ends of a session: QUIT, loss of the connection, time, the program's wish. Nothing counts behind any of them.
#include "ehlo.h"
#include "support/scenario.h"

namespace {

using namespace support;

TEST(ServerEnd, DropsTheMessageWhenTheConnectionIsLost) {
  for (const std::string_view part : {"DATA\r\nhalf\r\n.\r", "BDAT 10 LAST\r\nhalf", "QUI", "", "BDAT 4\r\nhalf"}) {
    Scenario s = after_rcpt();
    s.send(part).eof().send("DATA\r\n");
    const Outcome outcome = s.run(0, 0, {});
    ASSERT_GE(outcome.events.size(), 2u) << part;
    EXPECT_EQ(outcome.events.back(), "close connection-lost") << part;
    EXPECT_TRUE(outcome.events[outcome.events.size() - 2].starts_with("abort")) << part;
    for (const std::string& event : outcome.events) EXPECT_FALSE(event.starts_with("message")) << part;
    EXPECT_TRUE(outcome.wants & ehlo::kWantClose);
    check_cuts(s, outcome);
  }
}

TEST(ServerEnd, TellsOfALossOnce) {
  Scenario s = after_ehlo();
  s.eof().eof().act([](Link& link) { link.server().timed_out(); });
  check(s, {"close connection-lost"}, {});
}

TEST(ServerEnd, Says421WhenTimeHasPassed) {
  Scenario s = after_rcpt();
  s.act([](Link& link) { link.server().timed_out(); }).send("DATA\r\n");
  const Outcome outcome =
      check(s, {"abort timeout", "close timeout"}, {"421 4.4.2 mx.test Timeout exceeded, closing connection"});
  EXPECT_EQ(outcome.wants, ehlo::kWantClose);
}

TEST(ServerEnd, Says421WhenTheProgramShutsDown) {
  Scenario s = after_ehlo();
  s.act([](Link& link) { EXPECT_EQ(link.server().shutdown(answer_of(421, "", "")), ehlo::Error::none); });
  s.send("NOOP\r\n");
  check(s, {"close shutdown"}, {"421 4.3.2 mx.test Service shutting down, closing connection"});
}

TEST(ServerEnd, RefusesTheClientWithTheGreeting) {
  Scenario s;
  s.options.asks |= ehlo::kAskGreeting;
  s.answer("greeting?", 554, "5.7.1", "no SMTP service here");
  s.send("EHLO c.test\r\nMAIL FROM:<>\r\nQUIT\r\n");
  const Outcome outcome = s.run(0, 0, {});
  // RFC 5321 3.1: 503 to everything but QUIT. RFC 2034 4: no enhanced code in a greeting or a reply to EHLO.
  ASSERT_GE(outcome.wire.size(), 3u);
  EXPECT_EQ(outcome.wire, lines_of({"554 no SMTP service here", "503 Bad sequence of commands", kBadSequence, kBye}));
  check_cuts(s, outcome);
}

TEST(ServerEnd, SendsTheRepliesBeforeTheLast) {
  Scenario s = after_ehlo();
  s.send("NOOP\r\nRSET\r\nQUIT\r\n");
  check(s, {"noop", "rset", "quit", "close"}, {kOk, kResetOk, kBye});
}

TEST(ServerEnd, EndsWhateverTheAnswerToQuit) {
  Scenario s = after_ehlo();
  s.options.asks |= ehlo::kAskQuit;
  s.answer("quit?", 550, "5.0.0", "stay").send("QUIT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.events, (std::vector<std::string>{"quit?", "close"}));
  EXPECT_EQ(outcome.wants, ehlo::kWantClose);
  check_cuts(s, outcome);
}

TEST(ServerEnd, ConsumesWhatIsShownBehindIt) {
  Link link(test_options());
  link.feed("QUIT\r\n");
  link.feed(std::string(5000, 'x'));
  EXPECT_EQ(link.tail(), "");
  EXPECT_EQ(link.server().wants(), ehlo::kWantClose);
}

TEST(ServerEnd, NamesTheTimeoutOfEachMoment) {
  // RFC 5321 4.5.3.2: the server waits 5 minutes for a command (4.5.3.2.7); a data block is 3 minutes (4.5.3.2.5).
  using Kind = ehlo::TimeoutKind;
  Link link(test_options(), [](Link& link, const ehlo::Event& event, const std::string& text) {
    return !text.starts_with("message?") && Link::accept_all(link, event, text);
  });
  EXPECT_EQ(link.server().timeout().kind, Kind::command);
  EXPECT_EQ(link.server().timeout().seconds, 300u);
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n");
  EXPECT_EQ(link.server().timeout().kind, Kind::data);
  EXPECT_GE(link.server().timeout().seconds, 180u);
  link.feed(".\r\n");
  EXPECT_EQ(link.server().timeout().kind, Kind::none);
}

TEST(ServerEnd, AsksNoGreetingBehindTheEnd) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  options.hostname = "mx.test";
  options.asks |= EHLO_ASK_GREETING;
  ehlo_config* config = ehlo_config_new(&options, nullptr, nullptr);
  ehlo_server* server = ehlo_server_new(config, nullptr);
  ehlo_event events[EHLO_EVENTS_MIN];
  ehlo_span spans[EHLO_SPANS_MIN];
  ehlo_batch batch{};
  batch.events = events;
  batch.event_cap = EHLO_EVENTS_MIN;
  batch.spans = spans;
  batch.span_cap = EHLO_SPANS_MIN;
  ehlo_server_eof(server);
  ehlo_server_receive(server, "", 0, &batch);
  ASSERT_EQ(batch.event_count, 1u);
  EXPECT_EQ(events[0].type, static_cast<std::uint32_t>(EHLO_EVENT_CLOSE));
  EXPECT_EQ(ehlo_server_wants(server), static_cast<std::uint32_t>(EHLO_WANT_CLOSE));
  ehlo_server_free(server);
  ehlo_config_free(config);
}

}  // namespace
