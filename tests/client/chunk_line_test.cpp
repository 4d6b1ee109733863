// Nothing stands between a BDAT line and its content (RFC 3030 2): what came there would be taken for content, and the
// end of the content for commands. And a body_copy that is refused has taken nothing.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

const TestEnvelope kOne("a@c.test");
constexpr std::string_view kMail = "MAIL FROM:<a@c.test>\r\n", kRcpt = "RCPT TO:<b@mx.test>\r\n";
const std::string kEnvelope = std::string(kMail) + std::string(kRcpt);

// The recipient is accepted and content may come, as chunks; with the octets that output gives at a time.
class ChunkLine : public testing::TestWithParam<std::size_t> {
 protected:
  void open(std::string_view lines, std::uint32_t flags) {
    link_ = std::make_unique<ClientLink>(client_options(flags), ClientSizes{64, GetParam(), 64, 0, 0});
    link()->open();
    link().feed("220 mx.test\r\n");
    link().feed(hello_reply(lines));
    forget();
  }
  void transacted() {
    open("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
    ASSERT_EQ(link()->transact(*kOne), EHLO_OK);
    accepted();
  }
  void by_hand() {
    open("PIPELINING\nCHUNKING", 0);
    ASSERT_EQ(link()->mail(bytes_of("a@c.test"), nullptr, 0), EHLO_OK);
    ASSERT_EQ(link()->rcpt(bytes_of("b@mx.test"), nullptr, 0), EHLO_OK);
    accepted();
  }

  ClientLink& link() { return *link_; }
  // The line is in the output, the content with the program.
  void give(std::string_view content, bool last) {
    ehlo::Span items[8];
    ehlo::SpanList spans{items, 8, 0};
    std::size_t consumed = 0;
    ASSERT_EQ(link()->body(bytes_of(content), last, spans, consumed), EHLO_OK);
    ASSERT_EQ(consumed, content.size());
    ASSERT_EQ(spans.count, 1u);
  }
  std::string taken() {
    link().pump();
    return link().take_wire();
  }

 private:
  void accepted() {
    link().pump();
    link().feed("250 ok\r\n250 ok\r\n");
    forget();
  }
  void forget() {
    link().take_wire();
    link().take_events();
  }

  std::unique_ptr<ClientLink> link_;
};

TEST_P(ChunkLine, IsTheLastBeforeItsContentWhereTheChunkBeforeIsRefused) {
  transacted();
  give("chunk1", false);
  EXPECT_EQ(taken(), "BDAT 6\r\n");
  give("QUIT\r\nX", false);
  link().feed("452 full\r\n");
  EXPECT_EQ(link().take_wire(), "BDAT 7\r\n") << "RSET would be the first octets of the chunk";
  EXPECT_EQ(link().take_events(), (Lines{"reply BDAT 452 #1", "outcome 452 #1 @0 retry message"}));
  EXPECT_EQ(link()->outstanding(), 1u);
  link().feed("503 no\r\n");
  EXPECT_EQ(link().take_wire(), "RSET\r\n");
  link().feed("250 ok\r\n");
  EXPECT_EQ(link().take_events(), (Lines{"reply BDAT 503 #1", "reply RSET 250", "done #1"}));
  EXPECT_EQ(wants_text(link()->wants()), "input command");
}

TEST_P(ChunkLine, IsTheLastBeforeItsContentWhereATransactionFollows) {
  transacted();
  give("chunk1", true);
  ASSERT_EQ(link()->transact(*kOne), EHLO_OK);
  EXPECT_EQ(taken(), "BDAT 6 LAST\r\n");
  EXPECT_EQ(wants_text(link()->wants()), "input");
  link().feed("250 ok\r\n");
  EXPECT_EQ(link().take_wire(), kEnvelope) << "the message was taken: nothing is to be cleared";
  EXPECT_EQ(link().take_events(), (Lines{"result BDAT 250 #1", "outcome 250 #1 @0 accepted message", "done #1"}));
}

TEST_P(ChunkLine, IsTheLastBeforeItsContentWhereATransactionFollowsARefusal) {
  transacted();
  give("chunk1", true);
  ASSERT_EQ(link()->transact(*kOne), EHLO_OK);
  EXPECT_EQ(taken(), "BDAT 6 LAST\r\n");
  link().feed("552 no\r\n");
  EXPECT_EQ(link().take_wire(), "RSET\r\n");
  link().feed("250 ok\r\n");
  EXPECT_EQ(link().take_wire(), kEnvelope);
  EXPECT_EQ(link().take_events(),
            (Lines{"result BDAT 552 #1", "outcome 552 #1 @0 failed message", "reply RSET 250", "done #1"}));
}

TEST_P(ChunkLine, LetsNoCommandFollowBeforeItIsTaken) {
  for (const bool last : {false, true}) {
    by_hand();
    ASSERT_EQ(bdat(link(), 5, last), EHLO_OK);
    EXPECT_EQ(link()->command(bytes_of("NOOP"), {}, 0), EHLO_E_STATE);
    EXPECT_EQ(link()->command(bytes_of("XFOO"), {}, 0), EHLO_E_STATE);
    EXPECT_EQ(link()->reset(), EHLO_E_STATE);
    EXPECT_EQ(link()->quit(), EHLO_E_STATE);
    EXPECT_EQ(bdat(link(), 5, true), EHLO_E_STATE);
    EXPECT_EQ(link()->mail(bytes_of("a@c.test"), nullptr, 0), EHLO_E_STATE);
    EXPECT_EQ(link()->outstanding(), 1u);
    EXPECT_EQ(taken(), last ? "BDAT 5 LAST\r\n" : "BDAT 5\r\n");
    ASSERT_EQ(link()->command(bytes_of("NOOP"), {}, 0), EHLO_OK);
    EXPECT_EQ(taken(), "NOOP\r\n");
  }
}

TEST_P(ChunkLine, WaitsForTheOutputBeforeIt) {
  by_hand();
  ASSERT_EQ(bdat(link(), 1, false), EHLO_OK);
  EXPECT_EQ(bdat(link(), 2, false), EHLO_E_STATE);
  EXPECT_EQ(taken(), "BDAT 1\r\n");
  ASSERT_EQ(bdat(link(), 2, false), EHLO_OK);
  EXPECT_EQ(taken(), "BDAT 2\r\n");
}

// Half of it is no more than none of it.
TEST_P(ChunkLine, LetsNoCommandFollowBeforeItsLastOctetIsTaken) {
  by_hand();
  ASSERT_EQ(bdat(link(), 5, false), EHLO_OK);
  while ((link()->wants() & EHLO_WANT_OUTPUT) != 0) {
    EXPECT_EQ(link()->command(bytes_of("NOOP"), {}, 0), EHLO_E_STATE);
    link().take_output();
  }
  EXPECT_EQ(link().take_wire(), "BDAT 5\r\n");
  EXPECT_EQ(link()->command(bytes_of("NOOP"), {}, 0), EHLO_OK);
}

INSTANTIATE_TEST_SUITE_P(Outputs, ChunkLine, testing::Values(1, 4096));

// What body_copy gives and says where it is refused; the commands are still to be taken then.
void refuse_copy(ClientLink& link, std::string_view content, Error expected) {
  const std::uint32_t wants = link->wants(), outstanding = link->outstanding();
  ehlo::Octet out[200];
  std::size_t written = 99, consumed = 99;
  EXPECT_EQ(link->body_copy(bytes_of(content), true, out, sizeof out, written, consumed), expected);
  EXPECT_EQ(written, 0u);
  EXPECT_EQ(wants_text(link->wants()), wants_text(wants));
  EXPECT_EQ(link->outstanding(), outstanding);
}

TEST(CopiedContent, ThatIsRefusedHasTakenNoCommand) {
  for (const std::uint32_t flags : {0u, 0u + EHLO_CLIENT_FLAG_CHUNKING}) {
    ClientLink link(client_options(flags));
    greet(link, "PIPELINING\nCHUNKING");
    link.take_wire();
    ASSERT_EQ(link->transact(*kOne), EHLO_OK);
    refuse_copy(link, "hi\r\n", EHLO_E_STATE);
    link.pump();
    EXPECT_EQ(link.take_wire(), flags == 0 ? kEnvelope + "DATA\r\n" : kEnvelope);
    refuse_copy(link, "hi\r\n", EHLO_E_STATE);
    link.feed("250 ok\r\n250 ok\r\n");
    if (flags == 0) link.feed("354 go\r\n");
    EXPECT_EQ(wants_text(link->wants()), "input body");
  }
}

TEST(CopiedContent, ThatIsRefusedForItsOctetsHasWrittenNothing) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.call([](ClientLink& link) {
    refuse_copy(link, "a\nb", EHLO_E_BARE_LF);
    refuse_copy(link, "good\r\nline\r\na\rb", EHLO_E_BARE_CR);
    return EHLO_OK;
  });
  dialogue.content("x", "x\r\n.\r\n").check();
}

// 354 for nobody: there is nothing to give the content to.
TEST(CopiedContent, ThatIsForNobodyIsRefused) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call([](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); }, kMail);
  dialogue.call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }, kRcpt);
  dialogue.call([](ClientLink& link) { return link->data(); }, "DATA\r\n");
  dialogue.server("250 ok\r\n550 no\r\n354 go\r\n").unchecked();
  dialogue.call([](ClientLink& link) {
    refuse_copy(link, "hi\r\n", EHLO_E_STATE);
    return EHLO_OK;
  });
  dialogue.call([](ClientLink& link) { return link->abort_data(); }, ".\r\n").check();
}

}  // namespace
