// Keyword rules: parameters, verbs and EHLO lines of the program's own.
#include "support/least_seconds.h"
#include "support/scenario.h"

namespace {

using namespace support;
using ehlo::KeywordRule;

constexpr std::uint32_t kRefuse = 0, kOffer = 1, kIgnore = 2;

Scenario with_rules(const KeywordRule* rules, std::size_t count) {
  Scenario s;
  s.options.rules = rules;
  s.options.rule_count = count;
  return s;
}

TEST(ServerRules, HandOverAParameterOfTheProgramsOwn) {
  const KeywordRule rules[] = {{"xfoo", ehlo::kScopeMail, kOffer, 0}};
  Scenario s = with_rules(rules, 1);
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> XFOO=bar SIZE=1\r\nRCPT TO:<b@mx.test> XFOO=bar\r\n");
  check(s, {"mail? <> XFOO=bar SIZE=1#1 size=1", "rejected unknown-parameter 555 @20 'RCPT TO:<b@mx.test> XFOO=bar'"},
        {kMailOk, kUnknownParameter});
}

TEST(ServerRules, DropAnIgnoredParameterSilently) {
  const KeywordRule rules[] = {{"*", ehlo::kScopeMail | ehlo::kScopeRcpt, kIgnore, 0},
                               {"XBAD", ehlo::kScopeMail, kRefuse, 0}};
  Scenario s = with_rules(rules, 1);
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> A=1 SIZE=1 B\r\n");
  check(s, {"mail? <> SIZE=1#1 size=1"}, {kMailOk});
}

TEST(ServerRules, DoNotTakeAwayWhatAnExtensionKnows) {
  const KeywordRule rules[] = {{"SIZE", ehlo::kScopeMail, kIgnore, 0}};
  Scenario s = with_rules(rules, 1);
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> SIZE=x\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({kBadParameter}));
}

