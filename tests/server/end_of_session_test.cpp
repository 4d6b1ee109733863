// The ends of a session: QUIT, loss of the connection, time, the program's wish. Nothing counts after any of them.
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
    EXPECT_TRUE(outcome.wants & EHLO_WANT_CLOSE);
    check_cuts(s, outcome);
  }
}

TEST(ServerEnd, ReportsALossOnce) {
  Scenario s = after_ehlo();
  s.eof().eof().act([](Link& link) { link.server().timed_out(); });
  check(s, {"close connection-lost"}, {});
}

TEST(ServerEnd, Says421WhenTimeHasPassed) {
  Scenario s = after_rcpt();
  s.act([](Link& link) { link.server().timed_out(); }).send("DATA\r\n");
  const Outcome outcome =
      check(s, {"abort timeout", "close timeout"}, {"421 4.4.2 mx.test Timeout exceeded, closing connection"});
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
}

TEST(ServerEnd, Says421WhenTheProgramShutsDown) {
  Scenario s = after_ehlo();
  s.act([](Link& link) { EXPECT_EQ(link.server().shutdown(answer_of(421, "", "")), EHLO_OK); });
  s.send("NOOP\r\n");
  check(s, {"close shutdown"}, {"421 4.3.2 mx.test Service shutting down, closing connection"});
}

bool hold(Link&, const ehlo::Event&, const std::string&) { return false; }

// An ask of this kind is open when the program shuts down, and is answered after that.
std::string said_behind_shutdown(std::uint32_t ask, std::string_view before, std::string_view line,
                                 const std::function<ehlo::Error(Link&, std::uint32_t)>& answer) {
  ehlo::ServerOptions options = test_options();
  options.asks = ask;
  options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS) | EHLO_EXT_BIT(EHLO_EXT_AUTH);
  options.mechanisms = "LOGIN";
  Link link(options, hold);
  link.feed(before);
  link.forget();
  link.feed(line);
  EXPECT_EQ(link.server().shutdown(answer_of(421, "", "")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.said(), "") << line;
  EXPECT_EQ(answer(link, link.open_ask("")), EHLO_OK) << line;
  link.pump();
  EXPECT_EQ(link.server().wants(), EHLO_WANT_CLOSE) << line;
  return link.said();
}

ehlo::Error accept(Link& link, std::uint32_t id) { return link.server().accept(id); }

const std::string kShutdown = "421 4.3.2 mx.test Service shutting down, closing connection";

TEST(ServerEnd, SendsNoGoAheadBehindTheEnd) {
  const std::string ehlo = "EHLO c.test\r\n", envelope = ehlo + "MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\n";
  const std::string bare = "421 mx.test Service shutting down, closing connection";
  const struct {
    std::uint32_t ask;
    std::string before;
    std::string line;
    std::uint32_t code;
    std::string first;
  } rows[] = {{EHLO_ASK_DATA, envelope, "DATA\r\n", 354, kShutdown},
              {EHLO_ASK_STARTTLS, ehlo, "STARTTLS\r\n", 220, kShutdown},
              {EHLO_ASK_AUTH, ehlo, "AUTH LOGIN\r\n", 235, kShutdown},
              {EHLO_ASK_HELLO, "", ehlo, 250, bare},
              {EHLO_ASK_GREETING, "", "", 220, bare}};
  for (const auto& row : rows) {
    const auto with_text = [&row](Link& link, std::uint32_t id) {
      return link.server().reply(id, answer_of(row.code, "", "come in"));
    };
    EXPECT_EQ(said_behind_shutdown(row.ask, row.before, row.line, accept), lines_of({row.first, kShutdown}));
    EXPECT_EQ(said_behind_shutdown(row.ask, row.before, row.line, with_text), lines_of({row.first, kShutdown}));
  }
  const auto challenge = [](Link& link, std::uint32_t id) { return link.server().challenge(id, ehlo::bytes_of("x")); };
  EXPECT_EQ(said_behind_shutdown(EHLO_ASK_AUTH, ehlo, "AUTH LOGIN\r\n", challenge), lines_of({kShutdown, kShutdown}));
}

TEST(ServerEnd, KeepsARefusalBehindTheEnd) {
  const auto refuse = [](Link& link, std::uint32_t id) {
    return link.server().reply(id, answer_of(454, "4.7.0", "not now"));
  };
  EXPECT_EQ(said_behind_shutdown(EHLO_ASK_STARTTLS, "EHLO c.test\r\n", "STARTTLS\r\n", refuse),
            lines_of({"454 4.7.0 not now", kShutdown}));
}

// Nothing that was accepted is lost.
TEST(ServerEnd, KeepsTheAnswerToAMessageBehindTheEnd) {
  const std::string before = "EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n";
  EXPECT_EQ(said_behind_shutdown(EHLO_ASK_MESSAGE, before, "x\r\n.\r\n", accept), lines_of({kMessageOk, kShutdown}));
}

