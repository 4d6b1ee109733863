// Keyword rules: parameters, verbs and EHLO lines of the program's own.
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

}  // namespace
