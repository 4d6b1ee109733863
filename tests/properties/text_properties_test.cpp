// Round trips of the encodings inside commands: what is written is read back, and nothing else is read.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/guarded.h"
#include "support/properties.h"
#include "syntax/path.h"
#include "syntax/text.h"

namespace {

using ehlo::Bytes;
using ehlo::Octet;
using ehlo::Writer;
using support::printable;

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  std::string octets(std::size_t longest, std::size_t low, std::size_t high) {
    std::string text(below(longest + 1), '\0');
    for (char& c : text) c = static_cast<char>(low + below(high - low + 1));
    return text;
  }

 private:
  std::mt19937 engine_;
};

Bytes guarded(std::string_view text) {
  thread_local support::GuardedBytes bytes;
  bytes.assign(text);
  return {bytes.data(), bytes.size()};
}

template <class Call>
std::string written(Call call) {
  std::string out(4096, '\0');
  Writer writer(reinterpret_cast<Octet*>(out.data()), out.size());
  call(writer);
  EXPECT_TRUE(writer.fits());
  out.resize(writer.size());
  return out;
}

TEST(Base64Law, ReadsBackWhatItWrites) {
  Random random(1);
  for (int round = 0; round < 5000; ++round) {
    const std::string octets = random.octets(100, 0, 255);
    const std::string text = written([&](Writer& out) { ehlo::encode_base64(guarded(octets), out); });
    EXPECT_EQ(text.size(), (octets.size() + 2) / 3 * 4);
    bool good = false;
    const std::string back = written([&](Writer& out) { good = ehlo::decode_base64(guarded(text), out); });
    ASSERT_TRUE(good) << text;
    ASSERT_EQ(back, octets);
  }
}

// But for the bits that the padding leaves over, which RFC 4648 3.5 lets a decoder ignore.
TEST(Base64Law, ReadsOnlyWhatItWouldWrite) {
  Random random(2);
  constexpr std::string_view kAlphabet = "ABQZagwz0189+/==";
  for (int round = 0; round < 200000; ++round) {
    std::string text(random.below(9), '\0');
    for (char& c : text) c = kAlphabet[random.below(kAlphabet.size())];
    bool good = false;
    const std::string octets = written([&](Writer& out) { good = ehlo::decode_base64(guarded(text), out); });
    if (!good) continue;
    const std::string again = written([&](Writer& out) { ehlo::encode_base64(guarded(octets), out); });
    const std::size_t padding = text.size() - std::min(text.find('='), text.size());
    const std::size_t sure = text.size() - padding - (padding != 0);
    ASSERT_EQ(again.size(), text.size());
    ASSERT_EQ(again.substr(0, sure), text.substr(0, sure));
    ASSERT_EQ(again.substr(text.size() - padding), text.substr(text.size() - padding));
  }
}

TEST(XtextLaw, ReadsBackWhatItWrites) {
  Random random(3);
  for (int round = 0; round < 5000; ++round) {
    const std::string octets = random.octets(60, 0, 255);
    const std::string text = written([&](Writer& out) { ehlo::encode_xtext(guarded(octets), out); });
    for (const char c : text) ASSERT_TRUE(c >= 33 && c <= 126 && c != '=') << text;
    bool good = false;
    const std::string back =
        written([&](Writer& out) { good = ehlo::decode_xtext(guarded(text), ehlo::HexCase::upper, out); });
    ASSERT_TRUE(good) << text;
    ASSERT_EQ(back, octets);
  }
}

TEST(LocalPartLaw, MeansTheSameAfterQuotingAndUnquoting) {
  Random random(4);
  for (int round = 0; round < 20000; ++round) {
    const std::string meaning =
        round % 2 == 0 ? random.octets(20, 32, 126) : random.octets(8, 'a', 'c') + "." + random.octets(3, '.', '/');
    bool good = false;
    const std::string local = written([&](Writer& out) { good = ehlo::quote_local_part(guarded(meaning), out); });
    ASSERT_TRUE(good) << meaning;
    const std::string back = written([&](Writer& out) { ehlo::unquote_local_part(guarded(local), out); });
    ASSERT_EQ(back, meaning) << local;
    // What was written stands in a path, and is quoted only where it must be.
    const std::string text = "<" + local + "@x.test>";
    ehlo::Path path{};
    ASSERT_TRUE(ehlo::parse_path(guarded(text), {ehlo::Direction::reverse, false}, path).ok()) << text;
    const std::string bare = "<" + meaning + "@x.test>";
    ehlo::Path bare_path{};
    const bool needs_no_quotes = ehlo::parse_path(guarded(bare), {ehlo::Direction::reverse, false}, bare_path).ok() &&
                                 !(bare_path.flags & EHLO_PATH_QUOTED) && bare_path.local.len == meaning.size();
    ASSERT_EQ(local[0] != '"', needs_no_quotes) << local;
  }
}

TEST(LocalPartLaw, RefusesControls) {
  for (int c = 0; c < 256; ++c) {
    if (c >= 32 && c != 127) continue;
    const std::string meaning{'a', static_cast<char>(c), 'b'};
    bool good = true;
    written([&](Writer& out) { good = ehlo::quote_local_part(guarded(meaning), out); });
    EXPECT_FALSE(good) << c;
  }
}

TEST(Utf8Law, KnowsExactlyTheCharactersOfUnicode) {
  // Every scalar value is UTF-8, every other pattern of up to four octets with the same lead is not.
  const auto encode = [](std::uint32_t c) {
    std::string out;
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | c >> 6);
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | c >> 12);
      out += static_cast<char>(0x80 | (c >> 6 & 63));
    } else {
      out += static_cast<char>(0xF0 | c >> 18);
      out += static_cast<char>(0x80 | (c >> 12 & 63));
      out += static_cast<char>(0x80 | (c >> 6 & 63));
    }
    if (c >= 0x80) out += static_cast<char>(0x80 | (c & 63));
    return out;
  };
  for (std::uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 37) {
    const bool surrogate = c >= 0xD800 && c < 0xE000;
    const std::string text = encode(c);
    ASSERT_EQ(ehlo::is_utf8(ehlo::bytes_of(text)), !surrogate) << c;
    ASSERT_FALSE(text.size() > 1 && ehlo::is_utf8(ehlo::bytes_of(text.substr(0, text.size() - 1)))) << c;
    ASSERT_FALSE(text.size() > 1 && ehlo::is_utf8(ehlo::bytes_of(text.substr(1)))) << c;
  }
  EXPECT_FALSE(ehlo::is_utf8(ehlo::bytes_of(encode(0x110000))));
  for (const std::string_view overlong : {"\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF", "\xC1\xBF", "\xE0\x9F\xBF"})
    EXPECT_FALSE(ehlo::is_utf8(ehlo::bytes_of(overlong)));
}

}  // namespace
