// The program's answers: which codes and texts are taken, and what is refused without a trace.
#include "support/scenario.h"

namespace {

using namespace support;
using ehlo::Error;

constexpr const char* kDeclined = "451 4.3.0 Requested action aborted: local error in processing";

bool hold(Link&, const ehlo::Event&, const std::string&) { return false; }

// A session that asks `ask` and waits.
std::unique_ptr<Link> waiting(std::uint32_t asks, std::string_view input, std::uint64_t command_asks = 0) {
  ehlo::ServerOptions options = test_options();
  options.asks = asks;
  options.command_asks = command_asks;
  options.extensions |= EHLO_EXT_BIT(EHLO_EXT_VRFY) | EHLO_EXT_BIT(EHLO_EXT_EXPN);
  auto link = std::make_unique<Link>(options, hold);
  link->feed(input);
  link->take_output();
  return link;
}

TEST(ServerAnswers, KnowAnIdOnlyOnce) {
  auto link = waiting(EHLO_ASK_MAIL, "EHLO c.test\r\nMAIL FROM:<>\r\n");
  const std::uint32_t id = link->open_ask("mail?");
  EXPECT_EQ(link->server().accept(0), EHLO_E_ID);
  EXPECT_EQ(link->server().accept(id + 2), EHLO_E_ID);
  EXPECT_EQ(link->server().accept(id - 2), EHLO_E_ID);
  EXPECT_EQ(link->server().accept(id + 1), EHLO_E_ID);
  EXPECT_EQ(link->server().accept(id), EHLO_OK);
  EXPECT_EQ(link->server().accept(id), EHLO_E_ID);
  EXPECT_EQ(link->server().reply(id, answer_of(550, "", "late")), EHLO_E_ID);
}

TEST(ServerAnswers, ChangeNothingWhenTheyAreRefused) {
  auto link = waiting(EHLO_ASK_MAIL, "EHLO c.test\r\nMAIL FROM:<>\r\n");
  const std::uint32_t id = link->open_ask("mail?");
  const ehlo::Answer wrong[] = {answer_of(199, "", "x"),
                                answer_of(600, "", "x"),
                                answer_of(0, "", "x"),
                                answer_of(354, "", "x"),
                                answer_of(250, "5.1.1", "x"),
                                answer_of(550, "2.1.1", "x"),
                                {550, EHLO_ENHANCED(5, 1, 1000), ehlo::bytes_of("x")},
                                {550, EHLO_ENHANCED(5, 1000, 1), ehlo::bytes_of("x")},
                                {550, EHLO_ENHANCED(3, 1, 1), ehlo::bytes_of("x")},
                                {550, EHLO_ENHANCED(0, 0, 2), ehlo::bytes_of("x")},
                                {550, EHLO_ENHANCED(261, 1, 1), ehlo::bytes_of("x")},
                                answer_of(550, "", "a\rb"),
                                answer_of(550, "", std::string_view("a\0b", 3)),
                                answer_of(550, "", "\x7f"),
                                answer_of(550, "", "\x1b[2J"),
                                answer_of(550, "", "\xC3\xBC"),
                                answer_of(550, "", "x\r")};
  for (const ehlo::Answer& answer : wrong)
    EXPECT_EQ(link->server().reply(id, answer), EHLO_E_ARGUMENT)
        << answer.code << ' ' << answer.enhanced << ' ' << printable(answer.text.text());
  link->forget();
  EXPECT_EQ(link->server().accept(id), EHLO_OK);
  link->pump();
  EXPECT_EQ(link->said(), lines_of({kMailOk}));
}

TEST(ServerAnswers, GiveTheDefaultEnhancedCodeOfTheirClass) {
  Scenario s = after_ehlo();
  s.answer("mail? <a@", 550, "", "no").answer("mail? <b@", 451, "", "later").answer("mail? <c@", 250, "", "fine");
  s.send("MAIL FROM:<a@c.test>\r\nMAIL FROM:<b@c.test>\r\nMAIL FROM:<c@c.test>\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({"550 5.0.0 no", "451 4.0.0 later", "250 2.1.0 fine"}));
}

TEST(ServerAnswers, CarryNoEnhancedCodeWhereTheProgramSaysNone) {
  auto link = waiting(EHLO_ASK_MAIL, "EHLO c.test\r\nMAIL FROM:<>\r\n");
  link->forget();
  const ehlo::Answer none{550, EHLO_ENHANCED_NONE, ehlo::bytes_of("no\nnever")};
  EXPECT_EQ(link->server().reply(link->open_ask("mail?"), none), EHLO_OK);
  link->pump();
  EXPECT_EQ(link->said(), "550-no\r\n550 never\r\n");
}

TEST(ServerAnswers, CarryNoEnhancedCodeWhereItIsNotOffered) {
  Scenario s = after_ehlo();
  s.options.extensions &= ~EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  s.answer("mail?", 550, "5.7.1", "no").send("MAIL FROM:<>\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, "550 no\r\n");
}

TEST(ServerAnswers, BeginALineAtEachLineBreak) {
  Scenario s = after_ehlo();
  s.answer("mail?", 550, "5.7.1", "one\ntwo\r\n250 three").send("MAIL FROM:<>\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({"550-5.7.1 one", "550-5.7.1 two", "550 5.7.1 250 three"}));
}

TEST(ServerAnswers, AreFoldedAt512Octets) {
  Scenario s = after_ehlo();
  s.answer("mail?", 550, "5.7.1", std::string(600, 'x')).send("MAIL FROM:<>\r\n");
  const std::string wire = s.run(0, 0, {}).wire;
  // "550-5.7.1 " and CRLF leave 500.
  EXPECT_EQ(wire, lines_of({"550-5.7.1 " + std::string(500, 'x'), "550 5.7.1 " + std::string(100, 'x')}));
}

// RFC 5321 4.2: a greeting may have any number of lines, our name on the first.
TEST(ServerAnswers, GreetInAnyNumberOfLines) {
  const struct {
    std::string text;
    std::vector<std::string> lines;
  } rows[] = {
      {"", {"220 mx.test"}},
      {"ESMTP", {"220 mx.test ESMTP"}},
      {"ESMTP\nNo mail that nobody asked for,\r\n\nplease\n",
       {"220-mx.test ESMTP", "220-No mail that nobody asked for,", "220-", "220 please"}},
      {"\nbelow our name", {"220-mx.test", "220 below our name"}},
      {"\r\nbelow our name", {"220-mx.test", "220 below our name"}},
      // "220-mx.test " and CRLF leave 498, the next line 506.
      {std::string(700, 'y'), {"220-mx.test " + std::string(498, 'y'), "220 " + std::string(202, 'y')}},
  };
  for (const auto& row : rows) {
    const auto link = waiting(EHLO_ASK_GREETING, "");
    ASSERT_EQ(link->server().reply(link->open_ask("greeting?"), answer_of(220, "", row.text)), EHLO_OK);
    link->pump();
    EXPECT_EQ(link->said(), lines_of(row.lines));
    link->feed("NOOP\r\n");
    EXPECT_TRUE(link->said().ends_with(kOk + "\r\n")) << printable(link->said());
  }
}

TEST(ServerAnswers, NeverForgeALineInAnyAsk) {
  const struct {
    std::uint32_t ask;
    std::string_view input;
    std::uint64_t command_ask = 0;
  } rows[] = {{EHLO_ASK_GREETING, ""},
              {EHLO_ASK_HELLO, "EHLO c.test\r\n"},
              {EHLO_ASK_HELLO, "HELO c.test\r\n"},
              {0, "NOOP\r\n", EHLO_VERB_BIT(EHLO_VERB_NOOP)},
              {0, "HELP\r\n", EHLO_VERB_BIT(EHLO_VERB_HELP)},
              {0, "VRFY x\r\n", EHLO_VERB_BIT(EHLO_VERB_VRFY)},
              {0, "EXPN x\r\n", EHLO_VERB_BIT(EHLO_VERB_EXPN)},
              {EHLO_ASK_RSET, "RSET\r\n"},
              {EHLO_ASK_QUIT, "QUIT\r\n"}};
  const std::string long_line(700, 'y');
  for (const auto& row : rows) {
    for (const std::uint32_t code : {250u, 550u, 421u, 220u, 221u, 214u}) {
      for (const std::string& text : {std::string("a\n250 b"), std::string("a\r\n250 b"), long_line, std::string()}) {
        auto link = waiting(row.ask, row.input, row.command_ask);
        link->forget();
        const std::uint32_t before = link->server().wants();
        const std::string ask = row.ask == EHLO_ASK_GREETING ? "greeting?" : "";
        const Error error = link->server().reply(link->open_ask(ask), answer_of(code, "", text));
        link->pump();
        if (error != EHLO_OK) {
          EXPECT_EQ(error, EHLO_E_ARGUMENT);
          EXPECT_EQ(link->server().wants(), before);
          continue;
        }
        std::string wire = link->said();
        ASSERT_TRUE(wire.ends_with("\r\n")) << printable(wire);
        const std::string prefix = std::to_string(code);
        while (!wire.empty()) {
          const std::size_t end = wire.find("\r\n");
          ASSERT_LE(end, 510u) << row.input << code;
          EXPECT_EQ(wire.substr(0, 3), prefix) << row.input << printable(wire);
          const char last = end == 3 ? '\r' : ' ';  // RFC 5321 4.2: no space without text
          EXPECT_EQ(wire[3], wire.size() == end + 2 ? last : '-') << row.input << code << printable(wire);
          EXPECT_EQ(wire.substr(0, end).find('\n'), std::string::npos) << row.input << code;
          wire.erase(0, end + 2);
        }
      }
    }
  }
}

TEST(ServerAnswers, RefuseWithCodesOfClass4And5) {
  Scenario s = after_ehlo();
  s.options.asks |= EHLO_ASK_DATA;
  s.answer("data?", 451, "4.3.0", "disk", 1).send("MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nDATA\r\n.\r\n");
  const Outcome outcome = s.run(0, 0, {});
  // A refused DATA has no content; whether the envelope is kept is open, but nothing may be lost in silence.
  EXPECT_TRUE(outcome.wire.starts_with(lines_of({kMailOk, kRcptOk, "451 4.3.0 disk"}))) << outcome.wire;
  check_cuts(s, outcome);
}

TEST(ServerAnswers, TakeUtf8OnlyWhereTheCommandAllowedIt) {
  Scenario s = after_ehlo();
  s.options.command_asks = EHLO_VERB_BIT(EHLO_VERB_VRFY);
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_VRFY);
  s.answer("vrfy? 'x' utf8", 250, "2.1.5", "<\xC3\xBC@mx.test>").send("VRFY x SMTPUTF8\r\n");
  check(s, {"vrfy? 'x' utf8"}, {"250 2.1.5 <\xC3\xBC@mx.test>"});
}

TEST(ServerAnswers, EndTheSessionWith421) {
  Scenario s = after_rcpt();
  s.answer("rcpt? 1", 421, "4.3.2", "going down").send("RCPT TO:<c@mx.test>\r\nNOOP\r\n");
  const Outcome outcome = s.run(0, 0, {});
  // RFC 5321 4.2.3: 421 begins with the name of the server.
  EXPECT_EQ(outcome.wire, lines_of({"421 4.3.2 mx.test going down"}));
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
  EXPECT_TRUE(outcome.events.back().starts_with("close")) << outcome.events.back();
  check_cuts(s, outcome);
  Scenario silent = after_rcpt();
  silent.answer("rcpt? 1", 421, "4.3.2", "").send("RCPT TO:<c@mx.test>\r\n");
  EXPECT_EQ(silent.run(0, 0, {}).wire, lines_of({"421 4.3.2 mx.test"}));
}

TEST(ServerAnswers, FitTheirAsk) {
  auto link = waiting(EHLO_ASK_MAIL, "EHLO c.test\r\nMAIL FROM:<>\r\n");
  EXPECT_EQ(link->server().challenge(link->open_ask("mail?"), ehlo::bytes_of("x")), EHLO_E_ARGUMENT);
}

TEST(ServerAnswers, SayThatTheirStoreIsFull) {
  ehlo::ServerOptions options = test_options();
  options.reply_text_octets = 1024;
  Link link(options, hold);
  link.feed("EHLO c.test\r\nMAIL FROM:<>\r\n");
  link.server().accept(link.open_ask("mail?"));
  link.feed("RCPT TO:<x@mx.test>\r\nRCPT TO:<y@mx.test>\r\n");
  const std::string text(600, 'x');
  EXPECT_EQ(link.server().reply(link.open_ask("rcpt? 0"), answer_of(550, "", text)), EHLO_OK);
  EXPECT_EQ(link.server().reply(link.open_ask("rcpt? 1"), answer_of(550, "", text)), EHLO_E_SPACE);
  link.take_output();
  EXPECT_EQ(link.server().reply(link.open_ask("rcpt? 1"), answer_of(550, "", text)), EHLO_OK);
}

// Every ask, each at the end of the input that brings it.
TEST(ServerAnswers, CanAlwaysBeADecline) {
  const std::string rcpt = "EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\n";
  const struct {
    std::uint32_t ask;
    std::string input;
    const char* reply;
    std::uint64_t command_ask = 0;
  } rows[] = {
      {EHLO_ASK_GREETING, "", "421 mx.test Service shutting down, closing connection"},
      {EHLO_ASK_HELLO, "EHLO c.test\r\n", "451 Requested action aborted: local error in processing"},
      {EHLO_ASK_MAIL, "EHLO c.test\r\nMAIL FROM:<>\r\n", kDeclined},
      {EHLO_ASK_RCPT, rcpt, kDeclined},
      {EHLO_ASK_DATA, rcpt + "DATA\r\n", kDeclined},
      {EHLO_ASK_CHUNK, rcpt + "BDAT 1\r\nx", kDeclined},
      {EHLO_ASK_MESSAGE, rcpt + "DATA\r\n.\r\n", kDeclined},
      {0, "NOOP\r\n", kDeclined, EHLO_VERB_BIT(EHLO_VERB_NOOP)},
      {0, "VRFY x\r\n", kDeclined, EHLO_VERB_BIT(EHLO_VERB_VRFY)},
      {EHLO_ASK_QUIT, "QUIT\r\n", kDeclined},
  };
  for (const auto& row : rows) {
    ehlo::ServerOptions options = test_options();
    options.asks = row.ask;
    options.command_asks = row.command_ask;
    options.extensions |= EHLO_EXT_BIT(EHLO_EXT_VRFY);
    std::vector<std::uint32_t> ids;
    Link link(options, [&ids](Link&, const ehlo::Event& event, const std::string&) {
      ids.push_back(event.id);
      return false;
    });
    link.feed(row.input);
    link.take_output();
    link.forget();
    ASSERT_EQ(ids.size(), 1u) << row.input;
    EXPECT_EQ(link.server().decline(ids[0]), EHLO_OK);
    EXPECT_EQ(link.server().decline(ids[0]), EHLO_E_ID);
    link.pump();
    EXPECT_EQ(link.said(), lines_of({row.reply})) << row.input;
  }
}

TEST(ServerAnswers, DeclineAnExchangeOfAuthWith454) {
  ehlo::ServerOptions options = test_options();
  options.asks = EHLO_ASK_AUTH;
  options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
  options.mechanisms = "PLAIN";
  Link link(options, hold);
  link.feed("EHLO c.test\r\nAUTH PLAIN\r\n");
  link.take_output();
  link.forget();
  EXPECT_EQ(link.server().decline(link.open_ask("auth?")), EHLO_OK);
  link.feed("NOOP\r\n");
  EXPECT_EQ(link.said(), lines_of({"454 4.7.0 Authentication not available now", kOk}));
}

}  // namespace
