// Whole command lines: length first, then syntax, then what is offered, then parameters.
#include "extension/read_command.h"

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
  const ehlo::Problem problem = ehlo::read_command(guarded(line), 2, offer, dialogue, command, params);
  if (out != nullptr) *out = command;
  return problem;
}
Error error_of(std::string_view line, const Offer& offer, Dialogue dialogue = {}) {
  return read(line, offer, dialogue).error;
}

TEST(ReadCommand, CountsTheLineEnding) {
  const Offer offer = offer_of(0);
  EXPECT_EQ(error_of("NOOP " + std::string(505, 'x'), offer), Error::none);
  EXPECT_EQ(error_of("NOOP " + std::string(506, 'x'), offer), Error::line_too_long);
}

TEST(ReadCommand, GivesMailAndRcptTheirOwnLengths) {
  const Offer offer = offer_of(bit(ExtensionId::size) | bit(ExtensionId::dsn));
  const std::string mail = "MAIL FROM:<a@b>", rcpt = "RCPT TO:<a@b>";
  EXPECT_EQ(offer.mail_octets, 512u + 26 + 107);
  EXPECT_EQ(offer.rcpt_octets, 512u + 524);
  EXPECT_EQ(error_of(mail + std::string(offer.mail_octets - 2 - mail.size(), ' '), offer), Error::none);
  EXPECT_EQ(error_of(mail + std::string(offer.mail_octets - 1 - mail.size(), ' '), offer), Error::line_too_long);
  EXPECT_EQ(error_of(rcpt + std::string(offer.rcpt_octets - 2 - rcpt.size(), ' '), offer), Error::none);
  EXPECT_EQ(error_of(rcpt + std::string(offer.rcpt_octets - 1 - rcpt.size(), ' '), offer), Error::line_too_long);
  EXPECT_EQ(offer.longest_line(), offer.rcpt_octets);
}

TEST(ReadCommand, HasOneLengthWhereTheProgramSaysSo) {
  const Offer offer = offer_of(bit(ExtensionId::size), 600);
  EXPECT_EQ(offer.longest_line(), 600u);
  EXPECT_EQ(error_of("NOOP " + std::string(593, 'x'), offer), Error::none);
  EXPECT_EQ(error_of("NOOP " + std::string(594, 'x'), offer), Error::line_too_long);
}

// RFC 4954 4.3: a response may have 12288 octets with its CRLF, and AUTH may carry the first.
TEST(ReadCommand, GivesAuthTheLengthOfItsResponses) {
  const auto line = [](std::size_t octets) {
    const std::string begin = "AUTH PLAIN ";
    return begin + std::string(octets - begin.size(), 'A');
  };
  const Offer offer = offer_of(bit(ExtensionId::auth));
  EXPECT_EQ(offer.longest_line(), 12288u);
  EXPECT_EQ(error_of(line(12283), offer), Error::none);
  EXPECT_EQ(error_of(line(12287), offer), Error::line_too_long);
  EXPECT_EQ(error_of("NOOP " + std::string(506, 'x'), offer), Error::line_too_long);
  EXPECT_EQ(error_of(line(511), offer_of(0)), Error::line_too_long) << "it is not offered";
  EXPECT_EQ(error_of(line(599), offer_of(bit(ExtensionId::auth), 600)), Error::line_too_long) << "one length for all";
}

TEST(ReadCommand, RefusesVerbsOfExtensionsThatAreNotOffered) {
  const Offer nothing = offer_of(0);
  for (const std::string_view line : {"STARTTLS", "AUTH PLAIN", "HELP", "EXPN x", "BDAT 1"})
    EXPECT_EQ(error_of(line, nothing), Error::not_implemented) << line;
  // RFC 5321 4.5.1: VRFY is part of the minimum.
  EXPECT_EQ(error_of("VRFY x", nothing), Error::none);
  const Offer all = offer_of(0x3fff);
  for (const std::string_view line : {"STARTTLS", "AUTH PLAIN", "HELP", "EXPN x", "BDAT 1"})
    EXPECT_EQ(error_of(line, all), Error::none) << line;
}

TEST(ReadCommand, TakesParametersOnlyInEsmtp) {
  Dialogue dialogue{false, false};
  EXPECT_NE(read("MAIL FROM:<a@b> SIZE=1", offer_of(bit(ExtensionId::size)), dialogue).error, Error::none);
  EXPECT_EQ(read("MAIL FROM:<a@b>", offer_of(bit(ExtensionId::size)), dialogue).error, Error::none);
}

