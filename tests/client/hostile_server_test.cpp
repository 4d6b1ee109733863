// Servers that mean harm: each is met with its named error, in bounded memory, and nothing is said to it afterwards.
#include "support/client_dialogue.h"
#include "support/counting_allocator.h"
#include "support/guarded_octets.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

const TestEnvelope kOne("a@c.test");

Dialogue connected() {
  Dialogue dialogue;
  dialogue.call([](ClientLink& link) { return link->open(); });
  return dialogue;
}
Dialogue greeted() {
  Dialogue dialogue = connected();
  dialogue.server("220 mx.test\r\n", {"greeting 220"}, "EHLO c.test\r\n");
  return dialogue;
}

// Nothing more is asked, taken or said.
void expect_dead(Dialogue& dialogue, bool whole = false) {
  dialogue.wants("close").outstanding(0).timeout(EHLO_TIMEOUT_NONE, 0);
  dialogue.server("250 ok\r\n220 again\r\n", {}).wants("close");
  const auto state = [&dialogue](Dialogue::Call call) { dialogue.refuse(EHLO_E_STATE, std::move(call)); };
  state([](ClientLink& link) { return link->open(); });
  state([](ClientLink& link) { return link->transact(*kOne); });
  state([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); });
  state([](ClientLink& link) { return link->starttls(); });
  state([](ClientLink& link) { return link->auth(bytes_of("PLAIN"), {}, false); });
  state([](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); });
  state([](ClientLink& link) { return link->rcpt(bytes_of("a@c.test"), nullptr, 0); });
  state([](ClientLink& link) { return link->data(); });
  state([](ClientLink& link) { return support::bdat(link, 1, true); });
  state([](ClientLink& link) { return link->reset(); });
  state([](ClientLink& link) { return link->command(bytes_of("NOOP"), {}, 0); });
  state([](ClientLink& link) { return link->command(bytes_of("XFOO"), {}, 0); });
  state([](ClientLink& link) { return link->quit(); });
  state([](ClientLink& link) { return link->abort_data(); });
  state([](ClientLink& link) { return link.content("x"); });
  state([](ClientLink& link) { return link->tls_started(); });
  state([](ClientLink& link) { return link->release(); });
  dialogue.eof().timed_out().abort().wants("close");
  whole ? dialogue.check_whole() : dialogue.check();
}

TEST(HostileServer, SendsWhatIsNoReply) {
  const struct {
    std::string_view octets;
    std::string error;
  } rows[] = {{octets("\0"), "malformed-reply"},
              {octets("22\0 x\r\n"), "malformed-reply at 2"},
              {octets("220 a\0b\r\n"), "malformed-reply at 5"},
              {"SSH-2.0-OpenSSH_9\r\n", "malformed-reply"},
              {"HTTP/1.1 400 Bad Request\r\n", "malformed-reply"},
              {"\r\n", "malformed-reply"},
              {"\n", "malformed-reply"},
              {" 220 x\r\n", "malformed-reply"},
              {"120 x\r\n", "malformed-reply"},
              {"620 x\r\n", "malformed-reply"},
              {"020 x\r\n", "malformed-reply"},
              {"22 x\r\n", "malformed-reply at 2"},
              {"2200 x\r\n", "malformed-reply at 3"},
              {"220_x\r\n", "malformed-reply at 3"},
              {"220\tx\r\n", "malformed-reply at 3"},
              {"220 x\n", "bare-lf at 5"},
              {"220\n", "bare-lf at 3"},
              {"220 x\rEHLO\r\n", "bare-cr at 5"},
              {"220 x\r\r\n", "bare-cr at 5"},
              {"220-x\r\n221 x\r\n", "code-mismatch at 9"},
              {"220-x\r\n250 x\r\n", "code-mismatch at 9"},
              {"220-x\r\nx\r\n", "malformed-reply at 7"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(printable(row.octets));
    Dialogue dialogue = connected();
    dialogue.server(row.octets, {"error " + row.error});
    expect_dead(dialogue);
  }
}

TEST(HostileServer, GreetsWithAnotherCode) {
  for (const std::string_view code : {"250", "221", "200", "354", "334", "299"}) {
    Dialogue dialogue = connected();
    dialogue.server(std::string(code) + " hi\r\n", {"error unexpected-code"});
    expect_dead(dialogue);
  }
}

TEST(HostileServer, AnswersEhloWithAnotherCode) {
  for (const std::string_view code : {"220", "251", "200", "354", "334", "299"}) {
    Dialogue dialogue = greeted();
    dialogue.server(std::string(code) + " hi\r\n", {"error unexpected-code"});
    expect_dead(dialogue);
  }
}

TEST(HostileServer, AnswersCommandsWithAnIntermediateCode) {
  const Dialogue::Call calls[] = {
      [](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); },
      [](ClientLink& link) { return link->reset(); },
      [](ClientLink& link) { return link->quit(); },
      [](ClientLink& link) { return link->command(bytes_of("NOOP"), {}, 0); },
      [](ClientLink& link) { return link->command(bytes_of("VRFY"), bytes_of("x"), 0); },
      [](ClientLink& link) { return link->command(bytes_of("XFOO"), bytes_of("bar"), 0); },
      [](ClientLink& link) { return link->starttls(); },
  };
  for (const Dialogue::Call& call : calls) {
    for (const std::string_view code : {"354", "334", "300", "399"}) {
      ClientLink link(client_options());
      greet(link, "STARTTLS");
      ASSERT_EQ(call(link), EHLO_OK);
      link.pump();
      link.take_events();
      link.feed(std::string(code) + " x\r\n");
      const Lines events = link.take_events();
      EXPECT_EQ(events.back(), "error unexpected-code");
      EXPECT_EQ(wants_text(link->wants()), "close");
    }
  }
}

