// xtext (RFC 3461 4) and the addresses of ORCPT=utf-8 (RFC 6533 3).
#include <gtest/gtest.h>

#include "support/guarded_octets.h"
#include "syntax/text.h"

namespace {

using ehlo::HexCase;
using support::guarded;
using support::octets;
using support::written;

std::string decode(std::string_view text, HexCase hex) {
  bool good = false;
  const std::string out = written([&](ehlo::Writer& writer) { good = ehlo::decode_xtext(guarded(text), hex, writer); });
  return good ? out : "refused";
}

TEST(Xtext, Decodes) {
  const struct {
    std::string_view text, expected;
  } rows[] = {{"", ""}, {"abc", "abc"}, {"+2B", "+"}, {"a+3Db", "a=b"}, {"+20x+7F", " x\x7f"}, {"!~", "!~"}};
  for (const auto& row : rows) {
    EXPECT_EQ(decode(row.text, HexCase::upper), row.expected) << row.text;
    EXPECT_EQ(decode(row.text, HexCase::any), row.expected) << row.text;
    EXPECT_EQ(decode(std::string(row.text) + "+", HexCase::upper), "refused") << row.text;
    EXPECT_EQ(decode(std::string(row.text) + "=", HexCase::upper), "refused") << row.text;
    EXPECT_EQ(decode(std::string(row.text) + " ", HexCase::upper), "refused") << row.text;
  }
  EXPECT_EQ(decode("+2b", HexCase::any), "+");
}

TEST(Xtext, IsPlainOnlyWhereItDecodesToPrintableAscii) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text = std::string("a+") + static_cast<char>(first) + static_cast<char>(second) + "b";
      const std::string meaning = decode(text, HexCase::upper);
      const bool printable = meaning.size() == 3 && meaning[1] >= ' ' && meaning[1] <= '~';
      ASSERT_EQ(ehlo::is_plain_xtext(guarded(text)), printable) << text;
    }
  }
  for (const std::string_view text : {"", "abc", "+2B", "a+3Db+3D+7E"})
    EXPECT_TRUE(ehlo::is_plain_xtext(guarded(text)));
  for (const std::string_view text : {"+", "a+", "+2", "+2b", "+7F", "+0A", "a=b", "a b", "\xC3\xBC"})
    EXPECT_FALSE(ehlo::is_plain_xtext(guarded(text))) << text;
}

TEST(Xtext, RefusesEverythingElse) {
  for (const std::string_view text :
       {octets("+"), octets("+2"), octets("+2b"), octets("+G0"), octets("a=b"), octets("a b"), octets("\x7f"),
        octets("\xC3\xBC"), octets("\0"), octets("a+0"), octets("++2B"), octets("\r\n")})
    EXPECT_EQ(decode(text, HexCase::upper), "refused") << text;
}

TEST(Xtext, EncodesWhatMustBe) {
  const auto encode = [](std::string_view text) {
    return written([&](ehlo::Writer& out) { ehlo::encode_xtext(guarded(text), out); });
  };
  EXPECT_EQ(encode("a+b=c d"), "a+2Bb+3Dc+20d");
  EXPECT_EQ(encode(octets("\0\r\n\xff~!")), "+00+0D+0A+FF~!");
}

TEST(Utf8Address, ResolvesItsEscapes) {
  const auto address = [](std::string_view text, bool& ascii) {
    bool good = false;
    const std::string out =
        written([&](ehlo::Writer& writer) { good = ehlo::decode_utf8_address(guarded(text), writer, ascii); });
    return good ? out : "refused";
  };
  bool ascii = false;
  EXPECT_EQ(address("a@b", ascii), "a@b");
  EXPECT_TRUE(ascii);
  EXPECT_EQ(address("\\x{FC}@b", ascii), "\xC3\xBC@b");
  EXPECT_EQ(address("\xC3\xBC@b", ascii), "\xC3\xBC@b");
  EXPECT_FALSE(ascii);
  EXPECT_EQ(address("\\x{1F600}", ascii), "\xF0\x9F\x98\x80");
  EXPECT_EQ(address("a\\x{2B}b\\x{3D}\\x{5C}", ascii), "a+b=\\");
  // The letters of RFC 5234 are caseless.
  EXPECT_EQ(address("\\x{fc}@b", ascii), "\xC3\xBC@b");
  // RFC 6533 3: no surrogate, nothing beyond Unicode, no leading zeros.
  for (const std::string_view text : {"\\", "\\x", "\\x{", "\\x{}", "\\x{FC", "\\x{110000}", "\\x{D800}", "\\x{DFFF}",
                                      "\\x{G}", "\xC3", "a b", "\\u{FC}", "\\x{0000FC}"})
    EXPECT_EQ(address(text, ascii), "refused") << text;
}

}  // namespace
