// The peer's close, and input that is not all there: what was read before counts, what is half there counts for nothing
// but keeps commands back, and no reply is read from where none was shown.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

const TestEnvelope kOne("a@c.test");

Error quit(ClientLink& link) { return link->quit(); }

// One call of receive, as ClientLink does not make it: with no more room than there must be.
struct Received {
  std::size_t used = 0;
  Lines events;
};
Received receive(ClientLink& link, ehlo::Bytes input, std::uint32_t cap = EHLO_CLIENT_EVENTS_MIN) {
  std::vector<ehlo::ClientEvent> events(cap);
  ehlo::ClientBatch batch{events.data(), sizeof(ehlo_client_event), cap, 77, EHLO_E_ID};
  Received result;
  result.used = link->receive(input, batch);
  EXPECT_EQ(batch.error, EHLO_OK);
  for (std::uint32_t i = 0; i < batch.event_count; ++i)
    result.events.push_back(ClientEventText(events[i], input.text()).write());
  return result;
}

// The content of the envelope is out.
void give_message(ClientLink& link, const TestEnvelope& envelope, std::string_view lines) {
  greet(link, lines);
  ASSERT_EQ(link->transact(*envelope), EHLO_OK);
  link.pump();
  for (std::uint32_t i = 0; i < envelope->count() + 1; ++i) link.feed("250 ok\r\n");
  link.feed("354 go\r\n");
  ASSERT_EQ(link.content("hi\r\n"), EHLO_OK);
  link.take_events();
  link.take_wire();
}

// Delivered twice otherwise.
TEST(EndOfInput, IsActedOnWhenTheRepliesBeforeItHaveBeenReported) {
  std::vector<std::string> recipients;
  std::string input;
  Lines expected;
  for (int i = 0; i < 12; ++i) {
    const std::string index = std::to_string(i), at = i == 0 ? "" : " @" + index;
    recipients.push_back("b" + index + "@mx.test");
    input += "250 done\r\n";
    expected.push_back("result DATA 250 #1" + at);
    expected.push_back("outcome 250 #1 @" + index + " accepted recipient");
  }
  expected.push_back("done #1");
  expected.push_back("error connection-lost");
  const TestEnvelope envelope("a@c.test", recipients);
  for (std::uint32_t cap = EHLO_CLIENT_EVENTS_MIN; cap < 40; ++cap) {
    ehlo::ClientOptions options = client_options();
    options.protocol = 1;
    ClientLink link(options);
    give_message(link, envelope, "PIPELINING");
    Lines events;
    std::string rest = input;
    bool first = true;
    do {
      const GuardedBytes guarded(rest);
      const Received one = receive(link, {guarded.data(), guarded.size()}, cap);
      events.insert(events.end(), one.events.begin(), one.events.end());
      rest.erase(0, one.used);
      if (first) link->eof();
      first = false;
    } while ((link->wants() & EHLO_WANT_EVENTS) != 0);
    EXPECT_EQ(events, expected) << cap;
    EXPECT_EQ(rest, "") << cap;
    EXPECT_EQ(wants_text(link->wants()), "close") << cap;
  }
}

TEST(EndOfInput, IsActedOnWhenTheInputIsUsedUp) {
  // The program reports the close before it shows the octets.
  ClientLink link(client_options());
  give_message(link, kOne, "PIPELINING");
  link->eof();
  EXPECT_EQ(wants_text(link->wants()), "input events");
  link.feed("250 ok\r\n");
  EXPECT_EQ(link.take_events(),
            (Lines{"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1", "error connection-lost"}));
  // Half a reply is none.
  ClientLink half(client_options());
  give_message(half, kOne, "PIPELINING");
  half->eof();
  half.feed("250-ok\r\n250 o");
  EXPECT_EQ(half.take_events(),
            (Lines{"outcome #1 @0 unknown connection connection-lost", "done #1", "error connection-lost"}));
  EXPECT_EQ(half.tail(), "");
}

TEST(EndOfInput, LetsNothingLeaveAnyMore) {
  ClientLink link(client_options());
  greet(link, "PIPELINING\nAUTH PLAIN\nSTARTTLS");
  link.take_events();
  link.take_wire();
  link->eof();
  EXPECT_EQ(link->transact(*kOne), EHLO_E_STATE);
  EXPECT_EQ(link->mail(bytes_of("a@c.test"), nullptr, 0), EHLO_E_STATE);
  EXPECT_EQ(link->reset(), EHLO_E_STATE);
  EXPECT_EQ(link->command(bytes_of("NOOP"), {}, 0), EHLO_E_STATE);
  EXPECT_EQ(link->auth(bytes_of("PLAIN"), {}, false), EHLO_E_STATE);
  EXPECT_EQ(link->starttls(), EHLO_E_STATE);
  EXPECT_EQ(link->hello(EHLO_VERB_EHLO), EHLO_E_STATE);
  EXPECT_EQ(link->quit(), EHLO_E_STATE);
  EXPECT_EQ(wants_text(link->wants()), "input events");
  link.pump();
  EXPECT_EQ(link.take_events(), Lines{"error connection-lost"});
  EXPECT_EQ(link.take_wire(), "");
}

