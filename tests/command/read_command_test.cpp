// Whole command lines: length first, then syntax, then what is offered, then parameters.
#include "command/read_command.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using namespace support;
using ehlo::Dialogue;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::Offer;
using ehlo::Verb;

Offer offer_of(ehlo::ExtensionSet extensions, std::uint32_t max_line = 0, bool lmtp = false) {
  return ehlo::make_offer({extensions, false, false, 0, "PLAIN"}, lmtp, max_line);
}

ehlo::Problem read(std::string_view line, const Offer& offer, Dialogue& dialogue, ehlo::Command* out = nullptr) {
  ehlo::Param items[32];
  ehlo::ParamList params{items, 32, 0, false};
  ehlo::Command command{};
  const ehlo::Problem problem = ehlo::read_command(guarded(line), 0, 2, offer, dialogue, command, params);
  if (out != nullptr) *out = command;
  return problem;
}
Error error_of(std::string_view line, const Offer& offer, Dialogue dialogue = {}) {
  return read(line, offer, dialogue).error;
}

TEST(ReadCommand, CountsTheLineEnding) {
  const Offer offer = offer_of(0);
  EXPECT_EQ(error_of("NOOP " + std::string(505, 'x'), offer), EHLO_OK);
  EXPECT_EQ(error_of("NOOP " + std::string(506, 'x'), offer), EHLO_E_LINE_TOO_LONG);
}

TEST(ReadCommand, GivesMailAndRcptTheirOwnLengths) {
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SIZE) | EHLO_EXT_BIT(EHLO_EXT_DSN));
  const std::string mail = "MAIL FROM:<a@b>", rcpt = "RCPT TO:<a@b>";
  EXPECT_EQ(offer.mail_octets, 512u + 26 + 107);
  EXPECT_EQ(offer.rcpt_octets, 512u + 524);
  EXPECT_EQ(error_of(mail + std::string(offer.mail_octets - 2 - mail.size(), ' '), offer), EHLO_OK);
  EXPECT_EQ(error_of(mail + std::string(offer.mail_octets - 1 - mail.size(), ' '), offer), EHLO_E_LINE_TOO_LONG);
  EXPECT_EQ(error_of(rcpt + std::string(offer.rcpt_octets - 2 - rcpt.size(), ' '), offer), EHLO_OK);
  EXPECT_EQ(error_of(rcpt + std::string(offer.rcpt_octets - 1 - rcpt.size(), ' '), offer), EHLO_E_LINE_TOO_LONG);
  EXPECT_EQ(offer.longest_line(), offer.rcpt_octets);
}

TEST(ReadCommand, HasOneLengthWhereTheProgramSaysSo) {
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SIZE), 600);
  EXPECT_EQ(offer.longest_line(), 600u);
  EXPECT_EQ(error_of("NOOP " + std::string(593, 'x'), offer), EHLO_OK);
  EXPECT_EQ(error_of("NOOP " + std::string(594, 'x'), offer), EHLO_E_LINE_TOO_LONG);
}

// RFC 4954 4.3: a response may have 12288 octets with its CRLF, and AUTH may carry the first.
TEST(ReadCommand, GivesAuthTheLengthOfItsResponses) {
  const auto line = [](std::size_t octets) {
    const std::string begin = "AUTH PLAIN ";
    return begin + std::string(octets - begin.size(), 'A');
  };
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_AUTH));
  EXPECT_EQ(offer.longest_line(), 12288u);
  EXPECT_EQ(error_of(line(12283), offer), EHLO_OK);
  EXPECT_EQ(error_of(line(12287), offer), EHLO_E_LINE_TOO_LONG);
  EXPECT_EQ(error_of("NOOP " + std::string(506, 'x'), offer), EHLO_E_LINE_TOO_LONG);
  EXPECT_EQ(error_of(line(511), offer_of(0)), EHLO_E_LINE_TOO_LONG) << "it is not offered";
  EXPECT_EQ(error_of(line(599), offer_of(EHLO_EXT_BIT(EHLO_EXT_AUTH), 600)), EHLO_E_LINE_TOO_LONG)
      << "one length for all";
}

TEST(ReadCommand, RefusesVerbsOfExtensionsThatAreNotOffered) {
  const Offer nothing = offer_of(0);
  for (const std::string_view line : {"STARTTLS", "AUTH PLAIN", "HELP", "EXPN x", "BDAT 1"})
    EXPECT_EQ(error_of(line, nothing), EHLO_E_NOT_IMPLEMENTED) << line;
  // RFC 5321 4.5.1: VRFY is part of the minimum.
  EXPECT_EQ(error_of("VRFY x", nothing), EHLO_OK);
  const Offer all = offer_of(0x3fff);
  for (const std::string_view line : {"STARTTLS", "AUTH PLAIN", "HELP", "EXPN x", "BDAT 1"})
    EXPECT_EQ(error_of(line, all), EHLO_OK) << line;
}

