// What the server said stands in the ERROR that it led to, so that a program can log it.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

struct End {
  Error error = EHLO_OK;
  std::uint64_t at = 0;
  std::uint32_t code = 0, enhanced = 0;
  std::string reply, text;
  std::string shown = {};  // of the input, in the call that met the fault
};

// What the server says to MAIL, two RCPT and DATA, shown in pieces of `stride` octets with `events` places; two
// recipients have their outcomes before the end.
End end_of(std::string_view said, std::size_t stride, std::uint32_t event_cap, const ehlo::ReplyLimits& limits) {
  static const TestEnvelope envelope("a@c.test", {"b@mx.test", "c@mx.test"});
  ehlo::ClientOptions options = client_options();
  options.replies = limits;
  ClientLink link(options);
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250-mx.test\r\n250 PIPELINING\r\n");
  EXPECT_EQ(link->transact(*envelope), EHLO_OK);
  link.pump();
  End end;
  std::string shown, at_fault;
  for (std::size_t at = 0; at < said.size() || (link->wants() & EHLO_WANT_EVENTS) != 0; at += stride) {
    if (at < said.size()) shown += said.substr(at, stride);
    std::vector<ehlo::ClientEvent> events(event_cap);
    ehlo::ClientBatch batch{events.data(), sizeof events[0], event_cap, 0, EHLO_OK};
    GuardedBytes buffer(shown);
    const bool was_over = (link->wants() & EHLO_WANT_INPUT) == 0;
    const std::size_t used = link->receive({buffer.data(), buffer.size()}, batch);
    if (!was_over) at_fault = shown;
    for (std::uint32_t i = 0; i < batch.event_count; ++i) {
      const ehlo::ClientEvent& event = events[i];
      const ClientEventText text(event, buffer.view());
      if (event.type == EHLO_CLIENT_EVENT_ERROR)
        end = {static_cast<ehlo::Error>(event.error),
               event.number,
               event.code,
               event.enhanced,
               std::string(text.part(event.reply)),
               std::string(text.part(event.text)),
               at_fault};
      EXPECT_EQ(ehlo::present(event.reply), ehlo::present(event.text));
      EXPECT_TRUE(event.type != EHLO_CLIENT_EVENT_OUTCOME || event.code != 0 || !ehlo::present(event.reply));
    }
    shown.erase(0, used);
  }
  return end;
}

// `expected.reply` is what there is where all of it has arrived; pieces end it where the call's input ends, and all
// else is the same.
void expect(std::string_view said, const End& expected, const ehlo::ReplyLimits& limits = {}) {
  for (const std::size_t stride : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}, said.size()}) {
    for (const std::uint32_t events : {std::uint32_t{EHLO_CLIENT_EVENTS_MIN}, 64u}) {
      const End end = end_of(said, stride, events, limits);
      SCOPED_TRACE(printable(said) + " in pieces of " + std::to_string(stride));
      EXPECT_EQ(ehlo::error_info(end.error).name, std::string(ehlo::error_info(expected.error).name));
      EXPECT_EQ(end.at, expected.at);
      EXPECT_EQ(end.code, expected.code);
      EXPECT_EQ(end.enhanced, expected.enhanced);
      EXPECT_EQ(printable(end.text), printable(expected.text));
      std::string_view reply = expected.reply;
      const std::size_t begin = end.shown.rfind(end.reply);
      ASSERT_NE(begin, std::string::npos);
      if (stride != said.size()) reply = reply.substr(0, end.shown.size() - begin);
      EXPECT_EQ(printable(end.reply), printable(reply));
    }
  }
}

TEST(UnreadableReply, IsGivenToTheEndOfTheLineAtFault) {
  expect("hello\r\n", {EHLO_E_MALFORMED_REPLY, 0, 0, 0, "hello\r\n", ""});
  expect("SSH-2.0-OpenSSH go away\r\n", {EHLO_E_MALFORMED_REPLY, 0, 0, 0, "SSH-2.0-OpenSSH go away\r\n", ""});
  expect("<html>\n<body>\n", {EHLO_E_MALFORMED_REPLY, 0, 0, 0, "<html>\n", ""});
  expect("25x hm\r\n", {EHLO_E_MALFORMED_REPLY, 2, 0, 0, "25x hm\r\n", ""});
  expect("\r\n250 ok\r\n", {EHLO_E_MALFORMED_REPLY, 0, 0, 0, "\r\n", ""});
  expect("25\n250 ok\r\n", {EHLO_E_MALFORMED_REPLY, 2, 0, 0, "25\n", ""});
  expect("250 ok\n", {EHLO_E_BARE_LF, 6, 0, 0, "250 ok\n", "ok"});
  expect("250 ok\rand more\r\n", {EHLO_E_BARE_CR, 6, 0, 0, "250 ok\rand more\r\n", "ok"});
  expect("250-first\r\n550 second\r\n250 x\r\n",
         {EHLO_E_CODE_MISMATCH, 13, 0, 0, "250-first\r\n550 second\r\n", "first"});
}