TEST(HostileServer, AnswersStarttlsWithAnother2yz) {
  for (const std::string_view code : {"250", "221", "200", "299"}) {
    Dialogue dialogue = opened("STARTTLS");
    dialogue.call([](ClientLink& link) { return link->starttls(); }, "STARTTLS\r\n");
    dialogue.server(std::string(code) + " go\r\n", {"error unexpected-code"});
    expect_dead(dialogue);
  }
}

TEST(HostileServer, AnswersDataWith2yzOrAnother3yz) {
  for (const std::string_view code : {"250", "200", "355", "334", "300"}) {
    Dialogue dialogue = opened("PIPELINING");
    dialogue.transact(kOne).unchecked();
    dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"});
    dialogue.server(std::string(code) + " go\r\n",
                    {"outcome #1 @0 retry connection unexpected-code", "done #1", "error unexpected-code"});
    expect_dead(dialogue);
  }
}

// C9: a reply that no command waits for would be taken for that of the next.
TEST(HostileServer, SendsAReplyTooMany) {
  Dialogue idle = opened();
  idle.server("250 ok\r\n", {"error unsolicited-reply"});
  expect_dead(idle);

  Dialogue greeting = connected();
  greeting.server("220 mx.test\r\n250 mx.test\r\n", {"greeting 220", "error unsolicited-reply"});
  expect_dead(greeting, true);

  Dialogue hello = greeted();
  hello.server("250 mx.test\r\n250 mx.test\r\n", {"reply EHLO 250", "ready", "error unsolicited-reply"});
  expect_dead(hello, true);

  Dialogue result = opened("PIPELINING");
  result.transact(kOne).unchecked();
  result.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  result.content("x", "x\r\n.\r\n");
  result.server("250 ok\r\n250 ok\r\n",
                {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1", "error unsolicited-reply"});
  expect_dead(result);
}

// The replies to commands that have not been sent yet are here already: with the greeting, or after MAIL.
TEST(HostileServer, AnswersBeforeTheCommandWasSent) {
  Dialogue dialogue = opened();
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "outcome #1 @0 retry connection unsolicited-reply",
                                           "done #1", "error unsolicited-reply"});
  expect_dead(dialogue, true);

  // A whole delivery said in advance.
  ClientLink link(client_options());
  link->open();
  link.feed("220 mx.test\r\n250-mx.test\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n");
  EXPECT_EQ(link.take_events(), (Lines{"greeting 220", "error unsolicited-reply"}));
  EXPECT_EQ(link.take_wire(), "");
}