TEST(ReadCommand, TakesParametersOnlyInEsmtp) {
  Dialogue dialogue{false, false};
  EXPECT_NE(read("MAIL FROM:<a@b> SIZE=1", offer_of(EHLO_EXT_BIT(EHLO_EXT_SIZE)), dialogue).error, EHLO_OK);
  EXPECT_EQ(read("MAIL FROM:<a@b>", offer_of(EHLO_EXT_BIT(EHLO_EXT_SIZE)), dialogue).error, EHLO_OK);
}

TEST(ReadCommand, AsksForSmtputf8WithNonAsciiPaths) {
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_8BITMIME));
  EXPECT_EQ(error_of("MAIL FROM:<\xC3\xBC@b>", offer), EHLO_E_NEEDS_SMTPUTF8);
  EXPECT_EQ(error_of("MAIL FROM:<\xC3\xBC@b> SMTPUTF8", offer), EHLO_OK);
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@b>", offer), EHLO_E_NEEDS_SMTPUTF8);
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@b>", offer, {true, true}), EHLO_OK);
  // Where it is not offered its parameter is unknown.
  EXPECT_EQ(error_of("MAIL FROM:<a@b> SMTPUTF8", offer_of(0)), EHLO_E_UNKNOWN_PARAMETER);
}

// The line is checked from the left: an error of the path is reported whatever is wrong after it.
TEST(ReadCommand, ChecksThePathBeforeItsParameters) {
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_8BITMIME));
  const struct {
    std::string_view line;
    Error error;
    std::uint32_t at;
  } rows[] = {
      {"MAIL FROM:<a> .", EHLO_E_BAD_SENDER, 12},
      {"MAIL FROM:<a> FOO=1", EHLO_E_BAD_SENDER, 12},
      {"MAIL FROM:<\"a\"> @b.example>", EHLO_E_BAD_SENDER, 14},
      {"RCPT TO:<> =", EHLO_E_BAD_RECIPIENT, 9},
      {"RCPT TO:<bob> <carol@mx.example>", EHLO_E_BAD_RECIPIENT, 12},
      {"MAIL FROM:<a@[x-tag:y]> .", EHLO_E_BAD_SENDER, 14},
      {"MAIL FROM:<\xC3\xBC@d.example> .", EHLO_E_NEEDS_SMTPUTF8, 10},
      {"MAIL FROM:<\xC3\xBC@d.example> FOO", EHLO_E_NEEDS_SMTPUTF8, 10},
      {"MAIL FROM:<\xC3\xBC@d.example> F\xB4", EHLO_E_NEEDS_SMTPUTF8, 10},  // a keyword that was not read to its end
      {"MAIL FROM:<\xC3\xBC@d.example> FOO SMTPUTF8", EHLO_E_UNKNOWN_PARAMETER, 25},
      {"MAIL FROM:<\xC3\xBC@d.example> SMTPUTF8 .", EHLO_E_BAD_PARAMETER, 34},
      {"MAIL FROM:<\xC3\xBC@d.example> SMTPUTF8 a_", EHLO_E_BAD_PARAMETER, 35},
      {"MAIL FROM:<a@d.example> \xC3\xBC", EHLO_E_BAD_PARAMETER, 24},
      {"RCPT TO:<\xC3\xBC@d.example> .", EHLO_E_NEEDS_SMTPUTF8, 8},
      {"MAIL FROM:<a@d.example> .", EHLO_E_BAD_PARAMETER, 24},
  };
  for (const auto& row : rows) {
    Dialogue dialogue;
    const ehlo::Problem problem = read(row.line, offer, dialogue);
    EXPECT_EQ(problem.error, row.error) << row.line;
    EXPECT_EQ(problem.at, row.at) << row.line;
  }
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@d.example> .", offer, {true, true}), EHLO_E_BAD_PARAMETER);
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@d.example> .", offer_of(0), {true, true}), EHLO_E_NEEDS_SMTPUTF8);
  const std::string long_label = "RCPT TO:<a@" + std::string(64, 'd') + ".example> =";
  EXPECT_EQ(error_of(long_label, offer), EHLO_E_BAD_RECIPIENT);
}

