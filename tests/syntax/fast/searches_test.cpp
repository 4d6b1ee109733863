// The searches and comparisons in words and vectors against their plain counterparts, on texts that end at an
// inaccessible page.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/guarded_octets.h"
#include "syntax/bytes.h"

namespace {

using ehlo::Bytes;
using support::guarded;

// Few octets are anything else, so that hits come late as well as early.
std::string random_text(std::mt19937& random, std::size_t size, unsigned strangeness) {
  std::string text(size, 'a');
  for (char& c : text)
    if (random() % 1000 < strangeness) c = "\r\n\0,\x80\xFF"[random() % 6];
  return text;
}

TEST(FastSearch, FindsTheOctetThatThePlainOneFinds) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 20000; ++round) {
    const Bytes text = guarded(random_text(random, random() % 200, round % 2 == 0 ? 10 : 200));
    for (const ehlo::Octet octet : {'\n', ',', '\x80'}) {
      const auto* const expected = ehlo::plain::find_octet(text.begin(), text.end(), octet);
      ASSERT_EQ(ehlo::find_octet(text.begin(), text.end(), octet) - text.begin(), expected - text.begin()) << round;
    }
  }
}

TEST(FastSearch, FindsTheSpecialOctetThatThePlainOneFinds) {
  std::mt19937 random(2);
  for (unsigned round = 0; round < 20000; ++round) {
    const Bytes text = guarded(random_text(random, random() % 200, round % 2 == 0 ? 10 : 200));
    const auto* const expected = ehlo::plain::find_special(text.begin(), text.end());
    ASSERT_EQ(ehlo::find_special(text.begin(), text.end()) - text.begin(), expected - text.begin()) << round;
  }
}

bool equals_octet_by_octet(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t at = 0; at < a.size(); ++at)
    if (ehlo::upper(static_cast<ehlo::Octet>(a[at])) != ehlo::upper(static_cast<ehlo::Octet>(b[at]))) return false;
  return true;
}

TEST(FastComparison, IgnoresTheCaseOfLettersAlone) {
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (unsigned octet = 0; octet < 256; ++octet) {
        for (const unsigned change : {0u, 0x20u, 0x80u, 1u}) {
          std::string a(size, 'M'), b(size, 'm');
          a[at] = static_cast<char>(octet);
          b[at] = static_cast<char>(octet ^ change);
          const Bytes text = guarded(a);
          ASSERT_EQ(ehlo::equals_caseless(text, b), equals_octet_by_octet(a, b)) << size << " " << at << " " << octet;
        }
      }
    }
  }
}

}  // namespace
