// Taking replies: any capacity gives the same octets, and nothing is said twice.
#include "support/least_seconds.h"
#include "support/scenario.h"

namespace {

using namespace support;

TEST(ServerOutput, IsTheSameAtAnyCapacity) {
  const auto run = [](std::size_t capacity) {
    Scenario s = after_greeting();
    s.answer("rcpt? 1", 550, "5.1.1", "line one\nline two");
    s.send("EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nQUIT\r\n");
    return s.run(0, 0, {32, 64, capacity}).wire;
  };
  const std::string whole = run(4096);
  for (std::size_t capacity = 1; capacity < 80; ++capacity) EXPECT_EQ(run(capacity), whole) << capacity;
}

TEST(ServerOutput, IsTheSameAtAnyCapacityForLongTexts) {
  const auto run = [](std::size_t capacity) {
    Scenario s;
    s.options.asks |= EHLO_ASK_GREETING | EHLO_ASK_HELLO;
    s.options.reply_text_octets = 1 << 16;
    s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
    s.options.mechanisms = "LOGIN";
    s.answer("greeting?", 220, "", "hello\n" + std::string(1500, 'g'));
    s.answer("hello?", 250, "", "at your service");
    s.challenge("auth? LOGIN", std::string(3001, 'c'));
    s.answer("auth-response?", 535, "5.7.8", std::string(700, 'x') + " " + std::string(1200, 'y') + "\nz\n");
    s.send("EHLO c.test\r\nAUTH LOGIN\r\nQQ==\r\nBDAT\r\n");
    return s.run(0, 0, {32, 64, capacity}).wire;
  };
  const std::string whole = run(1 << 16);
  EXPECT_GT(whole.size(), 3001u * 4 / 3 + 3400);
  for (std::size_t capacity = 1; capacity < 70; ++capacity) EXPECT_EQ(run(capacity), whole) << capacity;
}

// Each call goes on where the last one stopped: sixteen times the text is not 256 times the work.
TEST(ServerOutput, GivesALongTextInLinearTime) {
  const auto seconds = [](std::size_t octets) {
    const std::string text(octets, 'x');
    return least_seconds([&text] {
      ehlo::ServerOptions options = test_options();
      options.command_asks = EHLO_VERB_BIT(EHLO_VERB_NOOP);
      options.reply_text_octets = 1 << 20;
      Link link(options,
                [&text](Link& link, const ehlo::Event& event, const std::string&) {
                  return link.server().reply(event.id, answer_of(250, "", text)) == EHLO_OK;
                },
                {32, 64, 256});
      link.feed("NOOP\r\n");
      EXPECT_GT(link.wire().size(), text.size());
    });
  };
  EXPECT_LT(seconds(1 << 19), 100 * seconds(1 << 15));
}

TEST(ServerOutput, WritesNothingIntoNoRoom) {
  ehlo::ServerOptions options = test_options();
  options.asks |= EHLO_ASK_GREETING;
  Link link(options, [](Link&, const ehlo::Event&, const std::string&) { return false; });
  EXPECT_EQ(link.server().output(nullptr, 0), 0u);
  link.server().accept(link.open_ask("greeting?"));
  EXPECT_EQ(link.server().output(nullptr, 0), 0u);
  EXPECT_TRUE(link.wants(EHLO_WANT_OUTPUT));
  link.take_output();
  EXPECT_EQ(link.said(), lines_of({kGreeting}));
  EXPECT_EQ(link.take_output_once(), 0u);
}

TEST(ServerOutput, WantsOutputOnlyWhereThereIsSome) {
  Link link(test_options());
  EXPECT_EQ(link.server().wants(), EHLO_WANT_INPUT);
  link.feed("NOO");
  EXPECT_EQ(link.server().wants(), EHLO_WANT_INPUT);
}

TEST(ServerOutput, RefusesABatchThatIsTooSmall) {
  Link link(test_options());
  ehlo::Event events[8];
  ehlo::Span spans[8];
  ehlo::Param params[32];
  const struct { std::uint32_t events, spans, params; } rows[] = {{7, 8, 32}, {8, 7, 32}, {8, 8, 31}, {0, 8, 32}};
  for (const auto& row : rows) {
    ehlo::Batch batch{events,         spans,      params, sizeof *events, row.events, 9, row.spans, 9,
                      sizeof *params, row.params, 9,      EHLO_OK,        0};
    EXPECT_EQ(link.server().receive(ehlo::bytes_of("NOOP\r\n"), batch), 0u);
    EXPECT_EQ(batch.error, EHLO_E_ARGUMENT);
    EXPECT_EQ(batch.event_count + batch.span_count + batch.param_count, 0u);
  }
  link.feed("NOOP\r\n");
  EXPECT_EQ(link.take_events().back(), "noop");
}

TEST(ServerOutput, ChecksParametersThatAreNotHandedOver) {
  Link link(test_options());
  link.feed("EHLO c.test\r\n");
  ehlo::Event events[8];
  ehlo::Span spans[8];
  ehlo::Batch batch{events, spans, nullptr, sizeof *events, 8, 0, 8, 0, 0, 0, 0, EHLO_OK, 0};
  EXPECT_EQ(link.server().receive(ehlo::bytes_of("MAIL FROM:<> FOO=1\r\n"), batch), 20u);
  ASSERT_EQ(batch.event_count, 1u);
  EXPECT_EQ(events[0].error, EHLO_E_UNKNOWN_PARAMETER);
  EXPECT_EQ(link.server().receive(ehlo::bytes_of("MAIL FROM:<> SIZE=5\r\n"), batch), 21u);
  ASSERT_EQ(batch.event_count, 1u);
  EXPECT_EQ(events[0].type, EHLO_SERVER_EVENT_MAIL);
  EXPECT_EQ(events[0].number, 5u);
  EXPECT_EQ(events[0].params.count, 0u);
}

}  // namespace
