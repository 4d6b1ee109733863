// The readers and writers by kind do what the functions by parameter did. To be deleted together with those.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "extension/auth.h"
#include "extension/body.h"
#include "extension/dsn.h"
#include "extension/requiretls.h"
#include "extension/size.h"
#include "extension/smtputf8.h"
#include "extension/values.h"
#include "support/guarded_octets.h"

namespace {

using namespace ehlo;

const ParamRule* const kRules[] = {&kSizeParams[0], &kBodyParams[0], &kSmtputf8Params[0],
                                   &kDsnParams[0],  &kDsnParams[1],  &kDsnParams[2],
                                   &kDsnParams[3],  &kAuthParams[0], &kRequiretlsParams[0]};

const Value& value_of(ParamId id) {
  for (const Value& value : kValues)
    if (value.row->id == static_cast<std::uint16_t>(id)) return value;
  return kValues[0];
}

void compare(const ParamRule& rule, std::string_view front, const std::string& text, bool present, ExtensionSet offered,
             bool smtputf8) {
  const Bytes line = support::guarded(std::string(front) + text);
  const Span span =
      present ? Span{static_cast<std::uint32_t>(front.size()), static_cast<std::uint32_t>(text.size())} : kAbsent;
  Param before{rule.id, 0, {0, 0}, span, kAbsent, 0}, after = before;
  const ValueContext context{line, offered, smtputf8};
  const Error wanted = rule.judge(context, before);
  ASSERT_EQ(read_value(context, value_of(rule.id), after), wanted) << rule.keyword << "=" << text;
  if (wanted != EHLO_OK) return;
  ASSERT_EQ(after.number, before.number) << rule.keyword << "=" << text;
  ASSERT_EQ(after.detail, before.detail) << rule.keyword << "=" << text;
  // The way back, with what the parameter means.
  for (const HexCase hex : {HexCase::upper, HexCase::any}) {
    const std::string meaning = support::written([&](Writer& out) { decode_xtext(bytes_of(text), hex, out); });
    bool good = false, is_good = false;
    const ParamMeaning said{before.number, bytes_of(meaning)};
    const std::string old =
        support::written([&](Writer& out) { good = rule.write == nullptr || rule.write(said, out); });
    const std::string now = support::written([&](Writer& out) { is_good = write_value(value_of(rule.id), said, out); });
    ASSERT_EQ(is_good, good) << rule.keyword << "=" << text;
    if (good) {
      ASSERT_EQ(now, old);
    }
  }
}

void compare_everywhere(const std::string& text) {
  constexpr ExtensionSet kEight = bit(EHLO_EXT_8BITMIME), kBoth = kEight | bit(EHLO_EXT_BINARYMIME);
  for (const ParamRule* rule : kRules)
    for (const std::string_view front : {"", "=", "MAIL FROM:<a@b.example> X="})
      for (const ExtensionSet offered : {kEight, kBoth})
        for (const bool smtputf8 : {false, true}) compare(*rule, front, text, true, offered, smtputf8);
}

// Only what can stand in a value: the grammar of the list has been there before.
constexpr std::string_view kParts[] = {"7BIT",
                                       "8bitmime",
                                       "BINARYMIME",
                                       "binarymim",
                                       "FULL",
                                       "hdrs",
                                       "NEVER",
                                       "Success",
                                       "FAILURE",
                                       "delay",
                                       ",",
                                       ",,",
                                       "rfc822;",
                                       "utf-8;",
                                       "UTF-8;",
                                       "x400",
                                       ";",
                                       "+",
                                       "+2B",
                                       "+2b",
                                       "+0A",
                                       "+7F",
                                       "+C3",
                                       "+BC",
                                       "+c3+bc",
                                       "\xC3\xBC",
                                       "\xF0\x9F\x93\xA7",
                                       "\\x{FC}",
                                       "\\x{41}",
                                       "\\x{",
                                       "a@b.example",
                                       "\"q",
                                       "\"",
                                       "@",
                                       "<>",
                                       "+3C+3E",
                                       "[192.0.2.1]",
                                       "[X:y]",
                                       "0",
                                       "1",
                                       "9",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "00000000",
                                       "-",
                                       "1e3",
                                       "a",
                                       "b.c",
                                       "~",
                                       "!"};

TEST(ValuesOfToday, AreWhatTheyWereForShortTexts) {
  compare_everywhere("");
  for (const ParamRule* rule : kRules)
    for (const bool smtputf8 : {false, true}) compare(*rule, "X", "", false, ~ExtensionSet{0}, smtputf8);
  for (int c = 0x21; c < 256; ++c)
    if (c != '=' && c != 0x7F) compare_everywhere(std::string(1, static_cast<char>(c)));
  for (const std::string_view one : kParts) {
    compare_everywhere(std::string(one));
    for (const std::string_view other : kParts) compare_everywhere(std::string(one) + std::string(other));
  }
}

TEST(ValuesOfToday, AreWhatTheyWereForManyTexts) {
  std::mt19937 random(20);
  for (int round = 0; round < 60000 && !HasFatalFailure(); ++round) {
    std::string text;
    for (std::size_t parts = 1 + random() % 6; parts != 0; --parts) text += kParts[random() % std::size(kParts)];
    compare_everywhere(text);
  }
}

TEST(ValuesOfToday, AreWhatTheyWereAtTheirLimits) {
  for (const std::string_view unit : {"x", "+2B", "\xC3\xBC", "+C3+BC", "1", "a.b", "DELAY,"}) {
    for (const std::string_view front : {"", "rfc822;", "utf-8;", "a@"}) {
      for (std::size_t octets = 90; octets <= 510; ++octets) {
        if (octets > 112 && octets < 490) continue;
        std::string text(front);
        while (text.size() < octets) text += unit;
        compare_everywhere(text);
        text.resize(octets);
        compare_everywhere(text);
        compare_everywhere(text + "@b.example");
      }
    }
  }
}

// AUTH alone: a mailbox whose xtext would be longer than its reader takes is not written any more.
TEST(ValuesOfToday, DifferInWhatTheirReaderWouldRefuse) {
  const std::string mailbox = std::string(490, 'x') + "=@b.example";
  bool good = false;
  support::written([&](Writer& out) { good = write_auth_param({0, bytes_of(mailbox)}, out); });
  EXPECT_TRUE(good);
  support::written([&](Writer& out) { good = write_value(value_of(EHLO_PARAM_AUTH), {0, bytes_of(mailbox)}, out); });
  EXPECT_FALSE(good);
}

}  // namespace
