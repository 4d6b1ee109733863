// Which keywords an EHLO reply has.
#include "client/keyword_index.h"

#include <string>

#include "support/client_driver.h"
#include "support/counting_allocator.h"
#include "support/guarded_octets.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::KeywordIndex;

ehlo::Allocator counted(const ehlo_allocator* given) { return {given->allocate, given->release, given->context}; }

TEST(KeywordIndex, FindsEachKeywordOfTheReplyAndNothingElse) {
  const ehlo::Bytes reply =
      guarded("250-mx.test XFIRST\r\n250-XFOO bar\r\n250-SIZE\r\n250-x_bad\r\n250-xfoo\r\n250 xbar\r\n");
  KeywordIndex index;
  EXPECT_FALSE(index.has(bytes_of("XFOO"))) << "it has not been built";
  ASSERT_EQ(index.build(reply, heap()), Error::none);
  for (const char* keyword : {"XFOO", "xfoo", "SIZE", "XBAR", "xBaR"})
    EXPECT_TRUE(index.has(bytes_of(keyword))) << keyword;
  for (const char* keyword : {"", "mx.test", "XFIRST", "XFO", "XFOOO", "bar", "XFOO bar", "x_bad", "x", "ZZZZ", "AAAA"})
    EXPECT_FALSE(index.has(bytes_of(keyword))) << keyword;
  index.clear(heap());
  EXPECT_FALSE(index.has(bytes_of("XFOO")));
}

TEST(KeywordIndex, OfAReplyWithoutKeywordsIsEmpty) {
  for (const char* reply : {"", "250 mx.test\r\n"}) {
    KeywordIndex index;
    ASSERT_EQ(index.build(guarded(reply), heap()), Error::none);
    EXPECT_FALSE(index.has(bytes_of("X")));
    index.clear(heap());
  }
}

TEST(KeywordIndex, IsBuiltOnceAndGivesItsMemoryBack) {
  CountingAllocator memory;
  const ehlo::Allocator allocator = counted(memory.get());
  KeywordIndex index;
  const ehlo::Bytes reply = guarded("250-mx.test\r\n250 XFOO\r\n");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(index.build(reply, allocator), Error::none);
  EXPECT_EQ(memory.allocations(), 1u);
  index.clear(allocator);
  index.clear(allocator);
  EXPECT_FALSE(memory.broken());
}

}  // namespace
