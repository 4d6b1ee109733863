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
  KeywordIndex index;
  EXPECT_FALSE(index.has(bytes_of("XFOO"))) << "it has not been built";
  ehlo::Span room[6];
  index.build(reply, room);
  for (const char* keyword : {"XFOO", "xfoo", "SIZE", "XBAR", "xBaR"})
    EXPECT_TRUE(index.has(bytes_of(keyword))) << keyword;
  for (const char* keyword : {"", "mx.test", "XFIRST", "XFO", "XFOOO", "bar", "XFOO bar", "x_bad", "x", "ZZZZ", "AAAA"})
    EXPECT_FALSE(index.has(bytes_of(keyword))) << keyword;
  index.clear();
  EXPECT_FALSE(index.has(bytes_of("XFOO")));
}

TEST(KeywordIndex, OfAReplyWithoutKeywordsIsEmpty) {
  for (const char* reply : {"", "250 mx.test\r\n"}) {
    KeywordIndex index;
    ehlo::Span room[1];
    index.build(guarded(reply), room);
    EXPECT_FALSE(index.has(bytes_of("X")));
    index.clear();
  }
}

// It takes no memory of its own, and not the time to be built again.
TEST(KeywordIndex, IsBuiltOnceForAReply) {
  ehlo::Span room[3];
  KeywordIndex index;
  index.build(guarded("250-mx.test\r\n250 XFOO\r\n"), room);
  index.build(guarded("250-mx.test\r\n250-XBAR\r\n250 XBAZ\r\n"), nullptr);
  EXPECT_EQ(room[0].len, 4u);
}

}  // namespace