TEST(ServerEnd, IsNotReleasedWithinWhatIsSkipped) {
  Link long_line(test_options());
  long_line.feed("EHLO c.test\r\n" + std::string(20000, 'x'));
  EXPECT_EQ(long_line.server().release(), EHLO_E_STATE);
  long_line.feed("\r\n");
  EXPECT_EQ(long_line.server().release(), EHLO_OK);
  Link chunk(test_options());
  chunk.feed("EHLO c.test\r\nBDAT 5\r\nNOO");
  EXPECT_EQ(chunk.server().release(), EHLO_E_STATE);
  chunk.feed("P\n");
  EXPECT_EQ(chunk.server().release(), EHLO_OK);
}

TEST(ServerEnd, RefusesTheClientWithTheGreeting) {
  Scenario s;
  s.options.asks |= EHLO_ASK_GREETING;
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
  s.options.asks |= EHLO_ASK_QUIT;
  s.answer("quit?", 550, "5.0.0", "stay").send("QUIT\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.events, (std::vector<std::string>{"quit?", "close"}));
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
  check_cuts(s, outcome);
}

TEST(ServerEnd, ConsumesWhatIsShownBehindIt) {
  Link link(test_options());
  link.feed("QUIT\r\n");
  link.feed(std::string(5000, 'x'));
  EXPECT_EQ(link.tail(), "");
  EXPECT_EQ(link.server().wants(), EHLO_WANT_CLOSE);
}

TEST(ServerEnd, NamesTheTimeoutOfEachMoment) {
  // RFC 5321 4.5.3.2: the server waits 5 minutes for a command (4.5.3.2.7); a data block is 3 minutes (4.5.3.2.5).
  Link link(test_options(), [](Link& link, const ehlo::Event& event, const std::string& text) {
    return !text.starts_with("message?") && Link::accept_all(link, event, text);
  });
  EXPECT_EQ(link.server().timeout().kind, EHLO_TIMEOUT_COMMAND);
  EXPECT_EQ(link.server().timeout().seconds, 300u);
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n");
  EXPECT_EQ(link.server().timeout().kind, EHLO_TIMEOUT_DATA);
  EXPECT_GE(link.server().timeout().seconds, 180u);
  link.feed(".\r\n");
  EXPECT_EQ(link.server().timeout().kind, EHLO_TIMEOUT_NONE);
}

TEST(ServerEnd, AsksNoGreetingBehindTheEnd) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  options.hostname = "mx.test";
  options.asks |= EHLO_ASK_GREETING;
  ehlo_server_config* config = ehlo_server_config_new(&options, nullptr, nullptr);
  ehlo_server* server = ehlo_server_new(config, nullptr);
  ehlo_server_event events[EHLO_SERVER_EVENTS_MIN];
  ehlo_span spans[EHLO_SPANS_MIN];
  ehlo_server_batch batch{};
  batch.events = events;
  batch.event_size = sizeof *batch.events;
  batch.event_cap = EHLO_SERVER_EVENTS_MIN;
  batch.spans = spans;
  batch.span_cap = EHLO_SPANS_MIN;
  ehlo_server_eof(server);
  ehlo_server_receive(server, "", 0, &batch);
  ASSERT_EQ(batch.event_count, 1u);
  EXPECT_EQ(events[0].type, static_cast<std::uint32_t>(EHLO_SERVER_EVENT_CLOSE));
  EXPECT_EQ(ehlo_server_wants(server), static_cast<std::uint32_t>(EHLO_WANT_CLOSE));
  ehlo_server_free(server);
  ehlo_server_config_free(config);
}

// RFC 3207 4.1: a 220 that the client has not got binds nobody; after one that it has, clear text is over.
TEST(EndOfSession, TakesBackA220ToStarttlsThatHasNotLeft) {
  for (const std::size_t taken : {std::size_t{0}, std::size_t{5}, std::size_t{1000}}) {
    for (const std::string_view text : {"", "bye"}) {
      ehlo::ServerOptions options = test_options();
      options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
      options.asks = EHLO_ASK_STARTTLS;
      std::string said;
      Link link(options, hold);
      link.feed("EHLO c.test\r\nSTARTTLS\r\n");
      EXPECT_EQ(link.server().accept(link.open_ask("")), EHLO_OK);
      ehlo::Octet out[1000];
      const std::size_t first = link.server().output(out, taken);
      said.assign(reinterpret_cast<const char*>(out), first);
      EXPECT_EQ(link.server().shutdown(answer_of(421, "", text)), EHLO_OK);
      const std::size_t rest = link.server().output(out, sizeof out);
      said.append(reinterpret_cast<const char*>(out), rest);
      const std::string goodbye = text.empty() ? kShutdown : "421 4.3.2 mx.test bye";
      EXPECT_EQ(said, taken == 0 ? lines_of({goodbye}) : lines_of({"220 2.0.0 Ready to start TLS"})) << taken;
    }
  }
}

}  // namespace
