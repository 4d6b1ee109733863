// What a session waits for, for how long, its facts, its configuration, and the handing over of its connection.
#include <functional>

#include "server/server.h"
#include "support/client_dialogue.h"
#include "support/link.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

const TestEnvelope kOne("a@c.test");

Error release(ClientLink& link) { return link->release(); }

// What an idle session takes, but for the reply to EHLO and the room for commands. To be lowered with it, never raised
// to let a change pass.
TEST(IdleSession, TakesNoMoreThan648Octets) {
  EXPECT_LE(sizeof(ehlo::Client), 648u);
  EXPECT_LE(sizeof(ehlo::Server), 256u);
}

// RFC 5321 4.5.3.2, 4.5.3.2.1 to 6.
TEST(Timeout, IsThatOfWhatIsAwaited) {
  Dialogue dialogue;
  dialogue.timeout(EHLO_TIMEOUT_GREETING, 300).call([](ClientLink& link) { return link->open(); });
  dialogue.timeout(EHLO_TIMEOUT_GREETING, 300);
  dialogue.server("220 mx.test\r\n", {"greeting 220"}, "EHLO c.test\r\n").timeout(EHLO_TIMEOUT_COMMAND, 300);
  dialogue.server("250 mx.test\r\n", {"reply EHLO 250", "ready"}).timeout(EHLO_TIMEOUT_NONE, 0);
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\n").timeout(EHLO_TIMEOUT_COMMAND, 300);
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}, "RCPT TO:<b@mx.test>\r\n").timeout(EHLO_TIMEOUT_COMMAND, 300);
  dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @0"}, "DATA\r\n").timeout(EHLO_TIMEOUT_DATA_INITIATION, 120);
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"}).timeout(EHLO_TIMEOUT_DATA_BLOCK, 180);
  dialogue.content("x", "x\r\n.\r\n").timeout(EHLO_TIMEOUT_DATA_TERMINATION, 600);
  dialogue.server("250 ok\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1"});
  dialogue.timeout(EHLO_TIMEOUT_NONE, 0).call([](ClientLink& link) { return link->quit(); }, "QUIT\r\n");
  dialogue.timeout(EHLO_TIMEOUT_COMMAND, 300)
      .server("221 bye\r\n", {"reply QUIT 221", "closed"})
      .timeout(EHLO_TIMEOUT_NONE, 0);
  dialogue.check();
}

TEST(Timeout, OfAGroupIsThatOfTheReplyThatIsNext) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  dialogue.timeout(EHLO_TIMEOUT_COMMAND, 300)
      .server("250 ok\r\n", {"reply MAIL 250 #1"})
      .timeout(EHLO_TIMEOUT_COMMAND, 300);
  dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @0"}).timeout(EHLO_TIMEOUT_DATA_INITIATION, 120);
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"}).content("", ".\r\n").transact(kOne).unchecked();
  dialogue.timeout(EHLO_TIMEOUT_DATA_TERMINATION, 600).check();
}

TEST(Timeout, OfChunksIsThatOfABlock) {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n").unchecked();
  dialogue.chunk("x", false, "BDAT 1\r\nx").timeout(EHLO_TIMEOUT_DATA_BLOCK, 180);
  dialogue.chunk("y", true, "BDAT 1 LAST\r\ny");
  dialogue.server("250 ok\r\n", {"reply BDAT 250 #1"}).timeout(EHLO_TIMEOUT_DATA_TERMINATION, 600).check();
}

TEST(Timeout, OfTheLoneDotIsThatOfTheEnd) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n550 no\r\n354 go\r\n").unchecked();
  dialogue.timeout(EHLO_TIMEOUT_DATA_TERMINATION, 600).check();
}

TEST(Timeout, OfAChallengeIsTheProgramsOwn) {
  Dialogue dialogue = opened("AUTH PLAIN");
  dialogue.call([](ClientLink& link) { return link->auth(bytes_of("PLAIN"), {}, false); }, "AUTH PLAIN\r\n");
  dialogue.timeout(EHLO_TIMEOUT_COMMAND, 300)
      .server("334 \r\n", {"challenge AUTH 334"})
      .timeout(EHLO_TIMEOUT_NONE, 0)
      .check();
}

TEST(Facts, OfATransactionGoWithIt) {
  const TestEnvelope envelope("\xC3\xBC@c.test");
  Dialogue dialogue = opened("8BITMIME\nSMTPUTF8\nPIPELINING");
  const auto facts = [&dialogue](std::uint32_t expected) {
    dialogue.call([expected](ClientLink& link) {
      EXPECT_EQ(link->facts() & EHLO_FACT_SMTPUTF8, expected);
      return EHLO_OK;
    });
  };
  facts(0);
  dialogue.transact(envelope).unchecked();
  facts(EHLO_FACT_SMTPUTF8);
  dialogue.server("550 no\r\n503 no\r\n503 no\r\n").unchecked();
  facts(0);
  dialogue.check();
}

