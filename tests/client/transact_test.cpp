// transact with DATA: exact octets and events (RFC 5321 3.3, RFC 2920 3.1).
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

const TestEnvelope kOne("a@c.test");
const TestEnvelope kTwo("a@c.test", {"b@mx.test", "c@mx.test"});
const TestEnvelope kThree("a@c.test", {"b@mx.test", "c@mx.test", "d@mx.test"});

constexpr std::string_view kOneGroup = "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n";
constexpr std::string_view kTwoGroup = "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n";

TEST(Transact, SendsOneCommandAtATimeWithoutPipelining) {
  for (const std::uint32_t flags : {0u, static_cast<std::uint32_t>(EHLO_CLIENT_FLAG_NO_PIPELINING)}) {
    Dialogue dialogue = opened(flags == 0 ? "" : "PIPELINING", flags);
    dialogue.wants("input command");
    dialogue.transact(kTwo, "MAIL FROM:<a@c.test>\r\n").outstanding(1).wants("input");
    dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}, "RCPT TO:<b@mx.test>\r\n");
    dialogue.server("250 2.1.5 ok\r\n", {"reply RCPT 250 2.1.5 #1 @0"}, "RCPT TO:<c@mx.test>\r\n");
    dialogue.server("251 will forward\r\n", {"reply RCPT 251 #1 @1"}, "DATA\r\n");
    dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"}).wants("input body").outstanding(0);
    dialogue.content("hi\r\n", "hi\r\n.\r\n").wants("input").outstanding(1);
    dialogue.server("250-2.0.0 queued\r\n250 2.0.0 as 1\r\n",
                    {"result DATA 250 2.0.0 #1", "outcome 250 2.0.0 #1 @0 accepted message",
                     "outcome 250 2.0.0 #1 @1 accepted message", "done #1"});
    dialogue.wants("input command").outstanding(0).check();
  }
}

TEST(Transact, LeavesTogetherWithPipelining) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kTwo, kTwoGroup).outstanding(4).wants("input");
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n",
                  {"reply MAIL 250 #1", "reply RCPT 250 #1 @0", "reply RCPT 250 #1 @1", "go-ahead DATA 354 #1"});
  dialogue.wants("input body");
  dialogue.content("..\r\n.\r\n\r\nx", "...\r\n..\r\n\r\nx\r\n.\r\n");
  dialogue.server("250 queued\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted message",
                                     "outcome 250 #1 @1 accepted message", "done #1"});
  dialogue.wants("input command").check();
}

TEST(Transact, MayBeEmpty) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne, kOneGroup);
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.content("", ".\r\n");
  dialogue.server("250 queued\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1"}).check();
}

// More recipients than the buffer for commands holds, and a program that takes one octet at a time.
TEST(Transact, OfAThousandRecipientsGoesThroughASmallBuffer) {
  for (const std::string_view lines : {"PIPELINING", ""}) {
    std::vector<std::string> recipients;
    std::string wire = "MAIL FROM:<a@c.test>\r\n";
    for (int i = 0; i < 1000; ++i) {
      const std::string address = "recipient-" + std::to_string(i) + "@some.domain.mx.test";
      recipients.push_back(address + " NOTIFY=SUCCESS,FAILURE");
      wire += "RCPT TO:<" + address + "> NOTIFY=SUCCESS,FAILURE\r\n";
    }
    wire += "DATA\r\n";
    const TestEnvelope envelope("a@c.test", recipients);
    for (const std::size_t output : {std::size_t{1}, std::size_t{100}, std::size_t{1} << 20}) {
      ehlo::ClientOptions options = client_options();
      options.command_octets = 2048;
      ClientLink link(options, {8, output, 8, 0, 0});
      greet(link, lines.empty() ? "DSN" : std::string(lines) + "\nDSN");
      link.take_wire();
      link.take_events();
      ASSERT_EQ(link->transact(*envelope), EHLO_OK);
      link.pump();
      Lines expected{"reply MAIL 250 #1"};
      link.feed("250 ok\r\n");
      for (int i = 0; i < 1000; ++i) {
        // Every third one is refused.
        link.feed(i % 3 == 0 ? "550 no\r\n" : "250 ok\r\n");
        expected.push_back("reply RCPT " + std::string(i % 3 == 0 ? "550" : "250") + " #1 @" + std::to_string(i));
        if (i % 3 == 0) expected.push_back("outcome 550 #1 @" + std::to_string(i) + " failed recipient");
      }
      EXPECT_EQ(link.take_wire(), wire);
      link.feed("354 go\r\n");
      expected.push_back("go-ahead DATA 354 #1");
      EXPECT_EQ(link.content("x\r\n"), EHLO_OK);
      EXPECT_EQ(link.take_wire(), "x\r\n.\r\n");
      link.feed("250 ok\r\n");
      expected.push_back("result DATA 250 #1");
      for (int i = 0; i < 1000; ++i)
        if (i % 3 != 0) expected.push_back("outcome 250 #1 @" + std::to_string(i) + " accepted message");
      expected.push_back("done #1");
      EXPECT_EQ(link.take_events(), expected) << lines << ' ' << output;
    }
  }
}

