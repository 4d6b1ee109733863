// Strict base64 (RFC 4648 3.3, RFC 4954 4).
#include <gtest/gtest.h>

#include "support/guarded_octets.h"
#include "syntax/text.h"

namespace {

using support::guarded;
using support::octets;
using support::written;

std::string decode(std::string_view text) {
  bool good = false;
  const std::string out = written([&](ehlo::Writer& writer) { good = ehlo::decode_base64(guarded(text), writer); });
  return good ? out : "refused";
}

TEST(Base64, DecodesTheVectorsOfTheRfc) {
  // RFC 4648 10.
  const struct {
    std::string_view text, expected;
  } rows[] = {{"", ""},
              {"Zg==", "f"},
              {"Zm8=", "fo"},
              {"Zm9v", "foo"},
              {"Zm9vYg==", "foob"},
              {"Zm9vYmE=", "fooba"},
              {"Zm9vYmFy", "foobar"},
              {"+/8=", "\xfb\xff"}};
  for (const auto& row : rows) {
    EXPECT_EQ(decode(row.text), row.expected);
    EXPECT_EQ(written([&](ehlo::Writer& out) { ehlo::encode_base64(guarded(row.expected), out); }), row.text);
    for (const char extra : {'A', '=', ' ', '\n', '\0'})
      EXPECT_EQ(decode(std::string(row.text) + extra), "refused") << row.text << int(extra);
    if (!row.text.empty()) {
      EXPECT_EQ(decode(row.text.substr(1)), "refused") << row.text;
    }
  }
}

TEST(Base64, RefusesEverythingElse) {
  for (const std::string_view text :
       {octets("A"), octets("AA"), octets("AAA"), octets("="), octets("=="), octets("===="), octets("A==="),
        octets("AA=A"), octets("=AAA"), octets("AAA=BBB="), octets("AA==AA=="), octets("AA-_"), octets("AA\0="),
        octets("AAA\r"), octets("AAAA\r\n"), octets("\xC3\xBC=="), octets("A A="), octets("*")})
    EXPECT_EQ(decode(text), "refused") << text;
}

TEST(Base64, MeasuresWhatDoesNotFit) {
  ehlo::Octet room[2] = {0, 0};
  ehlo::Writer out(room, 1);
  EXPECT_TRUE(ehlo::decode_base64(guarded("Zm9v"), out));
  EXPECT_EQ(out.size(), 3u);
  EXPECT_FALSE(out.fits());
  EXPECT_EQ(room[1], 0) << "written beyond the capacity";
}

}  // namespace
