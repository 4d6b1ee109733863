// U-labels (RFC 6531 3.3, RFC 5890, RFC 5892): what a domain may have beyond ASCII, at every entry that takes one.
#include "syntax/u_label.h"

#include <gtest/gtest.h>

#include <string>

#include "command/read_command.h"
#include "support/guarded_octets.h"
#include "syntax/path.h"
#include "syntax/write_command.h"

namespace {

using ehlo::Direction;
using ehlo::Error;
using ehlo::Path;
using support::guarded;

std::string utf8(std::uint32_t point) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

// The position of what is wrong with the path, or -1.
int wrong_at(const std::string& path) {
  Path parsed{};
  const ehlo::Problem problem = ehlo::parse_path(guarded(path), {Direction::forward, false}, parsed);
  return problem.ok() ? -1 : static_cast<int>(problem.at);
}

// What is no letter, mark or digit: dots that other software takes for dots, an "@", separators of lines, controls of
// direction, characters without width, spaces, signs, private use, and what is no character.
const std::uint32_t kNoLetters[] = {
    0x80,   0x85,   0x9F,   0xA0,   0xA9,    0xAD,    0xAA,    0xBC,    0xD7,    0x34F,   0x37E,   0x589,
    0x600,  0x61C,  0x640,  0x6D4,  0x115F,  0x1680,  0x180E,  0x2000,  0x200B,  0x200E,  0x200F,  0x2010,
    0x2024, 0x2028, 0x2029, 0x202A, 0x202E,  0x202F,  0x2044,  0x2060,  0x2066,  0x2069,  0x20AC,  0x2100,
    0x2153, 0x2160, 0x2215, 0x2488, 0x24D0,  0x2764,  0x3000,  0x3002,  0x302E,  0x3164,  0xE000,  0xFB01,
    0xFDD0, 0xFE00, 0xFE0F, 0xFE52, 0xFE6B,  0xFEFF,  0xFF07,  0xFF0E,  0xFF0F,  0xFF20,  0xFF21,  0xFF41,
    0xFF61, 0xFFA0, 0xFFFD, 0xFFFE, 0x1D165, 0x1D41A, 0x1F600, 0xE0001, 0xE0100, 0xF0000, 0x10FFFF};

TEST(ULabel, HasLettersMarksAndDigitsAlone) {
  for (const std::uint32_t point : kNoLetters) {
    for (const char* const before : {"", "b", "\xC3\xBC"}) {
      SCOPED_TRACE(testing::Message() << before << std::hex << point);
      const std::string label = before + utf8(point) + "b";
      const int at = static_cast<int>(std::string(before).size());
      EXPECT_EQ(wrong_at("<a@" + label + ".example>"), 3 + at);
      EXPECT_EQ(wrong_at("<a@mx." + label + ">"), 6 + at);
      EXPECT_EQ(wrong_at("<@ok.example,@" + label + ":a@b.example>"), 14 + at);
      // The local part takes them (RFC 6531 3.3).
      EXPECT_EQ(wrong_at("<" + label + "@b.example>"), -1);
    }
  }
}

TEST(ULabel, OfAnyScriptIsTaken) {
  for (const std::string_view domain :
       {"b\xC3\xBC"
        "cher.example",
        "\xC3\x9C"
        "BER.example",
        "stra\xC3\x9F"
        "e.example",
        "\xE4\xBE\x8B\xE5\xAD\x90.example",
        "\xCF\x80\xCE\xB1\xCF\x81\xCE\xAC\xCE\xB4\xCE\xB5\xCE\xB9\xCE\xB3\xCE\xBC\xCE\xB1.example",
        "\xD0\xBF\xD0\xBE\xD1\x87\xD1\x82\xD0\xB0.\xD1\x80\xD1\x84", "\xD9\x85\xD8\xAB\xD8\xA7\xD9\x84.example",
        "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80.example",
        "\xED\x95\x9C\xEA\xB5\xAD.kr", "\xE3\x81\xBF\xE3\x82\x93\xE3\x81\xAA.example", "a-\xC3\xBC-1.example",
        "\xF0\xA0\x80\x80.example", "i\xCC\x87.\xC4\xB0",
        "xn--bcher-kva.b\xC3\xBC"
        "cher"}) {
    EXPECT_EQ(wrong_at("<a@" + std::string(domain) + ">"), -1) << domain;
    EXPECT_TRUE(ehlo::is_mailbox(guarded("a@" + std::string(domain)))) << domain;
  }
}

// RFC 5892 A.
TEST(ULabel, TakesSomeCharactersBesideTheirNeighboursAlone) {
  const std::string virama = "\xE0\xA4\x95\xE0\xA5\x8D", ka = "\xE0\xA4\x95";
  for (const std::string& good :
       {virama + utf8(0x200D) + ka, virama + utf8(0x200C) + ka, "l" + utf8(0xB7) + "l", "COL" + utf8(0xB7) + "LEGI",
        utf8(0x375) + utf8(0x3B1), utf8(0x5D0) + utf8(0x5F3), utf8(0x5D0) + utf8(0x5F4) + utf8(0x5D1),
        "a" + utf8(0x30FB) + utf8(0x30A2), utf8(0x5D0) + utf8(0x5F3) + utf8(0x5F3), utf8(0xFA0E) + utf8(0x30FB),
        utf8(0x30FB) + utf8(0x1B001), utf8(0x375) + utf8(0x1D26), utf8(0x4E00) + utf8(0x30FB),
        utf8(0x660) + utf8(0x669), utf8(0x6F0) + utf8(0x6F9)})
    EXPECT_EQ(wrong_at("<a@" + good + ".example>"), -1) << good;
  const std::pair<std::string, int> bad[] = {{ka + utf8(0x200D) + ka, 3},
                                             {"a" + utf8(0x200C) + "b", 1},
                                             {utf8(0x200D), 0},
                                             {"l" + utf8(0xB7) + "m", 1},
                                             {"m" + utf8(0xB7) + "l", 1},
                                             {"l" + utf8(0xB7), 1},
                                             {utf8(0xB7) + "l", 0},
                                             {utf8(0x375) + "a", 0},
                                             {utf8(0x3B1) + utf8(0x375), 2},
                                             {utf8(0x5F3) + utf8(0x5D0), 0},
                                             {"a" + utf8(0x5F4), 1},
                                             {"a" + utf8(0x30FB) + "b", 1},
                                             {utf8(0x375) + utf8(0x3E3), 0},
                                             {utf8(0x30FB) + utf8(0x30FC), 0},
                                             {utf8(0x30FB) + utf8(0x3006), 0},
                                             {utf8(0x660) + utf8(0x6F0), 2},
                                             {utf8(0x6F1) + "a" + utf8(0x669), 3}};
  for (const auto& [label, at] : bad) EXPECT_EQ(wrong_at("<a@" + label + ".example>"), 3 + at) << label;
  // One label's neighbours are not the next one's.
  EXPECT_EQ(wrong_at("<a@" + utf8(0x660) + "." + utf8(0x6F0) + ">"), -1);
}

TEST(ULabel, BeginsWithNoMarkAndHasNoHyphensOfALabels) {
  EXPECT_EQ(wrong_at("<a@" + utf8(0x301) + "a>"), 3);
  EXPECT_EQ(wrong_at("<a@b." + utf8(0x94D) + ">"), 5);
  EXPECT_EQ(wrong_at("<a@a" + utf8(0x301) + ">"), -1);
  EXPECT_EQ(wrong_at("<a@xn--\xC3\xBC.example>"), 3);
  EXPECT_EQ(wrong_at("<a@\xC3\xBC"
                     "b--c.example>"),
            3);
  EXPECT_EQ(wrong_at("<a@\xC3\xBC--c.example>"), -1);
  EXPECT_EQ(wrong_at("<a@ab--c.example>"), -1) << "in ASCII a label is what RFC 5321 says";
}

TEST(ULabel, IsTheSameInCommandsAndMailboxes) {
  for (const std::uint32_t point : kNoLetters) {
    SCOPED_TRACE(testing::Message() << std::hex << point);
    const std::string address = "a@b" + utf8(point) + "c.example";
    EXPECT_FALSE(ehlo::is_mailbox(guarded(address)));
    for (const std::string_view head : {"MAIL FROM:<", "RCPT TO:<"}) {
      const ehlo::Offer offer = ehlo::make_offer({0x7FF, false, false, 0, {}}, false, 0);
      ehlo::Param items[EHLO_PARAMS_MAX];
      ehlo::ParamList params{items, EHLO_PARAMS_MAX};
      ehlo::Command command;
      ehlo::Dialogue dialogue{true, true};
      const std::string line = std::string(head) + address + "> " + (head[0] == 'M' ? "SMTPUTF8" : "NOTIFY=NEVER");
      const auto problem = ehlo::read_command(guarded(line), 0, 2, offer, dialogue, command, params);
      EXPECT_EQ(problem.error, head[0] == 'M' ? EHLO_E_BAD_SENDER : EHLO_E_BAD_RECIPIENT);
      EXPECT_EQ(problem.at, head.size() + 3);
    }
    ehlo::CommandText text;
    text.verb = EHLO_VERB_MAIL;
    text.text = guarded(address);
    text.smtputf8 = true;
    ehlo::Writer out(nullptr, 0);
    EXPECT_EQ(ehlo::write_command(text, out), EHLO_E_SYNTAX);
    EXPECT_FALSE(ehlo::write_mailbox(guarded("a"), guarded("b" + utf8(point) + "c.example"), out));
  }
}

// RFC 6531 3.7.1: before SMTPUTF8 is known of, a host is in ASCII.
TEST(ULabel, IsNoHostOfAGreeting) {
  for (const std::uint32_t point : {0xFCu, 0x3002u, 0x202Eu, 0x85u}) {
    ehlo::Host host{};
    EXPECT_FALSE(ehlo::parse_host(guarded("b" + utf8(point) + "c.example"), 0, false, host).ok());
    EXPECT_FALSE(ehlo::is_host(guarded("b" + utf8(point) + "c.example")));
  }
}

}  // namespace