TEST(Transact, OfAsManyRecipientsAsThereMayBe) {
  constexpr std::uint32_t kMost = 65536;
  std::vector<std::string> recipients(kMost, "b@mx.test");
  const TestEnvelope envelope("a@c.test", recipients);
  ehlo::ClientOptions options = client_options();
  options.max_recipients = kMost;
  ClientLink link(options);
  greet(link, "PIPELINING");
  ASSERT_EQ(link->transact(*envelope), EHLO_OK);
  link.pump();
  link.take_events();
  link.feed("250 ok\r\n");
  std::string thousand;
  for (int i = 0; i < 1024; ++i) thousand += "250 ok\r\n";
  for (int i = 0; i < 64; ++i) link.feed(thousand);
  link.feed("354 go\r\n");
  EXPECT_EQ(link.take_events().size(), 1u + kMost + 1u);
  ASSERT_EQ(link.content(""), EHLO_OK);
  link.feed("250 ok\r\n");
  const Lines events = link.take_events();
  ASSERT_EQ(events.size(), kMost + 2u);
  EXPECT_EQ(events[kMost], "outcome 250 #1 @65535 accepted message");
  EXPECT_EQ(events.back(), "done #1");
}

TEST(Transact, OfTooManyOrNoRecipientsIsRefused) {
  const TestEnvelope nobody("a@c.test", {});
  Dialogue dialogue = opened("PIPELINING");
  dialogue.options.max_recipients = 2;
  dialogue.refuse(EHLO_E_ARGUMENT, [&](ClientLink& link) { return link->transact(*nobody); });
  dialogue.refuse(EHLO_E_ARGUMENT, [&](ClientLink& link) { return link->transact(*kThree); });
  dialogue.wants("input command").transact(kTwo, kTwoGroup).check();
}

TEST(Transact, IsClearedByRsetWhereAllRecipientsWereRefused) {
  Dialogue dialogue = opened();
  dialogue.transact(kTwo, "MAIL FROM:<a@c.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}, "RCPT TO:<b@mx.test>\r\n");
  dialogue.server("550 5.1.1 no\r\n", {"reply RCPT 550 5.1.1 #1 @0", "outcome 550 5.1.1 #1 @0 failed recipient"},
                  "RCPT TO:<c@mx.test>\r\n");
  dialogue.server("450 4.2.1 later\r\n", {"reply RCPT 450 4.2.1 #1 @1", "outcome 450 4.2.1 #1 @1 retry recipient"},
                  "RSET\r\n");
  dialogue.wants("input").refuse(EHLO_E_STATE, [](ClientLink& link) { return link.content("x"); });
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

// RFC 2920 3.1: "the client cannot assume that the DATA command will be rejected just because none of the RCPT TO
// commands worked"; where it "was accepted the client SMTP should send a single dot".
TEST(Transact, EndsWithTheLoneDotWhereNobodyWasAccepted) {
  for (const std::string_view result : {"554", "250", "451"}) {
    Dialogue dialogue = opened("PIPELINING");
    dialogue.transact(kTwo, kTwoGroup);
    dialogue.server("250 ok\r\n550 no\r\n550 no\r\n354 go\r\n",
                    {"reply MAIL 250 #1", "reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient",
                     "reply RCPT 550 #1 @1", "outcome 550 #1 @1 failed recipient", "go-ahead DATA 354 #1"},
                    ".\r\n");
    dialogue.wants("input").refuse(EHLO_E_STATE, [](ClientLink& link) { return link.content("x"); });
    dialogue.server(std::string(result) + " no valid recipients\r\n",
                    {"result DATA " + std::string(result) + " #1", "done #1"});
    dialogue.wants("input command").check();
  }
}

TEST(Transact, IsClearedWhereDataWasRefusedForLackOfRecipients) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kTwo, kTwoGroup);
  dialogue.server("250 ok\r\n550 no\r\n450 no\r\n554 no valid recipients\r\n",
                  {"reply MAIL 250 #1", "reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient",
                   "reply RCPT 450 #1 @1", "outcome 450 #1 @1 retry recipient", "reply DATA 554 #1"},
                  "RSET\r\n");
  dialogue.wants("input");
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

TEST(Transact, GoesToThoseWhoWereAccepted) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(
      kThree, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nRCPT TO:<d@mx.test>\r\nDATA\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n",
                  {"reply MAIL 250 #1", "reply RCPT 250 #1 @0", "reply RCPT 550 #1 @1",
                   "outcome 550 #1 @1 failed recipient", "reply RCPT 250 #1 @2", "go-ahead DATA 354 #1"});
  dialogue.content("hi\r\n", "hi\r\n.\r\n");
  dialogue.server("452 4.3.1 full\r\n", {"result DATA 452 4.3.1 #1", "outcome 452 4.3.1 #1 @0 retry message",
                                         "outcome 452 4.3.1 #1 @2 retry message", "done #1"});
  dialogue.wants("input command").check();
}

