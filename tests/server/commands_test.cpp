// Verbs that come as COMMAND: what the program is asked, and what answers where it is not.
#include "server/moment.h"
#include "support/scenario.h"

namespace {

using namespace support;
using ehlo::State;

constexpr std::uint64_t kPlain = EHLO_VERB_BIT(EHLO_VERB_NOOP) | EHLO_VERB_BIT(EHLO_VERB_HELP) |
                                 EHLO_VERB_BIT(EHLO_VERB_VRFY) | EHLO_VERB_BIT(EHLO_VERB_EXPN);

Scenario with_expn() {
  Scenario s;
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_EXPN);
  return s;
}

TEST(ServerCommands, AreReportedAndGetTheYesOfTheirRow) {
  Scenario s = with_expn();
  s.prelude("EHLO c.test\r\n").send("noop\r\nHELP me now\r\nVrfy x\r\nEXPN list\r\n");
  check(s, {"noop", "help 'me now'", "vrfy 'x'", "expn 'list'"}, {kOk, kHelp, kCannotVerify, kCannotVerify});
}

TEST(ServerCommands, WaitForTheProgramWhereItAsksForThem) {
  for (const std::uint32_t verb : {EHLO_VERB_NOOP, EHLO_VERB_HELP, EHLO_VERB_VRFY, EHLO_VERB_EXPN}) {
    Scenario s = with_expn();
    s.options.command_asks = EHLO_VERB_BIT(verb);
    const std::string name = ehlo::verb_name(verb);
    const std::string lower = name == "NOOP" ? "noop" : name == "HELP" ? "help" : name == "VRFY" ? "vrfy" : "expn";
    s.answer(lower, 550, "5.7.1", "no").prelude("EHLO c.test\r\n").send(name + " x\r\nRSET\r\n");
    check(s, {lower + "? 'x'", "rset"}, {"550 5.7.1 no", kResetOk});
  }
}

TEST(ServerCommands, HaveTheVerbAsSentAndTheArgument) {
  ehlo::ServerOptions options = test_options();
  options.command_asks = kPlain;
  struct Seen {
    std::uint32_t type, verb;
    std::string name, text;
  };
  std::vector<Seen> seen;
  struct Watch : Link {
    using Link::Link;
    using Link::text_of;
  };
  const auto watch = [&seen](Link& link, const ehlo::Event& event, const std::string& text) {
    const auto writer = static_cast<Watch&>(link).text_of(event);
    const auto part = [&](ehlo::Span span) { return ehlo::present(span) ? std::string(writer.part(span)) : "absent"; };
    seen.push_back({event.type, event.verb, part(event.response), part(event.text)});
    return Link::accept_all(link, event, text);
  };
  Watch link(options, watch);
  link.feed("EHLO c.test\r\nnOoP \t\r\nhelp\r\nVRFY a  b \r\n");
  ASSERT_EQ(seen.size(), 3u);
  for (const Seen& one : seen) EXPECT_EQ(one.type, std::uint32_t{EHLO_SERVER_EVENT_COMMAND});
  EXPECT_EQ(seen[0].verb, std::uint32_t{EHLO_VERB_NOOP});
  EXPECT_EQ(seen[0].name, "nOoP");
  EXPECT_EQ(seen[0].text, "absent");
  EXPECT_EQ(seen[1].verb, std::uint32_t{EHLO_VERB_HELP});
  EXPECT_EQ(seen[1].name, "help");
  EXPECT_EQ(seen[2].verb, std::uint32_t{EHLO_VERB_VRFY});
  EXPECT_EQ(seen[2].name, "VRFY");
  EXPECT_EQ(seen[2].text, "a  b");
}

TEST(ServerCommands, ThatNoRowKnowsHaveNoVerb) {
  ehlo::ServerOptions options = test_options();
  options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  std::uint32_t verb = 77, id = 0;
  Link link(options, [&](Link& l, const ehlo::Event& event, const std::string& text) {
    if (!text.starts_with("command")) return Link::accept_all(l, event, text);
    verb = event.verb;
    id = event.id;
    return false;
  });
  link.feed("EHLO c.test\r\n");
  link.forget();
  // EXPN is known, and not offered.
  for (const std::string line : {"Expn a  list", "XFOO a\xFF"}) {
    link.feed(line + " \r\n");
    const std::size_t space = line.find(' ');
    const std::string event =
        "command? " + line.substr(0, space) + " '" + printable(std::string_view(line).substr(space + 1)) + "'";
    EXPECT_EQ(link.take_events(), (std::vector<std::string>{event}));
    EXPECT_EQ(verb, std::uint32_t{EHLO_VERB_UNKNOWN});
    EXPECT_EQ(link.server().decline(id), EHLO_OK);
    link.pump();
    // RFC 5321 4.2.4: 500 where the verb is not known.
    EXPECT_EQ(link.said(), lines_of({kUnknownCommand}));
  }
}

