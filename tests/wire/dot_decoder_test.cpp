// Content after 354: dots, the end of data, what is wrong and where, and repair.
#include "wire/dot_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/guarded.h"
#include "support/properties.h"

namespace {

using ehlo::DotDecoder;
using ehlo::LineEndings;
using ehlo::Span;

struct Fed {
  std::string body;
  DotDecoder::Result result;
  std::vector<Span> spans;
};

Fed feed(DotDecoder& decoder, std::string_view text, std::uint32_t cap = 32) {
  const support::GuardedBytes bytes(text);
  Fed fed;
  fed.spans.resize(cap);
  ehlo::SpanList list{fed.spans.data(), cap, 0};
  fed.result = decoder.feed({bytes.data(), bytes.size()}, list);
  fed.spans.resize(list.count);
  for (const Span& span : fed.spans) {
    if (span.off == EHLO_OFF_CRLF) {
      EXPECT_EQ(span.len, 2u);
      fed.body += "\r\n";
    } else {
      fed.body += text.substr(span.off, span.len);
    }
  }
  return fed;
}

Fed feed_once(std::string_view text, DotDecoder::Limits limits = {0, 0, EHLO_ENDING_REJECT}) {
  DotDecoder decoder(limits);
  return feed(decoder, text);
}

TEST(DotDecoder, EndsAtCrlfDotCrlfAndNothingElse) {
  const struct {
    std::string_view text;
    std::size_t end;
  } ends[] = {{".\r\n", 3},       {"a\r\n.\r\n", 6}, {"\r\n.\r\nx", 5},  {"a\r\r\n.\r\n", 7},
              {"..\r\n.\r\n", 7}, {".\r\n.\r\n", 3}, {"\n\r\n.\r\n", 6}, {".a\r\n.\r\n", 7}};
  for (const auto& row : ends) {
    const Fed fed = feed_once(row.text);
    EXPECT_TRUE(fed.result.done) << support::printable(row.text);
    EXPECT_EQ(fed.result.consumed, row.end) << support::printable(row.text);
  }
  const std::string_view open[] = {"",       ".",          ".\r",        ".\n",        "a.\r\n",
                                   "\n.\n",  "\n.\r\n",    "\r\n.\n",    "\r.\r\n",    "\r\n.\r\r\n",
                                   "..\r\n", "\r\n..\r\n", "\r\n. \r\n", "\r\n .\r\n", "\r\n.\r\rx"};
  for (const std::string_view text : open) EXPECT_FALSE(feed_once(text).result.done) << support::printable(text);
}

TEST(DotDecoder, RemovesOneDotAtTheStartOfALine) {
  EXPECT_EQ(feed_once("..\r\n.x\r\n...\r\na.\r\n.\r\n").body, ".\r\nx\r\n..\r\na.\r\n");
  // After a bare LF a dot is content (S2): removing it would make the end of data for the next hop.
  EXPECT_EQ(feed_once("a\n..\r\n.\r\n").body, "a\n..\r\n");
}

TEST(DotDecoder, GivesSpansOfTheInput) {
  const Fed fed = feed_once("ab\r\n..c\r\n.\r\n");
  EXPECT_EQ(fed.spans, (std::vector<Span>{{0, 4}, {5, 4}}));
}

TEST(DotDecoder, TellsWhereEachKindIsFirstSeen) {
  const struct {
    std::string_view text;
    ehlo::Violation kind;
    std::uint64_t at;
  } rows[] = {{"a\nb\nc\r\n", EHLO_SEEN_BARE_LF, 1}, {"ab\rc\rd\r\n", EHLO_SEEN_BARE_CR, 2},
              {"\n\r\n", EHLO_SEEN_BARE_LF, 0},      {"\ra\r\n", EHLO_SEEN_BARE_CR, 0},
              {"a\r\r\n", EHLO_SEEN_BARE_CR, 1},     {"..\n\r\n", EHLO_SEEN_BARE_LF, 2}};
  for (const auto& row : rows) {
    const Fed fed = feed_once(std::string(row.text) + ".\r\n");
    ASSERT_EQ(fed.result.seen_count, 1u) << support::printable(row.text);
    EXPECT_EQ(fed.result.seen[0].kind, row.kind) << support::printable(row.text);
    EXPECT_EQ(fed.result.seen[0].at, row.at) << support::printable(row.text);
    EXPECT_TRUE(fed.result.done);
  }
}

TEST(DotDecoder, KnowsTheSequencesThatSomeReceiverTakesForTheEnd) {
  const std::string_view sequences[] = {"\n.\n",   "\n.\r\n",     "\r\n.\n", "\r.\r", "\r.\r\n",
                                        "\r\n.\r", "\r\n.\r\r\n", "\n.\r",   "\r.\n"};
  for (const std::string_view sequence : sequences) {
    DotDecoder decoder({0, 0, EHLO_ENDING_ACCEPT});
    feed(decoder, "x" + std::string(sequence) + "y\r\n.\r\n");
    EXPECT_TRUE(decoder.violations() & EHLO_SEEN_FALSE_END) << support::printable(sequence);
  }
  for (const std::string_view harmless : {"\n..\n", "\n.a\n", "\r\n..\n", "a.\n", "\n .\n", "\r\n.a\n"}) {
    DotDecoder decoder({0, 0, EHLO_ENDING_ACCEPT});
    feed(decoder, "x" + std::string(harmless) + "y\r\n.\r\n");
    EXPECT_FALSE(decoder.violations() & EHLO_SEEN_FALSE_END) << support::printable(harmless);
  }
}

TEST(DotDecoder, RepairsEachBareEndingOnce) {
  const DotDecoder::Limits limits{0, 0, EHLO_ENDING_NORMALIZE};
  EXPECT_EQ(feed_once("a\nb\rc\r\n.\r\n", limits).body, "a\r\nb\r\nc\r\n");
  EXPECT_EQ(feed_once("\n\n\r\r\n.\r\n", limits).body, "\r\n\r\n\r\n\r\n");
  EXPECT_EQ(feed_once("a\r\r\n.\r\n", limits).body, "a\r\n\r\n");
}

TEST(DotDecoder, RepairsACrAtACut) {
  DotDecoder decoder({0, 0, EHLO_ENDING_NORMALIZE});
  std::string body, tail = "a\r";
  for (const std::string_view more : {"", "b\r", "\n.\r\n"}) {
    tail += more;
    const Fed fed = feed(decoder, tail);
    body += fed.body;
    tail.erase(0, fed.result.consumed);
  }
  EXPECT_EQ(body, "a\r\nb\r\n");
  EXPECT_EQ(decoder.octets(), 6u);
}

TEST(DotDecoder, CountsALineWithItsCrlfAndWithoutAStuffedDot) {
  for (const auto& [text, is_long] : {std::pair{"..345678\r\n.\r\n", false},
                                      {"12345678\r\n.\r\n", true},
                                      {"1234567\r\n1234567\r\n.\r\n", false},
                                      {"123\r\n12345678\r\n.\r\n", true}}) {
    DotDecoder decoder({9, 0, EHLO_ENDING_REJECT});
    EXPECT_TRUE(feed(decoder, text).result.done);
    EXPECT_EQ((decoder.violations() & EHLO_SEEN_LONG_LINE) != 0, is_long) << text;
  }
}

TEST(DotDecoder, CountsTheMessageWithoutDotsAndEnd) {
  for (const auto& [text, is_large] : {std::pair{"1234\r\n.\r\n", false},
                                       {"..34\r\n.\r\n", false},
                                       {"12345\r\n.\r\n", true},
                                       {"1\r\n2\r\n.\r\n", false}}) {
    DotDecoder decoder({0, 6, EHLO_ENDING_REJECT});
    EXPECT_TRUE(feed(decoder, text).result.done);
    EXPECT_EQ((decoder.violations() & EHLO_SEEN_TOO_LARGE) != 0, is_large) << text;
  }
}

TEST(DotDecoder, StopsWhereTheSpansRunOut) {
  DotDecoder decoder({0, 0, EHLO_ENDING_REJECT});
  std::string text;
  for (int i = 0; i < 50; ++i) text += "..\r\n";
  text += ".\r\n";
  std::string body, tail = text;
  bool done = false;
  for (int i = 0; i < 100 && !done; ++i) {
    const Fed fed = feed(decoder, tail, 3);
    ASSERT_LE(fed.spans.size(), 3u);
    ASSERT_GT(fed.result.consumed, 0u);
    body += fed.body;
    tail.erase(0, fed.result.consumed);
    done = fed.result.done;
  }
  EXPECT_TRUE(done);
  EXPECT_EQ(body.size(), 150u);
}

TEST(DotDecoder, HoldsBackAtMostThreeOctets) {
  for (const std::string_view text : {"aaaa", "aaaa\r", "aaaa\r\n", "aaaa\r\n.", "aaaa\r\n.\r", "a\r\r", "..", "\n."}) {
    const Fed fed = feed_once(text);
    EXPECT_LE(text.size() - fed.result.consumed, 3u) << support::printable(text);
  }
}

}  // namespace