TEST(Release, HandsOverAnIdleConnection) {
  Dialogue dialogue = opened();
  dialogue.call(release).wants("").refuse(EHLO_E_STATE, release);
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->quit(); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->transact(*kOne); });
  dialogue.eof().timed_out().abort().wants("").outstanding(0).timeout(EHLO_TIMEOUT_NONE, 0).check();
}

TEST(Release, IsRefusedWhileAnythingIsUnderWay) {
  Dialogue dialogue;
  dialogue.refuse(EHLO_E_STATE, release).call([](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test\r\n", {"greeting 220"}, "EHLO c.test\r\n").refuse(EHLO_E_STATE, release);
  dialogue.server(hello_reply("STARTTLS\nAUTH PLAIN"), {"reply EHLO 250", "ready STARTTLS AUTH"});
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\n").refuse(EHLO_E_STATE, release);
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}, "RCPT TO:<b@mx.test>\r\n").refuse(EHLO_E_STATE, release);
  dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @0"}, "DATA\r\n").refuse(EHLO_E_STATE, release);
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"}).refuse(EHLO_E_STATE, release);
  dialogue.content("", ".\r\n").refuse(EHLO_E_STATE, release);
  dialogue.server("250 ok\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1"});
  // Within a transaction, though nothing is awaited.
  dialogue.call([](ClientLink& link) { return link->mail({}, nullptr, 0); }, "MAIL FROM:<>\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #2"}).wants("input command").refuse(EHLO_E_STATE, release);
  dialogue.call([](ClientLink& link) { return link->reset(); }, "RSET\r\n");
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #2"});
  dialogue.call([](ClientLink& link) { return link->auth(bytes_of("PLAIN"), {}, false); }, "AUTH PLAIN\r\n");
  dialogue.server("334 \r\n", {"challenge AUTH 334"}).refuse(EHLO_E_STATE, release);
  dialogue.call([](ClientLink& link) { return link->auth_cancel(); }, "*\r\n");
  dialogue.server("501 ok\r\n", {"reply AUTH 501"}).call(release).check();
}

TEST(Release, IsRefusedWithOutputUntakenOrAReplyBegun) {
  ClientLink link(client_options());
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250 mx.test\r\n");
  ASSERT_EQ(link->command(bytes_of("NOOP"), {}, 0), EHLO_OK);
  EXPECT_EQ(link->release(), EHLO_E_STATE);
  link.pump();
  link.feed("250 ok\r\n25");
  EXPECT_EQ(link->release(), EHLO_E_STATE) << "a reply has begun";
}

// ATRN (RFC 2645): the client asks for the turn, the server becomes the client.
TEST(Release, TurnsAConnectionRound) {
  ClientLink asking(client_options());
  asking->open();
  asking.feed("220 mx.test\r\n");
  asking.feed("250 mx.test\r\n");
  ASSERT_EQ(asking->command(bytes_of("ATRN"), bytes_of("c.test"), 0), EHLO_OK);
  asking.pump();
  asking.take_events();
  asking.feed("250 OK now reversing the connection\r\n");
  EXPECT_EQ(asking.take_events(), Lines{"reply ? 250"});
  ASSERT_EQ(asking->release(), EHLO_OK);
  Link serving(test_options());
  EXPECT_EQ(serving.wire(), "220 mx.test ESMTP\r\n");
}

// A command of the program's own whose 2yz has left: then the session may be released.
TEST(Release, OfAServerIsRefusedUnlessItIsIdle) {
  Link fresh(test_options(), [](Link&, const ehlo::Event&, const std::string&) { return false; });
  fresh.feed("EHLO c.test\r\n");
  fresh.feed("MAIL FROM:<a@c.test>\r\n");
  EXPECT_EQ(fresh.server().release(), EHLO_E_STATE) << "MAIL is asked";

  Link link(test_options());
  EXPECT_EQ(link.server().release(), EHLO_OK) << "greeted, all taken";
  EXPECT_EQ(link.server().wants(), 0u);
  EXPECT_EQ(link.server().release(), EHLO_E_STATE);

  Link within(test_options());
  within.feed("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n");
  EXPECT_EQ(within.server().release(), EHLO_E_STATE) << "a transaction is open";
  within.feed("RCPT TO:<b@mx.test>\r\nDATA\r\n");
  EXPECT_EQ(within.server().release(), EHLO_E_STATE);
  within.feed("x\r\n.\r\n");
  EXPECT_EQ(within.server().release(), EHLO_OK);
  EXPECT_EQ(within.server().wants(), 0u);
  within.forget();
  within.feed("NOOP\r\n");
  EXPECT_EQ(within.wire(), "") << "nothing more is answered";

  Link closed(test_options());
  closed.feed("QUIT\r\n");
  EXPECT_EQ(closed.server().release(), EHLO_E_STATE);
}