TEST(ServerRules, HandOverAVerb) {
  const KeywordRule rules[] = {{"XCLIENT", ehlo::kScopeVerb, kOffer, 0}};
  Scenario s = with_rules(rules, 1);
  s.answer("command? xclient 'B", 550, "5.7.0", "no");
  s.prelude("EHLO c.test\r\n").send("xclient ADDR=1\r\nXCLIENT B\r\nXCLIENT\r\nXOTHER\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 4u);
  EXPECT_EQ(outcome.events[0], "command? xclient 'ADDR=1'");
  EXPECT_EQ(outcome.events[1], "command? XCLIENT 'B'");
  EXPECT_TRUE(outcome.events[2].starts_with("command? XCLIENT")) << outcome.events[2];
  EXPECT_EQ(outcome.events[3], "rejected unknown-command 500 @0 'XOTHER'");
  check_cuts(s, outcome);
}

TEST(ServerRules, AddLinesToTheEhloReply) {
  const KeywordRule rules[] = {{"XCLIENT NAME ADDR", ehlo::kScopeEhlo, 0, 0}};
  Scenario s = with_rules(rules, 1);
  s.options.extensions = 0;
  s.prelude("").send("EHLO c.test\r\nHELO c.test\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({"250-mx.test", "250 XCLIENT NAME ADDR", "250 mx.test"}));
}

TEST(ServerRules, MakeLinesLonger) {
  const KeywordRule rules[] = {{"XLONG", ehlo::kScopeMail, kOffer, 600}};
  Scenario s = with_rules(rules, 1);
  s.options.extensions = 0;
  const std::string line = "MAIL FROM:<> XLONG=";
  const std::size_t room = 512 + 600 - 2 - line.size();
  s.prelude("EHLO c.test\r\n")
      .send(line + std::string(room, 'x') + "\r\n" + line + std::string(room + 1, 'x') + "\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({"250 Sender ok", "500 Line too long"}));
}

// What the header says: "verbs that no offered extension knows".
TEST(ServerRules, HandOverAVerbWhoseExtensionIsNotOffered) {
  for (const std::string_view word : {"*", "HELP", "expn", "VRFY"}) {
    const std::string verb = word == "*" ? "HELP" : std::string(word);
    const std::string rule_word(word);
    const KeywordRule rules[] = {{rule_word.c_str(), ehlo::kScopeVerb, kOffer, 0}};
    Scenario s = with_rules(rules, 1);
    s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
    s.prelude("EHLO c.test\r\n").send(verb + " a  b \r\n" + verb + "\r\n");
    const Outcome outcome = check(s, {"command? " + verb + " 'a  b'", "command? " + verb}, {kOk, kOk});
  }
}

TEST(ServerRules, LeaveVerbsToTheExtensionThatIsOffered) {
  const KeywordRule rules[] = {{"HELP", ehlo::kScopeVerb, kOffer, 0}, {"VRFY", ehlo::kScopeVerb, kOffer, 0}};
  Scenario s = with_rules(rules, 2);
  s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_VRFY);
  s.prelude("EHLO c.test\r\n").send("HELP\r\nVRFY x\r\n");
  check(s, {"help", "vrfy 'x'"}, {kHelp, kCannotVerify});
}

TEST(ServerRules, ForAllSayNothingAboutVrfyAndWhatMayBeBdat) {
  const KeywordRule rules[] = {{"*", ehlo::kScopeVerb, kOffer, 0}};
  Scenario s = with_rules(rules, 1);
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  s.prelude("EHLO c.test\r\n").send("VRFY x\r\nBDATX 5\r\nNOOP\r\n");
  check(s, {"vrfy 'x'", "rejected bad-chunk 501 @0 'BDATX 5'", "close bad-chunk"},
        {kCannotVerify, "501 5.5.4 Bad BDAT command, closing connection"});
  Scenario t = with_rules(rules, 1);
  t.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  t.prelude("EHLO c.test\r\n").send("BDAT 5\r\nNOOP\r\n");
  check(t, {"rejected not-implemented 502 @0 'BDAT 5'", "close not-implemented"}, {kNotImplemented});
}

// The session has no part in them, so a yes would make the client begin a handshake, or take itself for somebody.
TEST(ServerRules, LetAuthAndStarttlsBeRefusedOnly) {
  for (const std::string_view line : {"STARTTLS", "AUTH PLAIN AGEAYg=="}) {
    const KeywordRule rules[] = {{"*", ehlo::kScopeVerb, kOffer, 0}};
    Link link(with_rules(rules, 1).options,
              [](Link&, const ehlo::Event&, const std::string& text) { return !text.starts_with("command"); });
    link.feed("EHLO c.test\r\n");
    link.forget();
    link.feed(std::string(line) + "\r\n");
    EXPECT_EQ(link.told(), (std::vector<std::string>{line == "STARTTLS" ? "command? STARTTLS"
                                                                        : "command? AUTH 'PLAIN AGEAYg==' secret"}));
    const std::uint32_t id = link.open_ask("command?");
    EXPECT_EQ(link.server().reply(id, answer_of(220, "", "go")), EHLO_E_ARGUMENT);
    EXPECT_EQ(link.server().reply(id, answer_of(235, "", "go")), EHLO_E_ARGUMENT);
    if (line == "STARTTLS")
      EXPECT_EQ(link.server().accept(id), EHLO_OK);
    else
      EXPECT_EQ(link.server().reply(id, answer_of(454, "4.7.0", "no")), EHLO_OK);
    link.feed("NOOP\r\n");
    EXPECT_EQ(link.said(), lines_of({line == "STARTTLS" ? kNotImplemented : "454 4.7.0 no", kOk}));
    EXPECT_EQ(link.server().wants(), EHLO_WANT_INPUT);
  }
}

TEST(ServerRules, HandOverNoControlCharacter) {
  const KeywordRule rules[] = {{"*", ehlo::kScopeVerb, kOffer, 0}};
  Scenario s = with_rules(rules, 1);
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  s.prelude("EHLO c.test\r\n").send("EXPN a\tb\r\nXFOO a\tb\r\n XFOO\r\n");
  check(s,
        {"rejected not-implemented 502 @0 'EXPN a\\x09b'", "rejected syntax 501 @6 'XFOO a\\x09b'",
         "rejected syntax 501 @0 ' XFOO'"},
        {kNotImplemented, kSyntax, kSyntax});
}

ehlo::Config* config_with(const KeywordRule* rules, std::size_t count) {
  ehlo::Error error{};
  return ehlo::Config::create(with_rules(rules, count).options, heap(), error);
}

TEST(ServerRules, NameNoVerbThatIsAlwaysServed) {
  for (const char* verb : {"EHLO", "helo", "LHLO", "Mail", "RCPT", "DATA", "BDAT", "rset", "NOOP", "QUIT"}) {
    for (const std::uint32_t scope : {ehlo::kScopeVerb + 0u, ehlo::kScopeVerb | ehlo::kScopeMail}) {
      const KeywordRule rules[] = {{verb, scope, kOffer, 0}};
      EXPECT_EQ(config_with(rules, 1), nullptr) << verb;
    }
    const KeywordRule parameter[] = {{verb, ehlo::kScopeMail, kOffer, 0}};
    ehlo::Config* config = config_with(parameter, 1);
    EXPECT_NE(config, nullptr) << verb;
    ehlo::Config::drop(config);
  }
  for (const char* verb : {"AUTH", "EXPN", "HELP", "VRFY", "STARTTLS", "XFOO", "BDATX", "*"}) {
    const KeywordRule rules[] = {{verb, ehlo::kScopeVerb, kOffer, 0}};
    ehlo::Config* config = config_with(rules, 1);
    EXPECT_NE(config, nullptr) << verb;
    ehlo::Config::drop(config);
  }
}

// The meaning by definition, beside the search by halving.
ehlo::RuleAction first_match(const std::vector<KeywordRule>& rules, std::string_view keyword, std::uint32_t scope) {
  for (const KeywordRule& rule : rules) {
    const std::string_view named = rule.keyword;
    if ((rule.scope & scope) && (named == "*" || ehlo::equals_caseless(ehlo::bytes_of(keyword), named)))
      return static_cast<ehlo::RuleAction>(rule.action);
  }
  return ehlo::RuleAction::refuse;
}

TEST(ServerRules, AreDecidedByTheFirstThatMatches) {
  const char* const keywords[] = {"A", "a", "AB", "ab-c", "B", "Z9", "*", "b", "zz", "AA"};
  std::uint32_t seed = 1;
  const auto below = [&seed](std::uint32_t n) { return (seed = seed * 1664525 + 1013904223) / 65536 % n; };
  for (int round = 0; round < 300; ++round) {
    std::vector<KeywordRule> rules;
    for (std::uint32_t i = 0, count = below(14); i < count; ++i) {
      const std::uint32_t scope = 1 + below(7);
      rules.push_back({keywords[below(10)], scope, below(scope & ehlo::kScopeVerb ? 2 : 3), 0});
    }
    std::vector<ehlo::KeywordRules::Entry> entries(3 * rules.size() + 1);
    ehlo::KeywordRules sorted(entries.data());
    for (const KeywordRule& rule : rules)
      sorted.add(rule.keyword, rule.scope, static_cast<ehlo::RuleAction>(rule.action));
    sorted.sort();
    for (const char* keyword : {"A", "aB", "AB-C", "b", "Z9", "ZZ", "AAA", "", "C", "aa"})
      for (const ehlo::Scope scope : {ehlo::kScopeMail, ehlo::kScopeRcpt, ehlo::kScopeVerb})
        ASSERT_EQ(sorted.find(ehlo::bytes_of(keyword), scope), first_match(rules, keyword, scope)) << keyword;
  }
}

// Junk of a peer is looked up in as many steps as halving needs.
TEST(ServerRules, AreFoundInFewSteps) {
  std::vector<std::string> names;
  for (int i = 0; i < 256; ++i) names.push_back("X" + std::string(200, 'x') + std::to_string(1000 + i));
  const auto seconds = [&names](std::size_t count) {
    std::vector<ehlo::KeywordRules::Entry> entries(count);
    ehlo::KeywordRules rules(entries.data());
    for (std::size_t i = 0; i < count; ++i) rules.add(names[i], ehlo::kScopeVerb, ehlo::RuleAction::offer);
    rules.sort();
    return least_seconds([&] {
      for (int i = 0; i < 2000; ++i)
        EXPECT_EQ(rules.find(ehlo::bytes_of(names[count - 1]), ehlo::kScopeVerb), ehlo::RuleAction::offer);
    });
  };
  // 256 rules need nine comparisons, four need three.
  EXPECT_LT(seconds(256), 16 * seconds(4));
}

}  // namespace