// What follows a command that waits is neither read nor answered, however long its answer takes.
TEST(ServerCommands, HoldBackWhatIsBehindThem) {
  ehlo::ServerOptions options = test_options();
  options.command_asks = EHLO_VERB_BIT(EHLO_VERB_VRFY);
  Link link(options, [](Link& l, const ehlo::Event& event, const std::string& text) {
    return !text.starts_with("vrfy") && Link::accept_all(l, event, text);
  });
  link.feed("EHLO c.test\r\n");
  link.forget();
  link.feed("NOOP\r\nVRFY a\r\nVRFY b\r\nMAIL FROM:<>\r\n");
  EXPECT_EQ(link.take_events(), (std::vector<std::string>{"noop", "vrfy? 'a'"}));
  EXPECT_EQ(link.said(), lines_of({kOk}));
  EXPECT_EQ(link.server().wants(), EHLO_WANT_ANSWER);
  EXPECT_EQ(link.server().reply(link.open_ask("vrfy? 'a'"), answer_of(250, "2.1.5", "<a@mx.test>")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.take_events(), (std::vector<std::string>{"vrfy? 'b'"}));
  EXPECT_EQ(link.said(), lines_of({"250 2.1.5 <a@mx.test>"}));
  EXPECT_EQ(link.server().accept(link.open_ask("vrfy? 'b'")), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.take_events(), (std::vector<std::string>{"mail? <>"}));
  EXPECT_EQ(link.said(), lines_of({kCannotVerify, kMailOk}));
}

TEST(ServerCommands, TakeNo3yzUnlessTheirRowSaysSo) {
  ehlo::ServerOptions options = test_options();
  options.command_asks = kPlain;
  Link link(options, [](Link&, const ehlo::Event&, const std::string&) { return false; });
  link.feed("NOOP\r\n");
  const std::uint32_t id = link.open_ask("noop?");
  for (const std::uint32_t code : {199u, 300u, 354u, 399u, 600u})
    EXPECT_EQ(link.server().reply(id, answer_of(code, "", "x")), EHLO_E_ARGUMENT) << code;
  EXPECT_EQ(link.server().reply(id, answer_of(299, "", "x")), EHLO_OK);
}

TEST(ServerCommands, AreNamedInTheOptionsWhereTheyHaveNoEventOfTheirOwn) {
  for (std::uint32_t verb = 0; verb < 64; ++verb) {
    ehlo::ServerOptions options = test_options();
    options.command_asks = EHLO_VERB_BIT(verb);
    const ehlo_verb_row* row = ehlo::kVerbsById[verb];
    const bool plain = row != nullptr && !(row->flags & EHLO_COMMAND_SESSION);
    const char* const wrong = ehlo::wrong_option(options);
    EXPECT_STREQ(wrong == nullptr ? "" : wrong, plain ? "" : "command_asks") << verb;
  }
  ehlo::ServerOptions options = test_options();
  options.command_asks = kPlain;
  EXPECT_EQ(ehlo::wrong_option(options), nullptr);
}

// ---- the flags of a row ----

ehlo_verb_row row_with(std::uint32_t flags) {
  ehlo_verb_row row = *ehlo::kVerbsById[EHLO_VERB_VRFY];
  row.id = EHLO_VERB_OWN;
  row.flags = EHLO_COMMAND_SMTP | EHLO_COMMAND_LMTP | flags;
  return row;
}

TEST(ServerMoment, DependsOnTheStateByTheFlagsOfTheRow) {
  const struct {
    std::uint32_t flags;
    std::vector<State> states;
  } rows[] = {
      {0, {State::ready}},
      {EHLO_COMMAND_IN_TRANSACTION, {State::ready, State::mail_open, State::has_recipient, State::between_chunks}},
      {EHLO_COMMAND_ANY_TIME,
       {State::greeted, State::ready, State::mail_open, State::has_recipient, State::between_chunks}},
  };
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < ehlo::kStates; ++i) {
      const auto state = static_cast<State>(i);
      const bool legal = std::find(row.states.begin(), row.states.end(), state) != row.states.end();
      EXPECT_EQ(ehlo::check_moment(row_with(row.flags), {state, false, false, false, true}),
                legal ? EHLO_OK : EHLO_E_BAD_SEQUENCE)
          << row.flags << " " << i;
    }
  }
}

