// Which keywords an EHLO reply has.
#include "client/keyword_index.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using ehlo::bytes_of;
using ehlo::KeywordIndex;
using support::guarded;

TEST(KeywordIndex, FindsEachKeywordOfTheReplyAndNothingElse) {
  const ehlo::Bytes reply =
      guarded("250-mx.test XFIRST\r\n250-XFOO bar\r\n250-SIZE\r\n250-x_bad\r\n250-xfoo\r\n250 xbar\r\n");
  EXPECT_EQ(KeywordIndex().find(bytes_of("XFOO")), ehlo::kAbsent) << "it has not been built";
  ehlo::Span room[6];
  const KeywordIndex index(reply, room, KeywordIndex::build(reply, room));
  for (const char* keyword : {"XFOO", "xfoo", "SIZE", "XBAR", "xBaR"})
    EXPECT_TRUE(equals_caseless(reply.at(index.find(bytes_of(keyword))), keyword)) << keyword;
  for (const char* keyword : {"", "mx.test", "XFIRST", "XFO", "XFOOO", "bar", "XFOO bar", "x_bad", "x", "ZZZZ", "AAAA"})
    EXPECT_EQ(index.find(bytes_of(keyword)), ehlo::kAbsent) << keyword;
}

// Whatever order they are sorted in.
TEST(KeywordIndex, FindsTheLastOfSeveralLines) {
  std::string text = "250-mx.test\r\n";
  for (int i = 0; i < 100; ++i) text += i % 3 == 0 ? "250-XFOO\r\n" : "250-xfoo\r\n";
  const auto last = static_cast<std::uint32_t>(text.size()) - 6;
  const ehlo::Bytes reply = guarded(text + "250 XBAR\r\n");
  ehlo::Span room[101];
  const KeywordIndex index(reply, room, KeywordIndex::build(reply, room));
  EXPECT_EQ(index.find(bytes_of("xFoo")), (ehlo::Span{last, 4}));
}

TEST(KeywordIndex, OfAReplyWithoutKeywordsIsEmpty) {
  for (const char* reply : {"", "250 mx.test\r\n"}) {
    ehlo::Span room[1];
    EXPECT_EQ(KeywordIndex::build(guarded(reply), room), 0u);
  }
}

}  // namespace