TEST(Transact, IsOverWhereMailIsRefused) {
  Dialogue dialogue = opened();
  dialogue.transact(kTwo, "MAIL FROM:<a@c.test>\r\n");
  dialogue.server("550 5.7.1 no\r\n", {"reply MAIL 550 5.7.1 #1", "outcome 550 5.7.1 #1 @0 failed message",
                                       "outcome 550 5.7.1 #1 @1 failed message", "done #1"});
  dialogue.wants("input command").transact(kOne, "MAIL FROM:<a@c.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #2"}, "RCPT TO:<b@mx.test>\r\n").check();
}

TEST(Transact, IsOverWhereMailIsRefusedInAGroup) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kTwo, kTwoGroup);
  dialogue.server("450 later\r\n",
                  {"reply MAIL 450 #1", "outcome 450 #1 @0 retry message", "outcome 450 #1 @1 retry message"});
  dialogue.server("503 mail first\r\n503 mail first\r\n503 mail first\r\n",
                  {"reply RCPT 503 #1 @0", "reply RCPT 503 #1 @1", "reply DATA 503 #1", "done #1"});
  dialogue.wants("input command").transact(kOne, kOneGroup).check();
}

// RFC 2920 3.1 again: whatever a server says to DATA after a refused MAIL, no content may go out.
TEST(Transact, EndsWithTheLoneDotWhereMailWasRefusedAndDataWasNot) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne, kOneGroup);
  dialogue.server(
      "550 no\r\n503 no\r\n354 go\r\n",
      {"reply MAIL 550 #1", "outcome 550 #1 @0 failed message", "reply RCPT 503 #1 @0", "go-ahead DATA 354 #1"},
      ".\r\n");
  dialogue.server("554 no\r\n", {"result DATA 554 #1", "done #1"}).wants("input command").check();
}

// A server that contradicts itself: it accepted no recipient, so no content may be sent.
TEST(Transact, SendsNoContentBehindARefusedMail) {
  ClientLink link(client_options());
  greet(link, "PIPELINING");
  ASSERT_EQ(link->transact(*kOne), EHLO_OK);
  link.pump();
  link.take_events();
  link.feed("550 no\r\n250 ok\r\n354 go\r\n");
  EXPECT_EQ(link->wants() & EHLO_WANT_BODY, 0u) << wants_text(link->wants());
  EXPECT_EQ(link.content("secret\r\n"), EHLO_E_STATE);
  Lines outcomes;
  for (const std::string& event : link.take_events())
    if (event.starts_with("outcome")) outcomes.push_back(event);
  EXPECT_EQ(outcomes, Lines{"outcome 550 #1 @0 failed message"});
}

