// The structural scanners: each does what octet by octet is done, and all of them the same.
#include "wire/scanner.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "support/guarded.h"
#include "support/scanner_check.h"
#include "wire/dot_decoder.h"

namespace {

using ehlo::Bytes;
using ehlo::Scanner;
using support::Scan;

// Lines and what is wrong with them, so that each kind is often enough.
std::string random_text(std::mt19937& random, std::size_t size, unsigned strangeness) {
  static constexpr std::string_view kStrange[] = {"\r", "\n", ".\r\n", ".\n", "\r\r\n", "\n.", "\0\x80\xFF"};
  static constexpr std::string_view kUsual[] = {
      "\r\n", "\r\n.", "\r\n..", "a", ".", "bcdefgh", "0123456789abcdefghijk"};
  std::string text;
  while (text.size() < size)
    text += random() % 1000 < strangeness ? kStrange[random() % std::size(kStrange)] : kUsual[random() % 7];
  text.resize(size);
  return text;
}

class ScannerTest : public testing::TestWithParam<const Scanner*> {};
INSTANTIATE_TEST_SUITE_P(Each, ScannerTest, testing::ValuesIn(support::scanners()),
                         [](const auto& tested) { return std::string(tested.param->name); });

TEST_P(ScannerTest, DoesWhatIsDefinedAtAnyAlignmentUpToTheLastReadableOctet) {
  std::mt19937 random(1);
  support::GuardedBytes bytes;
  for (unsigned round = 0; round < 4000; ++round) {
    const std::size_t size = 2 + random() % 500;
    bytes.assign(random_text(random, size, round % 3 == 0 ? 0 : round % 60));
    Scan scan{1 + random() % (size - 1)};
    if (random() % 4 == 0) scan.from = 1;
    if (random() % 4 == 0) scan.room = random() % 12;
    if (random() % 2 == 0) scan.longest = 64 + random() % 300;
    if (random() % 2 == 0) scan.open = random() % 100;
    if (scan.open > scan.longest) scan.open = scan.longest;
    const std::size_t capacity = random() % 2 == 0 ? 2 * size : random() % (2 * size);
    EXPECT_EQ(support::check_scanner(*GetParam(), {bytes.data(), size}, scan, capacity), "") << "round " << round;
  }
}

TEST_P(ScannerTest, TellsEachOctetFromAllOthers) {
  for (unsigned octet = 0; octet < 256; ++octet) {
    for (const char before : {'\r', '\n', '.', 'a'}) {
      std::string text(65, before);
      text.back() = static_cast<char>(octet);
      for (std::size_t at = 2; at < 64; at += 3) text[at] = static_cast<char>(octet);
      const support::GuardedBytes bytes(text);
      const support::ScannerCheck check(*GetParam(), {bytes.data(), bytes.size()});
      EXPECT_EQ(check.read(1), "") << octet;
      EXPECT_EQ(check.find(0), "") << octet;
    }
  }
}

TEST_P(ScannerTest, TakesPlainTextToItsEnd) {
  std::string text;
  while (text.size() < 1000) text += "plain text\r\n";
  for (std::size_t size = 65; size < text.size(); ++size) {
    const support::GuardedBytes bytes(std::string_view(text).substr(0, size));
    ehlo::Span spans[8];
    ehlo::DotCut cut{bytes.data(), bytes.data() + 1, bytes.data() + size, bytes.data(), spans, 8};
    cut.longest = 512;
    GetParam()->delete_dots(cut);
    EXPECT_EQ(cut.p - bytes.data(), static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(cut.out, spans);
  }
}

TEST_P(ScannerTest, IsUsedWhereItIsForced) {
  ehlo::force_scanner(GetParam());
  EXPECT_EQ(&ehlo::scanner(), GetParam());
  std::string text;
  for (unsigned i = 0; i < 100; ++i) text += "..line " + std::to_string(i) + "\r\n";
  ehlo::Span spans[256];
  ehlo::SpanList list{spans, 256, 0};
  ehlo::DotDecoder decoder({1000, 0, EHLO_ENDING_REJECT});
  const auto result = decoder.feed(ehlo::bytes_of(text + ".\r\n"), list);
  ehlo::force_scanner(nullptr);
  EXPECT_TRUE(result.done);
  EXPECT_EQ(list.count, 100u);
  EXPECT_EQ(decoder.octets(), text.size() - 100);
}

TEST(ScannerChoice, IsTheBestOfTheMachineAndTheSameForAllThreads) {
  ehlo::force_scanner(nullptr);
  const Scanner* seen[4] = {};
  std::vector<std::thread> threads;
  for (const Scanner*& place : seen) threads.emplace_back([&place] { place = &ehlo::scanner(); });
  for (std::thread& thread : threads) thread.join();
  for (const Scanner* scanner : seen) EXPECT_EQ(scanner, support::scanners().back());
}

}  // namespace
