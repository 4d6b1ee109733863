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
  EXPECT_FALSE(KeywordIndex().has(bytes_of("XFOO"))) << "it has not been built";
  ehlo::Span room[6];
  const KeywordIndex index(reply, room, KeywordIndex::build(reply, room));
  for (const char* keyword : {"XFOO", "xfoo", "SIZE", "XBAR", "xBaR"})
    EXPECT_TRUE(index.has(bytes_of(keyword))) << keyword;
  for (const char* keyword : {"", "mx.test", "XFIRST", "XFO", "XFOOO", "bar", "XFOO bar", "x_bad", "x", "ZZZZ", "AAAA"})
    EXPECT_FALSE(index.has(bytes_of(keyword))) << keyword;
}

TEST(KeywordIndex, OfAReplyWithoutKeywordsIsEmpty) {
  for (const char* reply : {"", "250 mx.test\r\n"}) {
    ehlo::Span room[1];
    EXPECT_EQ(KeywordIndex::build(guarded(reply), room), 0u);
  }
}

}  // namespace