// The command is in the outbox, and none of it has been taken: no server can have seen it.
TEST(HostileServer, AnswersACommandThatIsNotOutYet) {
  ClientLink link(client_options(), {64, 1, 8, 0, 0});
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250 mx.test\r\n");
  ASSERT_EQ(link->command(bytes_of("NOOP"), {}, 0), EHLO_OK);
  for (int i = 0; i < 5; ++i) link.take_output();  // but for the LF
  link.take_events();
  link.feed("250 ok\r\n");
  EXPECT_EQ(link.take_events(), Lines{"error unsolicited-reply"});
  EXPECT_EQ(wants_text(link->wants()), "close");
}

// A part of a reply with nothing under way: a new command must not get it as its own.
TEST(HostileServer, KeepsAPartOfAReplyBehind) {
  ClientLink link(client_options());
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250 mx.test\r\n250");
  link.take_events();
  EXPECT_EQ(link->command(bytes_of("NOOP"), {}, 0), EHLO_E_STATE);
  EXPECT_EQ(link->transact(*kOne), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.take_wire(), "EHLO c.test\r\n") << "RFC 2920 3.1, C9: input must be empty before a new group";
  link.feed(" ok\r\n");
  const Lines events = link.take_events();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back(), "error unsolicited-reply");
}

TEST(HostileServer, IsOverBehindAGoodbye) {
  Dialogue idle = opened();
  idle.server("421 bye\r\n", {"closed"});
  expect_dead(idle);
  Dialogue greeting = connected();
  greeting.server("421 busy\r\n", {"greeting 421", "ready hello-refused", "closed"});
  expect_dead(greeting);
  Dialogue hello = greeted();
  hello.server("421 bye\r\n250 ok\r\n", {"reply EHLO 421", "ready hello-refused", "closed"});
  expect_dead(hello);
}

// Limits of a reply, at the octet.
TEST(HostileServer, SendsALineWithoutEnd) {
  for (const std::uint32_t limit : {512u, 4096u}) {
    ehlo::ClientOptions options = client_options();
    options.replies.line_octets = limit;
    for (const bool over : {false, true}) {
      Dialogue dialogue(options);
      dialogue.call([](ClientLink& link) { return link->open(); });
      const std::string line = "220 " + std::string(limit - 6 + (over ? 1 : 0), 'x') + "\r\n";
      if (!over) {
        dialogue.server(line, {"greeting 220"}, "EHLO c.test\r\n").check();
        continue;
      }
      dialogue.server(line, {"error reply-too-long at " + std::to_string(limit)});
      expect_dead(dialogue);
    }
  }
}

TEST(HostileServer, SendsAReplyOfTooManyLines) {
  ehlo::ClientOptions options = client_options();
  options.replies.lines = 4;
  Dialogue good(options);
  good.server("220-a\r\n220-a\r\n220-a\r\n220 a\r\n", {"greeting 220"}).check();
  Dialogue dialogue(options);
  dialogue.server("220-a\r\n220-a\r\n220-a\r\n220-a\r\n", {"error reply-too-long at 28"});
  expect_dead(dialogue);
}

TEST(HostileServer, SendsAReplyOfTooManyOctets) {
  ehlo::ClientOptions options = client_options();
  options.replies = {512, 1000, 600};
  const std::string line = "220-" + std::string(294, 'x') + "\r\n";
  Dialogue good(options);
  good.server(line + "220 " + std::string(294, 'x') + "\r\n", {"greeting 220"}).check();
  Dialogue dialogue(options);
  dialogue.server(line + "220 " + std::string(295, 'x') + "\r\n", {"error reply-too-long at 600"});
  expect_dead(dialogue);
}

