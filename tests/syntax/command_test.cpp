// Command lines without their CRLF (RFC 5321 4.1.1, RFC 3030, 4954, 2033, 6531).
#include "syntax/command.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using ehlo::Command;
using ehlo::CommandRules;
using ehlo::Error;
using ehlo::Verb;
using support::guarded;
using support::octets;

struct Parsed {
  ehlo::Problem problem;
  Command command;
  std::string text, response;
};

Parsed parse(std::string_view line, const CommandRules& rules = {}) {
  ehlo::Param items[32];
  ehlo::ParamList params{items, 32, 0, false};
  const ehlo::Bytes bytes = guarded(line);
  Parsed parsed{};
  parsed.problem = ehlo::parse_command(bytes, rules, parsed.command, params);
  if (!parsed.problem.ok()) return parsed;
  parsed.text = ehlo::present(parsed.command.text) ? bytes.at(parsed.command.text).text() : "absent";
  parsed.response = ehlo::present(parsed.command.response) ? bytes.at(parsed.command.response).text() : "absent";
  return parsed;
}

TEST(Command, GivesItsArgument) {
  const struct {
    std::string_view line;
    Verb verb;
    std::string_view text, response;
  } rows[] = {{"EHLO c.test", EHLO_VERB_EHLO, "c.test", "absent"},
              {"HELO [1.2.3.4]", EHLO_VERB_HELO, "[1.2.3.4]", "absent"},
              {"NOOP", EHLO_VERB_NOOP, "absent", "absent"},
              {"NOOP hello world", EHLO_VERB_NOOP, "hello world", "absent"},
              {"HELP", EHLO_VERB_HELP, "absent", "absent"},
              {"HELP MAIL", EHLO_VERB_HELP, "MAIL", "absent"},
              {"VRFY bob", EHLO_VERB_VRFY, "bob", "absent"},
              {"EXPN staff list", EHLO_VERB_EXPN, "staff list", "absent"},
              {"AUTH PLAIN", EHLO_VERB_AUTH, "PLAIN", "absent"},
              {"AUTH PLAIN AGEAYg==", EHLO_VERB_AUTH, "PLAIN", "AGEAYg=="},
              {"AUTH SCRAM-SHA-256", EHLO_VERB_AUTH, "SCRAM-SHA-256", "absent"},
              {"QUIT", EHLO_VERB_QUIT, "absent", "absent"},
              {"RSET \t", EHLO_VERB_RSET, "absent", "absent"},
              {"DATA ", EHLO_VERB_DATA, "absent", "absent"},
              {"STARTTLS", EHLO_VERB_STARTTLS, "absent", "absent"}};
  for (const auto& row : rows) {
    const Parsed parsed = parse(row.line);
    ASSERT_TRUE(parsed.problem.ok()) << row.line << " @" << parsed.problem.at;
    EXPECT_EQ(parsed.command.verb, row.verb);
    EXPECT_EQ(parsed.text, row.text) << row.line;
    EXPECT_EQ(parsed.response, row.response) << row.line;
    // No control may stand anywhere in a line; LF and CR least of all.
    for (const char control : {'\0', '\n', '\r', '\x1b', '\x7f'})
      EXPECT_FALSE(parse(std::string(row.line) + control).problem.ok()) << row.line << int(control);
  }
}

TEST(Command, IsBrokenByDelAsByEveryControl) {
  for (const std::string_view before :
       {"MAIL FROM:<a@b.test> ENVID=a", "MAIL FROM:<a@b.test> FOO=a", "AUTH PLAIN AAAA"})
    for (const char control : {'\0', '\x01', '\x1f', '\x7f'})
      EXPECT_EQ(parse(std::string(before) + control).problem.error, EHLO_E_SYNTAX) << before << int(control);
}

TEST(Command, HasAnEmptyInitialResponse) {
  const Parsed parsed = parse("AUTH PLAIN =");
  ASSERT_TRUE(parsed.problem.ok());
  EXPECT_TRUE(ehlo::present(parsed.command.response));
  EXPECT_EQ(parsed.command.response.len, 0u) << "ehlo_command: \"=\" is present with length 0";
}