TEST(ReadCommand, AsksForSmtputf8WithNonAsciiPaths) {
  const Offer offer = offer_of(bit(ExtensionId::smtputf8) | bit(ExtensionId::eight_bit_mime));
  EXPECT_EQ(error_of("MAIL FROM:<\xC3\xBC@b>", offer), Error::needs_smtputf8);
  EXPECT_EQ(error_of("MAIL FROM:<\xC3\xBC@b> SMTPUTF8", offer), Error::none);
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@b>", offer), Error::needs_smtputf8);
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@b>", offer, {true, true}), Error::none);
  // Where it is not offered its parameter is unknown.
  EXPECT_EQ(error_of("MAIL FROM:<a@b> SMTPUTF8", offer_of(0)), Error::unknown_parameter);
}

// The line is judged from the left: what is wrong with the path is told whatever is wrong behind it.
TEST(ReadCommand, JudgesThePathBeforeItsParameters) {
  const Offer offer = offer_of(bit(ExtensionId::smtputf8) | bit(ExtensionId::eight_bit_mime));
  const struct {
    std::string_view line;
    Error error;
    std::uint32_t at;
  } rows[] = {
      {"MAIL FROM:<a> .", Error::bad_sender, 12},
      {"MAIL FROM:<a> FOO=1", Error::bad_sender, 12},
      {"MAIL FROM:<\"a\"> @b.example>", Error::bad_sender, 14},
      {"RCPT TO:<> =", Error::bad_recipient, 9},
      {"RCPT TO:<bob> <carol@mx.example>", Error::bad_recipient, 12},
      {"MAIL FROM:<a@[x-tag:y]> .", Error::bad_sender, 14},
      {"MAIL FROM:<\xC3\xBC@d.example> .", Error::needs_smtputf8, 10},
      {"MAIL FROM:<\xC3\xBC@d.example> FOO", Error::needs_smtputf8, 10},
      {"MAIL FROM:<\xC3\xBC@d.example> FOO SMTPUTF8", Error::unknown_parameter, 25},
      {"MAIL FROM:<\xC3\xBC@d.example> SMTPUTF8 .", Error::bad_parameter, 34},
      {"MAIL FROM:<\xC3\xBC@d.example> SMTPUTF8 a_", Error::bad_parameter, 35},
      {"MAIL FROM:<a@d.example> \xC3\xBC", Error::bad_parameter, 24},
      {"RCPT TO:<\xC3\xBC@d.example> .", Error::needs_smtputf8, 8},
      {"MAIL FROM:<a@d.example> .", Error::bad_parameter, 24},
  };
  for (const auto& row : rows) {
    Dialogue dialogue;
    const ehlo::Problem problem = read(row.line, offer, dialogue);
    EXPECT_EQ(problem.error, row.error) << row.line;
    EXPECT_EQ(problem.at, row.at) << row.line;
  }
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@d.example> .", offer, {true, true}), Error::bad_parameter);
  EXPECT_EQ(error_of("RCPT TO:<\xC3\xBC@d.example> .", offer_of(0), {true, true}), Error::needs_smtputf8);
  const std::string long_label = "RCPT TO:<a@" + std::string(64, 'd') + ".example> =";
  EXPECT_EQ(error_of(long_label, offer), Error::bad_recipient);
}

// RFC 3463: X.1.7 is about the sender's address, X.1.3 about a recipient's. The place is that of the fault.
TEST(ReadCommand, TellsWhoseAddressIsWrong) {
  const std::string long_label = "a@b." + std::string(64, 'd');
  const struct {
    std::string_view path;
    Error error;  // none: the path's own
    std::uint32_t at;
  } rows[] = {{"", Error::none, 0},
              {" <a@b>", Error::none, 0},
              {"a@b", Error::none, 0},
              {"<a@b", Error::none, 4},
              {"<a@>", Error::none, 3},
              {"<a b>", Error::none, 2},
              {"<a@b_c> SIZE=1", Error::none, 4},
              {"<a@[1.2.3.4.5]>", Error::none, 11},
              {"<joe>", Error::none, 4},
              {"<joe>x", Error::none, 4},
              {"<a@b>x", Error::syntax, 5},
              {"<a@b>\xC3\xBC", Error::syntax, 5},
              {"<a\x7F@b>", Error::syntax, 2}};
  const Offer offer = offer_of(bit(ExtensionId::size));
  for (const auto& [head, own] : {std::pair("MAIL FROM:", Error::bad_sender), {"RCPT TO:", Error::bad_recipient}}) {
    const auto begin = static_cast<std::uint32_t>(std::string_view(head).size());
    for (const auto& row : rows) {
      Dialogue dialogue;
      const std::string line = head + std::string(row.path);
      const ehlo::Problem problem = read(line, offer, dialogue);
      EXPECT_EQ(problem.error, row.error == Error::none ? own : row.error) << line;
      EXPECT_EQ(problem.at, begin + row.at) << line;
    }
    Dialogue dialogue;
    // Where the label begins, also where another follows.
    const ehlo::Problem problem = read(head + ("<" + long_label + ".example>x"), offer, dialogue);
    EXPECT_EQ(problem.error, own);
    EXPECT_EQ(problem.at, begin + 5);
  }
  EXPECT_EQ(error_of("RCPT TO:<>", offer), Error::bad_recipient);
  EXPECT_EQ(error_of("MAIL FROM:<Postmaster>", offer), Error::bad_sender);
  EXPECT_EQ(error_of("MAIL TO:<a@b>", offer), Error::syntax);
  EXPECT_EQ(error_of("RCPT FROM:<a@b>", offer), Error::syntax);
  EXPECT_EQ(error_of("MAIL", offer), Error::syntax);
}