// RFC 3463: X.1.7 is about the sender's address, X.1.3 about a recipient's. The place is that of the fault.
TEST(ReadCommand, TellsWhoseAddressIsWrong) {
  const std::string long_label = "a@b." + std::string(64, 'd');
  const struct {
    std::string_view path;
    Error error;  // none: the path's own
    std::uint32_t at;
  } rows[] = {{"", EHLO_OK, 0},
              {" <a@b>", EHLO_OK, 0},
              {"a@b", EHLO_OK, 0},
              {"<a@b", EHLO_OK, 4},
              {"<a@>", EHLO_OK, 3},
              {"<a b>", EHLO_OK, 2},
              {"<a@b_c> SIZE=1", EHLO_OK, 4},
              {"<a@[1.2.3.4.5]>", EHLO_OK, 11},
              {"<joe>", EHLO_OK, 4},
              {"<joe>x", EHLO_OK, 4},
              {"<a@b>x", EHLO_E_SYNTAX, 5},
              {"<a@b>\xC3\xBC", EHLO_E_SYNTAX, 5},
              {"<a\x7F@b>", EHLO_E_SYNTAX, 2}};
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SIZE));
  for (const auto& [head, own] : {std::pair("MAIL FROM:", EHLO_E_BAD_SENDER), {"RCPT TO:", EHLO_E_BAD_RECIPIENT}}) {
    const auto begin = static_cast<std::uint32_t>(std::string_view(head).size());
    for (const auto& row : rows) {
      Dialogue dialogue;
      const std::string line = head + std::string(row.path);
      const ehlo::Problem problem = read(line, offer, dialogue);
      EXPECT_EQ(problem.error, row.error == EHLO_OK ? own : row.error) << line;
      EXPECT_EQ(problem.at, begin + row.at) << line;
    }
    Dialogue dialogue;
    // Where the label begins, also where another follows.
    const ehlo::Problem problem = read(head + ("<" + long_label + ".example>x"), offer, dialogue);
    EXPECT_EQ(problem.error, own);
    EXPECT_EQ(problem.at, begin + 5);
  }
  EXPECT_EQ(error_of("RCPT TO:<>", offer), EHLO_E_BAD_RECIPIENT);
  EXPECT_EQ(error_of("MAIL FROM:<Postmaster>", offer), EHLO_E_BAD_SENDER);
  EXPECT_EQ(error_of("MAIL TO:<a@b>", offer), EHLO_E_SYNTAX);
  EXPECT_EQ(error_of("RCPT FROM:<a@b>", offer), EHLO_E_SYNTAX);
  EXPECT_EQ(error_of("MAIL", offer), EHLO_E_SYNTAX);
}

// RFC 5321 4.5.3.1: what everyone must take is no limit; VERP, SRS and forwards pass it.
TEST(ReadCommand, BoundsALocalPartAndAPathByTheLineAlone) {
  const Offer offer = offer_of(0);
  for (const std::size_t octets : {65u, 257u, 400u}) {
    EXPECT_EQ(error_of("MAIL FROM:<" + std::string(octets, 'a') + "@d.example>", offer), EHLO_OK) << octets;
    EXPECT_EQ(error_of("RCPT TO:<\"" + std::string(octets, ' ') + "\"@d.example>", offer), EHLO_OK) << octets;
  }
  const std::string longest = "RCPT TO:<" + std::string(512 - 22, 'a') + "@d.example>";
  EXPECT_EQ(error_of(longest, offer), EHLO_OK);
  EXPECT_EQ(error_of("RCPT TO:<a" + longest.substr(9), offer), EHLO_E_LINE_TOO_LONG);
  Offer wide = offer;
  wide.mail_octets = 1u << 20;
  EXPECT_EQ(error_of("MAIL FROM:<" + std::string(900000, 'a') + "@d.example>", wide), EHLO_OK);
}

TEST(ReadCommand, HoldsPathsToTheLimitsOfTheProgram) {
  Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SIZE));
  offer.limit_paths(64, 256);
  const std::string local(64, 'a'),
      domain = std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(62, 'd');
  EXPECT_EQ(error_of("MAIL FROM:<" + local + "@d.example>", offer), EHLO_OK);
  EXPECT_EQ(error_of("MAIL FROM:<a" + local + "@d.example>", offer), EHLO_E_PATH_TOO_LONG);
  EXPECT_EQ(error_of("RCPT TO:<\"" + local.substr(2) + "\"@d.example>", offer), EHLO_OK);
  EXPECT_EQ(error_of("RCPT TO:<\"" + local.substr(1) + "\"@d.example>", offer), EHLO_E_PATH_TOO_LONG);
  EXPECT_EQ(error_of("MAIL FROM:<" + local.substr(1) + "@" + domain + ">", offer), EHLO_OK);
  Dialogue dialogue;
  const ehlo::Problem problem = read("RCPT TO:<" + local + "@" + domain + "> =", offer, dialogue);
  EXPECT_EQ(problem.error, EHLO_E_PATH_TOO_LONG) << "before what is wrong behind it";
  EXPECT_EQ(problem.at, 8u + 256);
  EXPECT_EQ(error_of("RCPT TO:<a" + local + "@d..example>", offer), EHLO_E_BAD_RECIPIENT) << "a path has a length";
  offer.limit_paths(0, 0);
  EXPECT_EQ(error_of("MAIL FROM:<a" + local + "@" + domain + ">", offer), EHLO_OK);
}

