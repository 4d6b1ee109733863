// The limit of commands without a message counts from the last command that was accepted, whenever its answer comes.
#include <gtest/gtest.h>

#include "support/link.h"

namespace {

using support::Link;

// RFC 2920: a pipelined group of recipients is no idle talk, also while none of them is decided yet.
TEST(ServerIdleCommands, CountNoRecipientThatIsStillUndecided) {
  for (const bool at_once : {true, false}) {
    ehlo::ServerOptions options = support::test_options();
    options.max_idle_commands = 3;
    std::vector<std::uint32_t> waiting;
    Link link(options, [&](Link& l, const ehlo::Event& event, const std::string&) {
      if (at_once || event.type != EHLO_SERVER_EVENT_RCPT) {
        EXPECT_EQ(l.server().accept(event.id), EHLO_OK);
        return true;
      }
      waiting.push_back(event.id);
      return false;
    });
    link.feed(
        "EHLO c.test\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nRCPT TO:<c@x.test>\r\n"
        "RCPT TO:<d@x.test>\r\nRCPT TO:<e@x.test>\r\nDATA\r\n");
    while (!waiting.empty()) {
      const std::vector<std::uint32_t> ids = std::move(waiting);
      waiting.clear();
      for (auto id = ids.rbegin(); id != ids.rend(); ++id) EXPECT_EQ(link.server().accept(*id), EHLO_OK);
      link.pump();
    }
    EXPECT_TRUE(link.said().ends_with("354 Start mail input; end with <CRLF>.<CRLF>\r\n")) << link.said();
  }
}

}  // namespace
