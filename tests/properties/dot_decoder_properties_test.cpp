// The dot decoder beside a reference that reads an octet at a time and knows the whole input.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/dot_lines.h"
#include "support/guarded.h"
#include "support/properties.h"
#include "support/short_texts.h"
#include "wire/dot_decoder.h"

namespace {

using ehlo::DotDecoder;
using support::printable;

struct Decoded {
  std::string body;
  std::size_t end = 0;  // octets up to and with the end of data
  unsigned violations = 0;
  std::size_t first_lf = 0, first_cr = 0;
  bool operator==(const Decoded&) const = default;
};

// On the wire only CR LF . CR LF is no false end. A dot that was deleted can leave another one at the start of its
// line.
bool has_false_end(std::string_view wire, std::string_view content) {
  for (const support::DotLine& line : support::dot_lines(wire))
    if (!(line.begins_well && line.ends_well)) return true;
  return support::false_end_of_text(content, true) != std::string_view::npos;
}

// `wire` holds an end of data.
Decoded reference(std::string_view wire, std::size_t line_limit, std::size_t limit) {
  Decoded out;
  const auto note = [&out](unsigned kind, std::size_t at) {
    if (kind == EHLO_SEEN_BARE_LF && !(out.violations & kind)) out.first_lf = at;
    if (kind == EHLO_SEEN_BARE_CR && !(out.violations & kind)) out.first_cr = at;
    out.violations |= kind;
  };
  bool line_start = true;  // after CR LF
  std::size_t line = 0;
  for (std::size_t at = 0; at < wire.size(); ++at) {
    const char c = wire[at];
    const char next = at + 1 < wire.size() ? wire[at + 1] : '\0';
    if (line_start && wire.substr(at, 3) == ".\r\n") {
      out.end = at + 3;
      if (has_false_end(wire.substr(0, out.end), out.body)) out.violations |= EHLO_SEEN_FALSE_END;
      return out;
    }
    if (c == '\0') note(EHLO_SEEN_NUL, at);
    const bool stuffed = line_start && c == '.';
    const bool ends_line = c == '\n' && at > 0 && wire[at - 1] == '\r';
    if (c == '\n' && !ends_line) note(EHLO_SEEN_BARE_LF, at);
    if (c == '\r' && next != '\n') note(EHLO_SEEN_BARE_CR, at);
    if (!stuffed) {
      out.body += c;
      ++line;
    }
    if (line_limit != 0 && line > line_limit) note(EHLO_SEEN_LONG_LINE, at);
    if (limit != 0 && out.body.size() > limit) note(EHLO_SEEN_TOO_LARGE, at);
    line_start = ends_line;
    if (ends_line) line = 0;
  }
  ADD_FAILURE() << "no end in " << printable(wire);
  return out;
}

struct Bounds {
  std::uint32_t line_limit = 0;
  std::uint64_t limit = 0;
  std::uint32_t spans = 64;
};

// Feeds `wire` in pieces of the given sizes, the last of which is repeated.
Decoded decode(std::string_view wire, const std::vector<std::size_t>& pieces, const Bounds& bounds) {
  thread_local support::GuardedBytes input;
  DotDecoder decoder({bounds.line_limit, bounds.limit, EHLO_ENDING_ACCEPT});
  std::vector<ehlo::Span> items(bounds.spans);
  Decoded out;
  std::string tail;
  std::size_t given = 0, piece = 0, used = 0;
  for (int turn = 0; turn < 10000; ++turn) {
    input.assign(tail);
    ehlo::SpanList spans{items.data(), bounds.spans, 0};
    const DotDecoder::Result result = decoder.feed({input.data(), input.size()}, spans);
    for (std::uint32_t i = 0; i < spans.count; ++i) {
      if (items[i].off > tail.size() || items[i].len > tail.size() - items[i].off) {
        ADD_FAILURE() << "a span outside of the input";
        return out;
      }
      out.body += tail.substr(items[i].off, items[i].len);
    }
    for (std::uint8_t i = 0; i < result.seen_count; ++i) {
      if (result.seen[i].kind == EHLO_SEEN_BARE_LF) out.first_lf = result.seen[i].at;
      if (result.seen[i].kind == EHLO_SEEN_BARE_CR) out.first_cr = result.seen[i].at;
      EXPECT_FALSE(out.violations & result.seen[i].kind) << "reported twice";
      out.violations |= result.seen[i].kind;
    }
    used += result.consumed;
    tail.erase(0, result.consumed);
    if (result.done) {
      out.end = used;
      EXPECT_EQ(decoder.octets(), out.body.size());
      EXPECT_EQ(decoder.violations(), out.violations);
      return out;
    }
    if (result.consumed != 0) continue;
    EXPECT_LE(tail.size(), 3u) << "the rest is at most three octets";
    if (given == wire.size()) break;
    const std::size_t size = std::min(pieces[std::min(piece++, pieces.size() - 1)], wire.size() - given);
    tail += wire.substr(given, size);
    given += size;
  }
  ADD_FAILURE() << "the decoder never ends on " << printable(wire);
  return out;
}

testing::AssertionResult equal(const Decoded& a, const Decoded& b) {
  if (a == b) return testing::AssertionSuccess();
  const auto show = [](const Decoded& d) {
    return "\"" + printable(d.body) + "\" end " + std::to_string(d.end) + " violations " +
           std::to_string(d.violations) + " lf " + std::to_string(d.first_lf) + " cr " + std::to_string(d.first_cr);
  };
  return testing::AssertionFailure() << show(a) << " instead of " << show(b);
}

constexpr std::string_view kAlphabet("\r\n.a\0", 5);

TEST(DotDecoderLaw, IsTheReferenceOnEveryShortInput) {
  support::for_each_short_text(kAlphabet, 6, [](const std::string& text, std::size_t number) {
    if (testing::Test::HasFatalFailure()) return;  // one is enough to know
    const std::string wire = text + "\r\n.\r\nNOOP\r\n";
    const Decoded expected = reference(wire, 0, 0);
    ASSERT_TRUE(equal(decode(wire, {wire.size()}, {}), expected)) << printable(wire);
    ASSERT_TRUE(equal(decode(wire, {1}, {}), expected)) << printable(wire) << " octet by octet";
    ASSERT_TRUE(equal(decode(wire, {number % 7 + 1, 100}, {0, 0, 3}), expected)) << printable(wire) << " cut";
  });
}

TEST(DotDecoderLaw, IsTheReferenceOnRandomInputAtRandomCuts) {
  std::mt19937 random(20260101);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 30000; ++round) {
    std::string wire;
    const std::size_t length = below(120);
    for (std::size_t i = 0; i < length; ++i) {
      switch (below(4)) {
        case 0: wire += "\r\n"; break;
        case 1: wire += kAlphabet[below(kAlphabet.size())]; break;
        case 2: wire += std::string(below(40), 'a'); break;
        default: wire += "\r\n."; break;
      }
    }
    wire += "\r\n.\r\n";
    const Bounds bounds{static_cast<std::uint32_t>(below(2) * (below(30) + 1)), below(2) * (below(300) + 1),
                        static_cast<std::uint32_t>(below(5) + 3)};
    std::vector<std::size_t> pieces;
    for (std::size_t i = 0; i < 5; ++i) pieces.push_back(below(60) + 1);
    const Decoded expected = reference(wire, bounds.line_limit, bounds.limit);
    ASSERT_TRUE(equal(decode(wire, pieces, bounds), expected))
        << printable(wire) << " line " << bounds.line_limit << " size " << bounds.limit;
  }
}

// Each special octet at each place of a block, and each length of the rest after the last.
TEST(DotDecoderLaw, IsTheReferenceWhereverInABlock) {
  const std::string_view specials[] = {{"\r\n.\0\r\n", 6}, {"\r\n\0.\r\n", 6}, {"\r\n.\0.\r\n", 7}, {"\r\n.\0a", 5},
                                       {"\r\n.a\0", 5},    {"\r\n..\0\n", 6},  {"\r\n.\n", 4},      {"\n.\r\n", 4},
                                       {"a\0\0b", 4},      {"\r\0\n.\r\n", 6}};
  for (const std::string_view special : specials) {
    for (std::size_t before = 0; before < 140; ++before) {
      std::string wire = std::string(before, 'a');
      wire.append(special).append(before * 7 % 131, 'b').append("\r\n.\r\n");
      const Decoded expected = reference(wire, 0, 0);
      for (const std::size_t piece : {wire.size(), before + 1, before + 3, std::size_t{64}})
        ASSERT_TRUE(equal(decode(wire, {piece, 100}, {}), expected)) << printable(wire) << " in pieces of " << piece;
    }
  }
}

}  // namespace