// Bare CR and LF in content by the policy (RFC 5321 2.3.8, C5).
TEST(Content, IsRefusedWithBareLineEndingsAndNothingChanges) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.call([](ClientLink& link) {
    for (const auto& [content, error, at] :
         {std::tuple<std::string_view, Error, std::size_t>{"ab\n.\r\n", EHLO_E_BARE_LF, 2},
          {"a\rb", EHLO_E_BARE_CR, 1},
          {"a\r\n\r", EHLO_E_BARE_CR, 3}}) {
      std::size_t consumed = 99;
      std::vector<ehlo::Span> items(16);
      ehlo::SpanList spans{items.data(), 16, 0};
      EXPECT_EQ(link->body(bytes_of(content), true, spans, consumed), error) << printable(content);
      EXPECT_EQ(consumed, at);
      EXPECT_EQ(spans.count, 0u);
    }
    return EHLO_OK;
  });
  dialogue.wants("input body").content("ab\r\n", "ab\r\n.\r\n").check();
}

TEST(Content, IsCountedFromItsStart) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.call([](ClientLink& link) { return link.content("ab\r\n.", false); }, "ab\r\n..").wants("input body");
  dialogue.call([](ClientLink& link) {
    std::size_t consumed = 99, written = 99;
    std::vector<ehlo::Span> items(16);
    ehlo::SpanList spans{items.data(), 16, 0};
    EXPECT_EQ(link->body(bytes_of("x\ny"), true, spans, consumed), EHLO_E_BARE_LF);
    EXPECT_EQ(consumed, 6u);
    ehlo::Octet out[64];
    EXPECT_EQ(link->body_copy(bytes_of("x\ny"), true, out, sizeof out, written, consumed), EHLO_E_BARE_LF);
    EXPECT_EQ(consumed, 6u);
    EXPECT_EQ(written, 0u);
    return EHLO_OK;
  });
  dialogue.content("x", "x\r\n.\r\n").check();
}

// "EHLO_E_STATE also while output is pending: take it first."
TEST(Content, OfAChunkWaitsUntilTheLineBeforeIsTaken) {
  ClientLink link(client_options(EHLO_CLIENT_FLAG_CHUNKING));
  greet(link, "PIPELINING\nCHUNKING");
  link->transact(*kOne);
  link.pump();
  link.feed("250 ok\r\n250 ok\r\n");
  link.take_wire();
  std::vector<ehlo::Span> items(8);
  ehlo::SpanList spans{items.data(), 8, 0};
  std::size_t consumed = 0;
  ASSERT_EQ(link->body(bytes_of("abc"), false, spans, consumed), EHLO_OK);
  EXPECT_EQ(spans.count, 1u);
  EXPECT_EQ(items[0].off, 0u);
  EXPECT_EQ(items[0].len, 3u);
  EXPECT_EQ(consumed, 3u);
  EXPECT_EQ(wants_text(link->wants()), "input output");
  spans.count = 0;
  EXPECT_EQ(link->body(bytes_of("de"), true, spans, consumed), EHLO_E_STATE);
  EXPECT_EQ(spans.count, 0u);
  link.take_output();
  EXPECT_EQ(link.take_wire(), "BDAT 3\r\n");
  EXPECT_EQ(wants_text(link->wants()), "input body");
  EXPECT_EQ(link->body(bytes_of("de"), true, spans, consumed), EHLO_OK);
}

TEST(Content, IsRepairedBeforeItsDotsAreDoubled) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.options.data_endings = 1;
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.content("a\n.\r\nMAIL\r.\rx", "a\r\n..\r\nMAIL\r\n..\r\nx\r\n.\r\n").check();
}

TEST(Content, IsNotSentWhereItWouldBeAFalseEnd) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.options.data_endings = 2;
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.call([](ClientLink& link) {
    std::size_t consumed = 99;
    std::vector<ehlo::Span> items(16);
    ehlo::SpanList spans{items.data(), 16, 0};
    EXPECT_EQ(link->body(bytes_of("a\n.\r\nx"), true, spans, consumed), EHLO_E_FALSE_END);
    EXPECT_EQ(consumed, 2u);
    return EHLO_OK;
  });
  dialogue.content("a\nb", "a\nb\r\n.\r\n").check();
}

}  // namespace