TEST(UnreadableReply, IsGivenAsFarAsItHasArrived) {
  expect("SSH-2.0-OpenSSH go away", {EHLO_E_MALFORMED_REPLY, 0, 0, 0, "SSH-2.0-OpenSSH go away", ""});
  expect("220-a\r\n550 blocked", {EHLO_E_CODE_MISMATCH, 9, 0, 0, "220-a\r\n550 blocked", "a"});
}

TEST(UnreadableReply, IsGivenBehindOthersInTheSameBuffer) {
  expect("250 ok\r\n250-to\r\n250 you\r\nhello\r\n", {EHLO_E_MALFORMED_REPLY, 0, 0, 0, "hello\r\n", ""});
  expect("250 ok\r\n550 no\r\n250-a\r\n251 b\r\n", {EHLO_E_CODE_MISMATCH, 9, 0, 0, "250-a\r\n251 b\r\n", "a"});
}

TEST(UnreadableReply, IsGivenAsFarAsTheLimitWhereItIsTooLong) {
  const std::string line = "250 " + std::string(600, 'x') + "\r\n";
  expect(line, {EHLO_E_REPLY_TOO_LONG, 512, 0, 0, line.substr(0, 512), line.substr(4, 508)}, {512, 0, 1024});
  expect("250-a\r\n250-b\r\n250 c\r\n", {EHLO_E_REPLY_TOO_LONG, 14, 0, 0, "250-a\r\n250-b\r\n", "a"}, {0, 2, 0});
}

TEST(UnreadableReply, IsGivenAsFarAsTheLimitOfReplies) {
  const std::string line = "251 " + std::string(2000, 'x') + "\r\n";
  expect("250-a\r\n" + line, {EHLO_E_CODE_MISMATCH, 9, 0, 0, "250-a\r\n" + line.substr(0, 1017), "a"}, {512, 0, 1024});
}

// Nothing is wrong with it but that it came, or what it says.
TEST(UnexpectedReply, IsGivenInFullWithItsCodes) {
  expect("354 2.0.0 go\r\n", {EHLO_E_UNEXPECTED_CODE, 0, 354, EHLO_ENHANCED_NONE, "354 2.0.0 go\r\n", "2.0.0 go"});
  const std::string before = "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n";
  expect(before + "250-2.0.0 x\r\n250 2.0.0 y\r\n",
         {EHLO_E_UNSOLICITED_REPLY, 0, 250, EHLO_ENHANCED(2, 0, 0), "250-2.0.0 x\r\n250 2.0.0 y\r\n", "2.0.0 x"});
  expect(before + "552 big\r\n", {EHLO_E_UNSOLICITED_REPLY, 0, 552, EHLO_ENHANCED_NONE, "552 big\r\n", "big"});
}

// A reply that is still being given out when the program gives up is not why the session ends.
TEST(UnexpectedReply, IsNotGivenWithAnotherError) {
  std::vector<std::string> recipients(40, "b@mx.test");
  const TestEnvelope envelope("a@c.test", recipients);
  ClientLink link(client_options());
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250 mx.test\r\n");
  ASSERT_EQ(link->transact(*envelope), EHLO_OK);
  link.pump();
  const std::string reply = "550 no\r\n";
  std::vector<ehlo::ClientEvent> events(EHLO_CLIENT_EVENTS_MIN);
  ehlo::ClientBatch batch{events.data(), sizeof(ehlo_client_event), EHLO_CLIENT_EVENTS_MIN, 0, EHLO_OK};
  ASSERT_EQ(link->receive(bytes_of(reply), batch), 0u) << "its outcomes are still coming";
  link->abort();
  ehlo::ClientEvent last = ehlo::kNoClientEvent;
  while ((link->wants() & EHLO_WANT_EVENTS) != 0) {
    link->receive(bytes_of(reply), batch);
    if (batch.event_count != 0) last = events[batch.event_count - 1];
  }
  EXPECT_EQ(last.type, EHLO_CLIENT_EVENT_ERROR);
  EXPECT_EQ(last.error, EHLO_E_SHUTDOWN);
  EXPECT_EQ(last.code, 0u);
  EXPECT_FALSE(ehlo::present(last.reply));
}

}  // namespace