// "In good order: after QUIT", of whose replies only the 221 may be missing.
TEST(EndOfInput, BehindQuitIsInGoodOrderOnlyWhereNothingElseIsMissing) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.content("hi\r\n", "hi\r\n.\r\n").call(quit, "QUIT\r\n").outstanding(2);
  Dialogue taken = dialogue;
  dialogue.eof({"outcome #1 @0 unknown connection connection-lost", "done #1", "error connection-lost"});
  dialogue.wants("close").check();
  taken.server("250 ok\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1"});
  taken.eof({"closed"}).wants("close").check();
  // QUIT that has not left is none.
  ClientLink link(client_options());
  link->open();
  link.feed("220 mx.test\r\n");
  link.feed("250 mx.test\r\n");
  link.take_events();
  ASSERT_EQ(link->quit(), EHLO_OK);
  link->eof();
  link.pump();
  EXPECT_EQ(link.take_events(), Lines{"error connection-lost"});
}

// One octet that nobody asked for must not hold a program up for ever.
TEST(HalfAReply, HasItsTimeAndLetsNoCommandLeave) {
  for (const std::string_view half : {"2", "250 ok", "250-ok\r\n", "250-ok\r\n2"}) {
    Dialogue dialogue = opened("PIPELINING");
    dialogue.timeout(EHLO_TIMEOUT_NONE, 0)
        .server(half)
        .wants("input")
        .timeout(EHLO_TIMEOUT_COMMAND, 300)
        .outstanding(0);
    for (const Dialogue::Call& call :
         {Dialogue::Call(quit), Dialogue::Call([](ClientLink& link) { return link->reset(); }),
          Dialogue::Call([](ClientLink& link) { return link->mail({}, nullptr, 0); })})
      dialogue.refuse(EHLO_E_STATE, call);
    Dialogue waiting = dialogue;
    dialogue.timed_out({"error timeout"}).wants("close").check();
    // A submission is kept, but nothing of it leaves.
    waiting.transact(kOne, "").wants("input").timeout(EHLO_TIMEOUT_COMMAND, 300);
    waiting.timed_out({"outcome #1 @0 retry connection timeout", "done #1", "error timeout"}).wants("close").check();
  }
}

// "Keep the rest and show it again": a program that does not, or asks for events with no input at hand, gets nothing,
// and nothing is read after what it shows.
TEST(HalfAReply, ShownWithFewerOctetsThanBeforeIsNotRead) {
  const std::string whole = "220 a.long.greeting\r\n";
  for (std::size_t shown = 1; shown < whole.size(); ++shown) {
    ClientLink link(client_options());
    const GuardedBytes begun(whole.substr(0, shown));
    EXPECT_EQ(receive(link, {begun.data(), begun.size()}).used, 0u);
    EXPECT_EQ(receive(link, {nullptr, 0}).used, 0u) << shown;
    for (std::size_t fewer = 0; fewer < shown; ++fewer) {
      const GuardedBytes lost(std::string("xy\r\n250 0123456789012345").substr(0, fewer));
      const Received nothing = receive(link, {lost.data(), lost.size()});
      EXPECT_EQ(nothing.used, 0u) << shown << ' ' << fewer;
      EXPECT_EQ(nothing.events, Lines{}) << shown << ' ' << fewer;
    }
    const GuardedBytes all(whole);
    const Received greeting = receive(link, {all.data(), all.size()});
    EXPECT_EQ(greeting.events, Lines{"greeting 220"}) << shown;
    EXPECT_EQ(greeting.used, whole.size()) << shown;
  }
}

TEST(HalfAReply, IsLostWithTheConnection) {
  ClientLink link(client_options());
  const GuardedBytes begun("22");
  EXPECT_EQ(receive(link, {begun.data(), begun.size()}).used, 0u);
  link->eof();
  EXPECT_EQ(receive(link, {nullptr, 0}).events, Lines{"error connection-lost"});
  EXPECT_EQ(receive(link, {nullptr, 0}).events, Lines{});
  EXPECT_EQ(wants_text(link->wants()), "close");
}

}  // namespace