TEST(Transact, IsClearedByRsetWhereDataIsRefused) {
  const Lines outcomes{"outcome 451 4.3.0 #1 @0 retry message", "done #1"};
  Dialogue dialogue = opened();
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}, "RCPT TO:<b@mx.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @0"}, "DATA\r\n");
  dialogue.server("451 4.3.0 no\r\n", {"reply DATA 451 4.3.0 #1", "outcome 451 4.3.0 #1 @0 retry message"}, "RSET\r\n");
  dialogue.wants("input").server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();

  Dialogue group = opened("PIPELINING");
  group.transact(kTwo, kTwoGroup);
  group.server(
      "250 ok\r\n250 ok\r\n551 no\r\n554 5.6.0 no\r\n",
      {"reply MAIL 250 #1", "reply RCPT 250 #1 @0", "reply RCPT 551 #1 @1", "outcome 551 #1 @1 failed recipient",
       "reply DATA 554 5.6.0 #1", "outcome 554 5.6.0 #1 @0 failed message"},
      "RSET\r\n");
  group.server("250 ok\r\n", {"reply RSET 250", "done #1"}).transact(kOne, kOneGroup).check();
}

TEST(Transact, NeedsAHelloAndNothingUnderWay) {
  Dialogue dialogue;
  const auto submit = [](ClientLink& link) { return link->transact(*kOne); };
  dialogue.refuse(EHLO_E_STATE, submit);
  dialogue.server("220 mx.test\r\n", {"greeting 220"});
  dialogue.refuse(EHLO_E_STATE, submit);
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }, "EHLO c.test\r\n");
  dialogue.refuse(EHLO_E_STATE, submit);
  dialogue.server("250 mx.test\r\n", {"reply EHLO 250", "ready"});
  dialogue.call(submit, "MAIL FROM:<a@c.test>\r\n");
  dialogue.refuse(EHLO_E_STATE, submit);
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}, "RCPT TO:<b@mx.test>\r\n");
  dialogue.refuse(EHLO_E_STATE, submit);
  // Single commands do not mix with it.
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->rcpt(bytes_of("x@mx.test"), nullptr, 0); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->reset(); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->data(); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->quit(); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->command(bytes_of("NOOP"), {}, 0); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); });
  dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @0"}, "DATA\r\n");
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"});
  dialogue.refuse(EHLO_E_STATE, submit).wants("input body").check();
}

TEST(Transact, WorksBehindHelo) {
  Dialogue dialogue;
  dialogue.call([](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test\r\n", {"greeting 220"}, "EHLO c.test\r\n");
  dialogue.server("502 what\r\n", {"reply EHLO 502"}, "HELO c.test\r\n");
  dialogue.server("250 mx.test\r\n", {"reply HELO 250", "ready"});
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\n").check();
}

// A line is at most command_octets long, with its CRLF: known before anything is sent.
TEST(Transact, OfALineThatDoesNotFitIsRefused) {
  const auto envelope_of = [](std::size_t octets, bool of_mail) {
    const std::string_view start = of_mail ? "MAIL FROM:<a@c.test> XFOO=" : "RCPT TO:<b@mx.test> XFOO=";
    const std::string param = "XFOO=" + std::string(octets - start.size() - 2, 'x');
    return of_mail ? TestEnvelope("a@c.test", {"b@mx.test"}, param) : TestEnvelope("a@c.test", {"b@mx.test " + param});
  };
  for (const bool of_mail : {true, false}) {
    Dialogue dialogue = opened("", EHLO_CLIENT_FLAG_ANY_PARAMETER);
    dialogue.options.command_octets = 2048;
    const TestEnvelope fits = envelope_of(2048, of_mail), too_long = envelope_of(2049, of_mail);
    dialogue.refuse(EHLO_E_SPACE, [&](ClientLink& link) { return link->transact(*too_long); }).wants("input command");
    dialogue.transact(fits).unchecked();
    dialogue.server("250 ok\r\n").unchecked();
    dialogue.wants("input").check();
  }
  // With what the session adds.
  const std::string param = "XFOO=" + std::string(2046 - 26, 'x');
  const TestEnvelope grows("a@c.test", {"b@mx.test"}, param, 123);
  Dialogue dialogue = opened("SIZE", EHLO_CLIENT_FLAG_ANY_PARAMETER);
  dialogue.options.command_octets = 2048;
  dialogue.refuse(EHLO_E_SPACE, [&](ClientLink& link) { return link->transact(*grows); }).check();
}

TEST(Transact, CountsTransactions) {
  ClientLink link(client_options());
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250 mx.test\r\n");
  EXPECT_EQ(link->last_transaction(), 0u);
  for (std::uint32_t i = 1; i < 4; ++i) {
    EXPECT_EQ(link->transact(*kOne), EHLO_OK);
    EXPECT_EQ(link->last_transaction(), i);
    link.pump();
    link.feed("550 no\r\n");
  }
}

}  // namespace
