// Which keywords an EHLO reply has.
#include "client/keyword_index.h"

#include <gtest/gtest.h>

#include "support/guarded_octets.h"

namespace {

using ehlo::bytes_of;
using ehlo::KeywordIndex;
using support::guarded;

// "-": it is there, and nothing follows; "none": it is not there.
std::string find(const KeywordIndex& index, ehlo::Bytes reply, const char* keyword) {
  ehlo::Span arguments{1, 1};
  if (!index.find(bytes_of(keyword), arguments)) return ehlo::present(arguments) ? "arguments of nothing" : "none";
  return ehlo::present(arguments) ? std::string(reply.at(arguments).text()) : "-";
}

TEST(KeywordIndex, FindsEachKeywordOfTheReplyAndNothingElse) {
  const ehlo::Bytes reply =
      guarded("250-mx.test XFIRST\r\n250-XFOO bar\r\n250-SIZE\r\n250-x_bad\r\n250-xfoo  a  b \r\n250 xbar  \r\n");
  EXPECT_EQ(find({}, reply, "XFOO"), "none") << "it has not been built";
  ehlo::Span room[6];
  const KeywordIndex index(reply, room, KeywordIndex::build(reply, room));
  for (const char* keyword : {"SIZE", "size", "XBAR", "xBaR"}) EXPECT_EQ(find(index, reply, keyword), "-") << keyword;
  for (const char* keyword : {"XFOO", "xfoo"}) EXPECT_EQ(find(index, reply, keyword), "a  b") << "the last line";
  for (const char* keyword : {"", "mx.test", "XFIRST", "XFO", "XFOOO", "bar", "XFOO bar", "x_bad", "x", "ZZZZ", "AAAA"})
    EXPECT_EQ(find(index, reply, keyword), "none") << keyword;
}

// Whatever order they are sorted in.
TEST(KeywordIndex, FindsTheLastOfSeveralLines) {
  std::string text = "250-mx.test\r\n";
  for (int i = 0; i < 100; ++i) text += (i % 3 == 0 ? "250-XFOO " : "250-xfoo ") + std::to_string(i) + "\r\n";
  const ehlo::Bytes reply = guarded(text + "250 XBAR\r\n");
  ehlo::Span room[101];
  const KeywordIndex index(reply, room, KeywordIndex::build(reply, room));
  EXPECT_EQ(find(index, reply, "xFoo"), "99");
}

TEST(KeywordIndex, OfAReplyWithoutKeywordsIsEmpty) {
  for (const char* reply : {"", "250 mx.test\r\n"}) {
    ehlo::Span room[1];
    EXPECT_EQ(KeywordIndex::build(guarded(reply), room), 0u);
  }
}

}  // namespace
