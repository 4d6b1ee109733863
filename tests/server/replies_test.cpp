// The library's own table of replies.
#include "server/replies.h"

#include <gtest/gtest.h>

namespace {

using ehlo::bytes_of;

TEST(OwnReplies, AreWellFormed) {
  for (std::uint16_t i = 0; i < ehlo::kKeptReplies; ++i) {
    const ehlo::StandardReply reply = ehlo::standard_reply(static_cast<ehlo::Standard>(i));
    EXPECT_TRUE(ehlo::is_reply_text(bytes_of(reply.text), false)) << i;
    // RFC 2034 4: the class of the enhanced code is that of the reply; 3yz has none.
    EXPECT_TRUE(ehlo::agrees(reply.enhanced, reply.code)) << i;
  }
}

}  // namespace