TEST(Command, IsRefused) {
  const struct {
    std::string_view line;
    Error error;
  } rows[] = {{"", EHLO_E_SYNTAX},
              {" NOOP", EHLO_E_SYNTAX},
              {"\tNOOP", EHLO_E_SYNTAX},
              {"WHAT", EHLO_E_UNKNOWN_COMMAND},
              {"MAILX", EHLO_E_UNKNOWN_COMMAND},
              {"EHLO", EHLO_E_SYNTAX},
              {"EHLO ", EHLO_E_SYNTAX},
              {"EHLO a_b", EHLO_E_SYNTAX},
              {"EHLO  x", EHLO_E_SYNTAX},
              {"HELO a b", EHLO_E_SYNTAX},
              {"QUIT now", EHLO_E_SYNTAX},
              {"RSET x", EHLO_E_SYNTAX},
              {"DATA x", EHLO_E_SYNTAX},
              {"STARTTLS x", EHLO_E_SYNTAX},
              {"VRFY", EHLO_E_SYNTAX},
              {"EXPN", EHLO_E_SYNTAX},
              {"AUTH", EHLO_E_SYNTAX},
              {"AUTH ", EHLO_E_SYNTAX},
              {"AUTH P!", EHLO_E_SYNTAX},
              {"AUTH PLAIN a b", EHLO_E_BAD_BASE64},
              {"AUTH PLAIN abc", EHLO_E_BAD_BASE64},
              {"MAIL FROM:", EHLO_E_BAD_SENDER},
              {"MAIL FROM:a@b", EHLO_E_BAD_SENDER},
              {"MAIL <a@b>", EHLO_E_SYNTAX},
              {"MAIL FROM:<a@b>SIZE=1", EHLO_E_SYNTAX},
              {"MAIL FROM:<a@b> ", EHLO_OK},
              {"MAIL FROM:<a@b>\tSIZE=1", EHLO_E_SYNTAX},
              {"RCPT FROM:<a@b>", EHLO_E_SYNTAX},
              {"RCPT TO:<>", EHLO_E_BAD_RECIPIENT},
              {"BDAT", EHLO_E_BAD_CHUNK},
              {"BDAT x", EHLO_E_BAD_CHUNK},
              {"BDAT 1 LASTX", EHLO_E_BAD_CHUNK},
              {"BDAT 18446744073709551616", EHLO_E_SIZE_OVERFLOW},
              {octets("NOOP \0"), EHLO_E_SYNTAX},
              {"NOOP \xC3\xBC", EHLO_E_SYNTAX},
              {"VRFY \xC3\xBC", EHLO_E_SYNTAX}};
  for (const auto& row : rows) EXPECT_EQ(parse(row.line).problem.error, row.error) << row.line;
}

TEST(Command, SetsTheVerbAlsoOnAnError) {
  EXPECT_EQ(parse("MAIL FROM:x").command.verb, EHLO_VERB_MAIL);
  EXPECT_EQ(parse("BDAT x").command.verb, EHLO_VERB_BDAT);
  EXPECT_EQ(parse("auth ").command.verb, EHLO_VERB_AUTH);
}

TEST(Bdat, TakesANumberOf64BitsAndLast) {
  const struct {
    std::string_view text;
    std::uint64_t size;
    bool last;
  } rows[] = {{"0", 0, false},
              {"1", 1, false},
              {"0 LAST", 0, true},
              {"10 last", 10, true},
              {"4294967297 LAST", 4294967297u, true},
              {"00000000000000000001", 1, false},
              {"18446744073709551615", UINT64_MAX, false}};
  for (const auto& row : rows) {
    std::uint64_t size = 99;
    bool last = false;
    ASSERT_TRUE(ehlo::parse_bdat(guarded(row.text), 0, size, last).ok()) << row.text;
    EXPECT_EQ(size, row.size) << row.text;
    EXPECT_EQ(last, row.last) << row.text;
  }
  for (const std::string_view text : {"", " ", "LAST", "-1", "+1", "1.0", "0x1", "1  LAST", "1 LAST ", "1 LAS", "1LAST",
                                      "18446744073709551616", "184467440737095516155", "1,000", "1 LAST 1"}) {
    std::uint64_t size = 0;
    bool last = false;
    EXPECT_FALSE(ehlo::parse_bdat(guarded(text), 0, size, last).ok()) << text;
  }
}

TEST(Vrfy, TakesUtf8WhereSmtputf8IsOffered) {
  const CommandRules rules{false, false, true};
  const Parsed parsed = parse("VRFY \xC3\xBC SMTPUTF8", rules);
  ASSERT_TRUE(parsed.problem.ok());
  EXPECT_EQ(parsed.text, "\xC3\xBC");
  EXPECT_EQ(parsed.command.flags, EHLO_FLAG_SMTPUTF8);
  EXPECT_TRUE(parse("VRFY \xC3\xBC", rules).problem.ok()) << "the parameter is about the reply";
  EXPECT_EQ(parse("VRFY \xC3\xBC", rules).command.flags & EHLO_FLAG_SMTPUTF8, 0u);
  EXPECT_FALSE(parse("VRFY \xC3", rules).problem.ok());
  EXPECT_FALSE(parse("NOOP \xC3\xBC", rules).problem.ok());
  EXPECT_FALSE(parse("VRFY \xC3 SMTPUTF8", rules).problem.ok());
}

TEST(Lhlo, IsACommandOfLmtpOnly) {
  EXPECT_EQ(parse("LHLO c.test").problem.error, EHLO_E_UNKNOWN_COMMAND);
  EXPECT_TRUE(parse("LHLO c.test", {true, false, false}).problem.ok());
  EXPECT_EQ(parse("EHLO c.test", {true, false, false}).problem.error, EHLO_E_UNKNOWN_COMMAND);
  EXPECT_EQ(parse("HELO c.test", {true, false, false}).problem.error, EHLO_E_UNKNOWN_COMMAND);
}

TEST(TrailingSpace, IsTakenOff) {
  EXPECT_EQ(ehlo::without_trailing_space(guarded("NOOP \t ")).text(), "NOOP");
  EXPECT_EQ(ehlo::without_trailing_space(guarded(" \t")).text(), "");
  EXPECT_EQ(ehlo::without_trailing_space(guarded("")).text(), "");
  EXPECT_EQ(ehlo::without_trailing_space(guarded("a\v")).text(), "a\v");
}

}  // namespace