// A program with a buffer of max_reply octets, and memory that is counted.
class Flood {
 public:
  Flood() : link_(client_options(), {}, memory_.core()) {
    link_->open();
    link_.feed("220 mx.test\r\n");
  }
  // Shows `piece` over and over until the session ends; gives how often.
  std::size_t pour(std::string_view piece, std::size_t most) {
    std::string buffer;
    std::vector<ehlo::ClientEvent> events(8);
    for (std::size_t i = 1; i <= most; ++i) {
      buffer += piece;
      ehlo::ClientBatch batch{events.data(), sizeof(ehlo_client_event), 8, 0, EHLO_OK};
      const std::size_t used =
          link_->receive({reinterpret_cast<const ehlo::Octet*>(buffer.data()), buffer.size()}, batch);
      buffer.erase(0, used);
      EXPECT_LE(buffer.size(), 65536 + piece.size()) << "more than max_reply is to be kept";
      if (batch.event_count != 0) {
        last_ = events[batch.event_count - 1];
        return i;
      }
    }
    return 0;
  }
  ClientLink& link() { return link_; }
  const ehlo::ClientEvent& last() const { return last_; }
  std::size_t octets() const { return memory_.octets(); }
  std::size_t allocations() const { return memory_.allocations(); }

 private:
  CountingAllocator memory_;
  ClientLink link_;
  ehlo::ClientEvent last_{};
};

TEST(HostileServer, IsStoppedWithinItsBoundsWhateverItSends) {
  const std::string x64k(65536, 'x');
  const struct {
    std::string_view piece;
    std::size_t most;
    Error error;
  } rows[] = {
      {"250-x\r\n", 256, EHLO_E_REPLY_TOO_LONG},  // endless lines
      {"250-", 1, EHLO_OK},                       // nothing ends
      {x64k, 1, EHLO_E_MALFORMED_REPLY},
  };
  for (const auto& row : rows) {
    Flood flood;
    const std::size_t before = flood.octets();
    const std::size_t turns = flood.pour(row.piece, row.most);
    EXPECT_EQ(turns != 0, row.error != EHLO_OK);
    EXPECT_EQ(flood.last().error, row.error);
    EXPECT_EQ(flood.octets(), before);
  }
  // One line of 64 MiB, in pieces of 64 KiB: known to be too long with the first of them.
  Flood flood;
  const std::size_t before = flood.octets();
  EXPECT_EQ(flood.pour("250-", 1), 0u);
  EXPECT_EQ(flood.octets(), before);
  flood.link().feed("250-" + x64k);
  EXPECT_EQ(flood.link().take_events().back(), "error reply-too-long at 4096");
  for (int i = 0; i < 1024; ++i) flood.link().feed(x64k);
  EXPECT_EQ(flood.link().tail(), "") << "octets behind the end are consumed";
  EXPECT_EQ(flood.octets(), before);
  EXPECT_EQ(wants_text(flood.link()->wants()), "close");
}

TEST(HostileServer, KeepsNoMoreOfItsHelloThanALimitedReply) {
  std::string reply;
  for (int i = 0; i < 255; ++i) reply += "250-X" + std::string(240, 'y') + "\r\n";
  reply += "250 PIPELINING\r\n";
  ASSERT_LE(reply.size(), 65536u);
  Flood flood;
  for (int i = 0; i < 20; ++i) {
    flood.link().feed(reply);
    EXPECT_EQ(flood.link().take_events().back(), "ready PIPELINING");
    EXPECT_LE(flood.octets(), 65536u + 8192u);
    ASSERT_EQ(flood.link()->hello(EHLO_VERB_EHLO), EHLO_OK);
    flood.link().pump();
  }
  EXPECT_LE(flood.allocations(), 4u) << "the room of the first reply serves for those that are not longer";
}

// An octet at a time, the session looks at each of them about once.
TEST(HostileServer, SendsSlowlyAtNoMoreCost) {
  ehlo::ClientOptions options = client_options();
  options.replies = {1u << 20, 256, 1u << 20};
  ClientLink link(options);
  std::string line = "220 " + std::string(300000, 'x');
  std::vector<ehlo::ClientEvent> events(8);
  for (std::size_t shown = 1; shown <= line.size(); ++shown) {
    ehlo::ClientBatch batch{events.data(), sizeof(ehlo_client_event), 8, 0, EHLO_OK};
    ASSERT_EQ(link->receive({reinterpret_cast<const ehlo::Octet*>(line.data()), shown}, batch), 0u);
  }
  // Were each call to begin at the start, these would have been 45 * 10^9 octets, and the test would run out of time.
  SUCCEED();
}

}  // namespace