TEST(ServerMoment, NeedsEhloWhereTheRowSaysSo) {
  const ehlo_verb_row row = row_with(EHLO_COMMAND_NEEDS_EHLO);
  EXPECT_EQ(ehlo::check_moment(row, {State::ready, false, false, false, false}), EHLO_E_BAD_SEQUENCE);
  EXPECT_EQ(ehlo::check_moment(row, {State::ready, false, false, false, true}), EHLO_OK);
  EXPECT_EQ(ehlo::check_moment(row_with(0), {State::ready, false, false, false, false}), EHLO_OK);
}

TEST(ServerMoment, NeedsAuthWhereTheRowOrThePolicySaysSo) {
  const ehlo_verb_row needs = row_with(EHLO_COMMAND_NEEDS_AUTH), spared = row_with(EHLO_COMMAND_BEFORE_AUTH);
  for (const bool policy : {false, true}) {
    EXPECT_EQ(ehlo::check_moment(needs, {State::ready, false, policy, false, true}), EHLO_E_AUTH_REQUIRED);
    EXPECT_EQ(ehlo::check_moment(needs, {State::ready, false, policy, true, true}), EHLO_OK);
    EXPECT_EQ(ehlo::check_moment(spared, {State::ready, false, policy, false, true}), EHLO_OK);
    EXPECT_EQ(ehlo::check_moment(row_with(0), {State::ready, false, policy, false, true}),
              policy ? EHLO_E_AUTH_REQUIRED : EHLO_OK);
  }
}

TEST(ServerMoment, NeedsTlsWhereThePolicySaysSo) {
  const ehlo_verb_row spared = row_with(EHLO_COMMAND_BEFORE_TLS);
  EXPECT_EQ(ehlo::check_moment(row_with(0), {State::ready, true, false, false, true}), EHLO_E_TLS_REQUIRED);
  EXPECT_EQ(ehlo::check_moment(spared, {State::ready, true, false, false, true}), EHLO_OK);
}

// ---- the answers of a row ----

TEST(RowReplies, AreThoseOfTheRowAndDefaultsWhereItHasNone) {
  ehlo_verb_row row{};
  EXPECT_EQ(ehlo::yes_reply(row).code, 250);
  EXPECT_EQ(ehlo::yes_reply(row).enhanced, EHLO_ENHANCED(2, 0, 0));
  EXPECT_EQ(ehlo::yes_reply(row).text, "Ok");
  EXPECT_EQ(ehlo::no_reply(row).code, 502);
  EXPECT_EQ(ehlo::no_reply(row).enhanced, EHLO_ENHANCED(5, 5, 1));
  EXPECT_EQ(ehlo::no_reply(row).text, "Command not implemented");
  row.yes_code = 354;
  row.no_code = 458;
  row.no_text = "Unable to queue messages";
  EXPECT_EQ(ehlo::yes_reply(row).enhanced, EHLO_ENHANCED_NONE);
  EXPECT_EQ(ehlo::no_reply(row).enhanced, EHLO_ENHANCED(4, 0, 0));
  EXPECT_EQ(ehlo::no_reply(row).text, "Unable to queue messages");
}

TEST(RowReplies, OfTheLibraryAreKeptAsTheyAreSent) {
  ehlo::Error error{};
  ehlo::Config* config = ehlo::Config::create(test_options(), heap(), error);
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->reply(ehlo::yes_of(EHLO_VERB_NOOP)), kOk + "\r\n");
  EXPECT_EQ(config->reply(ehlo::yes_of(EHLO_VERB_HELP)), kHelp + "\r\n");
  EXPECT_EQ(config->reply(ehlo::yes_of(EHLO_VERB_EXPN)), kCannotVerify + "\r\n");
  EXPECT_EQ(config->reply(ehlo::yes_of(EHLO_VERB_UNKNOWN)), kOk + "\r\n");
  ehlo::Config::drop(config);
}

}  // namespace