// RFC 5321 4.5.3.1: what everyone must take is no limit; VERP, SRS and forwards pass it.
TEST(ReadCommand, BoundsALocalPartAndAPathByTheLineAlone) {
  const Offer offer = offer_of(0);
  for (const std::size_t octets : {65u, 257u, 400u}) {
    EXPECT_EQ(error_of("MAIL FROM:<" + std::string(octets, 'a') + "@d.example>", offer), Error::none) << octets;
    EXPECT_EQ(error_of("RCPT TO:<\"" + std::string(octets, ' ') + "\"@d.example>", offer), Error::none) << octets;
  }
  const std::string longest = "RCPT TO:<" + std::string(512 - 22, 'a') + "@d.example>";
  EXPECT_EQ(error_of(longest, offer), Error::none);
  EXPECT_EQ(error_of("RCPT TO:<a" + longest.substr(9), offer), Error::line_too_long);
  Offer wide = offer;
  wide.mail_octets = 1u << 20;
  EXPECT_EQ(error_of("MAIL FROM:<" + std::string(900000, 'a') + "@d.example>", wide), Error::none);
}

TEST(ReadCommand, HoldsPathsToTheLimitsOfTheProgram) {
  Offer offer = offer_of(bit(ExtensionId::size));
  offer.limit_paths(64, 256);
  const std::string local(64, 'a'),
      domain = std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(62, 'd');
  EXPECT_EQ(error_of("MAIL FROM:<" + local + "@d.example>", offer), Error::none);
  EXPECT_EQ(error_of("MAIL FROM:<a" + local + "@d.example>", offer), Error::path_too_long);
  EXPECT_EQ(error_of("RCPT TO:<\"" + local.substr(2) + "\"@d.example>", offer), Error::none);
  EXPECT_EQ(error_of("RCPT TO:<\"" + local.substr(1) + "\"@d.example>", offer), Error::path_too_long);
  EXPECT_EQ(error_of("MAIL FROM:<" + local.substr(1) + "@" + domain + ">", offer), Error::none);
  Dialogue dialogue;
  const ehlo::Problem problem = read("RCPT TO:<" + local + "@" + domain + "> =", offer, dialogue);
  EXPECT_EQ(problem.error, Error::path_too_long) << "before what is wrong behind it";
  EXPECT_EQ(problem.at, 8u + 256);
  EXPECT_EQ(error_of("RCPT TO:<a" + local + "@d..example>", offer), Error::bad_recipient) << "a path has a length";
  offer.limit_paths(0, 0);
  EXPECT_EQ(error_of("MAIL FROM:<a" + local + "@" + domain + ">", offer), Error::none);
}

TEST(ReadCommand, ChangesTheDialogueOnlyByAGoodMail) {
  const Offer offer = offer_of(bit(ExtensionId::smtputf8) | bit(ExtensionId::eight_bit_mime));
  Dialogue dialogue{true, false};
  EXPECT_NE(read("MAIL FROM:<a@b> SMTPUTF8 FOO", offer, dialogue).error, Error::none);
  EXPECT_FALSE(dialogue.smtputf8);
  EXPECT_EQ(read("MAIL FROM:<a@b> SMTPUTF8", offer, dialogue).error, Error::none);
  EXPECT_TRUE(dialogue.smtputf8);
  EXPECT_EQ(read("RCPT TO:<a@b>", offer, dialogue).error, Error::none);
  EXPECT_TRUE(dialogue.smtputf8);
  EXPECT_EQ(read("MAIL FROM:<a@b>", offer, dialogue).error, Error::none);
  EXPECT_FALSE(dialogue.smtputf8);
}

TEST(ReadCommand, SetsTheVerbAlsoOnAnError) {
  Dialogue dialogue;
  ehlo::Command command{};
  read("MAIL FROM:<a@b> FOO=1", offer_of(0), dialogue, &command);
  EXPECT_EQ(command.verb, Verb::mail);
  read("STARTTLS", offer_of(0), dialogue, &command);
  EXPECT_EQ(command.verb, Verb::starttls);
}

}  // namespace
