// The message of SASL PLAIN (RFC 4616).
#include "auth/plain.h"

#include <gtest/gtest.h>

#include <string>

#include "support/guarded.h"

namespace {

using ehlo::Bytes;
using ehlo::Error;
using ehlo::PlainMessage;
using ehlo::Span;

ehlo::Problem parse(std::string_view text, PlainMessage& plain) {
  const support::GuardedBytes bytes(text);
  return ehlo::parse_plain({bytes.data(), bytes.size()}, plain);
}

template <std::size_t size>
constexpr std::string_view octets(const char (&text)[size]) {
  return {text, size - 1};
}

TEST(AuthPlain, SplitsItsThreeFields) {
  PlainMessage plain{};
  ASSERT_TRUE(parse(octets("zid\0cid\0pw"), plain).ok());
  EXPECT_EQ(plain.authzid, (Span{0, 3}));
  EXPECT_EQ(plain.authcid, (Span{4, 3}));
  EXPECT_EQ(plain.passwd, (Span{8, 2}));
}

TEST(AuthPlain, AcceptsWhatTheGrammarAllows) {
  for (const std::string_view text :
       {octets("\0u\0p"), octets("a\0u\0p"), octets("\0u@x\0p p"), octets("\0\xC3\xBC\0p"), octets("\0u\0\xE2\x82\xAC"),
        octets("\0u\0\x01"), octets("\0=\0,")}) {
    PlainMessage plain{};
    EXPECT_TRUE(parse(text, plain).ok()) << text;
    // Another NUL is one field too many; without its last octet the password is empty or cut within a character.
    EXPECT_EQ(parse(std::string(text) + '\0', plain).error, EHLO_E_SYNTAX);
  }
}

TEST(AuthPlain, RefusesAnythingElse) {
  for (const std::string_view text :
       {octets(""), octets("\0"), octets("\0\0"), octets("\0u\0"), octets("\0\0p"), octets("u\0p"), octets("up"),
        octets("\0u\0p\0x"), octets("\0u\0\xC3"), octets("\0\xFF\0p"), octets("\xC0\x80\0u\0p"), octets("\0u")}) {
    PlainMessage plain{};
    EXPECT_EQ(parse(text, plain).error, EHLO_E_SYNTAX) << text;
  }
}

TEST(AuthPlain, ReadsBackWhatItWrites) {
  ehlo::Octet room[64];
  ehlo::Writer out(room, sizeof room);
  ASSERT_TRUE(ehlo::write_plain(ehlo::bytes_of(""), ehlo::bytes_of("u"), ehlo::bytes_of("p"), out));
  EXPECT_EQ(std::string(reinterpret_cast<char*>(room), out.size()), octets("\0u\0p"));
  for (const auto& [authzid, authcid, passwd] : {std::tuple{octets("a\0b"), octets("u"), octets("p")},
                                                 {octets(""), octets(""), octets("p")},
                                                 {octets(""), octets("u"), octets("")},
                                                 {octets(""), octets("u"), octets("p\0")}}) {
    ehlo::Writer refused(room, sizeof room);
    EXPECT_FALSE(ehlo::write_plain(ehlo::bytes_of(authzid), ehlo::bytes_of(authcid), ehlo::bytes_of(passwd), refused));
  }
}

}  // namespace