TEST(ReadCommand, ChangesTheDialogueOnlyByAGoodMail) {
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_8BITMIME));
  Dialogue dialogue{true, false};
  EXPECT_NE(read("MAIL FROM:<a@b> SMTPUTF8 FOO", offer, dialogue).error, EHLO_OK);
  EXPECT_FALSE(dialogue.smtputf8);
  EXPECT_EQ(read("MAIL FROM:<a@b> SMTPUTF8", offer, dialogue).error, EHLO_OK);
  EXPECT_TRUE(dialogue.smtputf8);
  EXPECT_EQ(read("RCPT TO:<a@b>", offer, dialogue).error, EHLO_OK);
  EXPECT_TRUE(dialogue.smtputf8);
  EXPECT_EQ(read("MAIL FROM:<a@b>", offer, dialogue).error, EHLO_OK);
  EXPECT_FALSE(dialogue.smtputf8);
}

TEST(ReadCommand, SetsTheVerbAlsoOnAnError) {
  Dialogue dialogue;
  ehlo::Command command{};
  read("MAIL FROM:<a@b> FOO=1", offer_of(0), dialogue, &command);
  EXPECT_EQ(command.verb, EHLO_VERB_MAIL);
  read("STARTTLS", offer_of(0), dialogue, &command);
  EXPECT_EQ(command.verb, EHLO_VERB_STARTTLS);
}

// Spans are those of the buffer that the line stands in; where an error is, is a place in the line.
TEST(ReadCommand, CountsFromTheBufferAndErrorsFromTheLine) {
  constexpr std::string_view kBefore = "NOOP x\r\n";
  const Offer offer = offer_of(EHLO_EXT_BIT(EHLO_EXT_SIZE) | EHLO_EXT_BIT(EHLO_EXT_CHUNKING));
  for (const std::string_view line : {"EHLO c.example",
                                      "EHLO [IPv6:::1]",
                                      "EHLO c..example",
                                      "EHLO [X:y]",
                                      "MAIL FROM:<a@b.example> SIZE=1",
                                      "MAIL FROM:<@r.example:\"a\"@b.example>",
                                      "MAIL FROM:<a@b..example>",
                                      "MAIL FROM:<a@b.example> SIZE=x",
                                      "MAIL FROM:<a@b.example> X=1",
                                      "RCPT TO:<>",
                                      "RCPT TO:<Postmaster>",
                                      "BDAT 5 LAST",
                                      "BDAT x",
                                      "BDAT 5 X",
                                      "AUTH PLAIN AGEAYg==",
                                      "NOOP a b",
                                      "NOOP a\tb",
                                      "XFOO bar",
                                      " x",
                                      "",
                                      "  ",
                                      "DATA \t",
                                      "DATA x",
                                      "RCPT TO:<\xC3\xBC@b.example>"}) {
    ehlo::Param items[2][32];
    ehlo::Command commands[2];
    ehlo::Problem problems[2];
    std::uint32_t count[2];
    for (const bool behind : {false, true}) {
      const auto begin = static_cast<std::uint32_t>(behind ? kBefore.size() : 0);
      const ehlo::Bytes text = guarded(std::string(kBefore.substr(0, begin)) + std::string(line));
      ehlo::ParamList params{items[behind], 32, 0, false};
      Dialogue dialogue;
      problems[behind] = ehlo::read_command(text, begin, 2, offer, dialogue, commands[behind], params);
      count[behind] = params.count;
    }
    EXPECT_EQ(problems[1].error, problems[0].error) << line;
    EXPECT_EQ(problems[1].at, problems[0].at) << line;
    if (!problems[0].ok()) continue;
    const auto is_behind = [&](ehlo::Span there, ehlo::Span here) {
      return ehlo::present(here) ? there == ehlo::Span{here.off + static_cast<std::uint32_t>(kBefore.size()), here.len}
                                 : !ehlo::present(there);
    };
    const ehlo::Command &there = commands[1], &here = commands[0];
    EXPECT_TRUE(is_behind(there.text, here.text) && is_behind(there.response, here.response)) << line;
    EXPECT_TRUE(is_behind(there.path.whole, here.path.whole) && is_behind(there.path.route, here.path.route) &&
                is_behind(there.path.local, here.path.local) && is_behind(there.path.domain, here.path.domain))
        << line;
    ASSERT_EQ(count[1], count[0]) << line;
    for (std::uint32_t i = 0; i < count[0]; ++i)
      EXPECT_TRUE(is_behind(items[1][i].keyword, items[0][i].keyword) &&
                  is_behind(items[1][i].value, items[0][i].value))
          << line;
  }
}

}  // namespace
