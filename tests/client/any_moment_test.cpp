// A whole dialogue of each kind, at each of whose moments something goes wrong: every recipient has one outcome, DONE
// comes after them, one event is the last, and nothing more is said. No session waits for nothing.
#include <functional>
#include <map>

#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

std::string hello(std::string_view lines) {
  std::string reply = "250-mx.test\r\n";
  for (; lines.find('\n') != std::string_view::npos; lines.remove_prefix(lines.find('\n') + 1))
    ((reply += "250-") += lines.substr(0, lines.find('\n'))) += "\r\n";
  return (reply += "250 ") += std::string(lines) + "\r\n";
}

// What the server says, in turn; "<" stands for content that the program gives, "+" for another envelope.
struct Script {
  const char* name;
  const char* lines;
  std::uint32_t flags;
  bool lmtp;
  std::vector<std::string> turns;
};

const Script kScripts[] = {
    {"plain", "SIZE", 0, false, {"250", "250", "550", "354", "<", "250", "+", "250", "250", "250", "354", "<", "250"}},
    {"group",
     "PIPELINING",
     0,
     false,
     {"250", "250", "550", "354", "<", "+", "250", "250", "250", "250", "250", "354", "<", "250"}},
    {"waiting",
     "SIZE",
     0,
     false,
     {"250", "250", "250", "354", "<", "+", "452", "250", "250", "250", "250", "354", "<", "250"}},
    {"nobody", "PIPELINING", 0, false, {"250", "550", "550", "354", "554", "+", "250", "550", "550", "554", "250"}},
    {"refused", "SIZE", 0, false, {"550", "+", "250", "250", "250", "451", "250"}},
    {"chunks",
     "PIPELINING\nCHUNKING",
     EHLO_CLIENT_FLAG_CHUNKING,
     false,
     {"250", "250", "250", "<", "250", "+", "250", "250", "250", "<", "452", "250"}},
    {"lmtp",
     "PIPELINING",
     0,
     true,
     {"250", "250", "250", "354", "<", "+", "250", "452", "250", "250", "250", "550", "354", "<", "250"}},
};

class AnyMoment : public testing::TestWithParam<std::size_t> {
 protected:
  const Script& script() const { return kScripts[GetParam()]; }

  // Plays the first `turns` of it, then does what is wrong.
  void play(std::size_t turns, const std::function<void(ClientLink&)>& wrong, const std::string& how) {
    SCOPED_TRACE(std::string(script().name) + " after " + std::to_string(turns) + " turns: " + how);
    ehlo::ClientOptions options = client_options(script().flags);
    options.protocol = script().lmtp ? 1 : 0;
    for (const ClientSizes& sizes : {ClientSizes{}, kSmallestClient}) {
      ClientLink link(options, {sizes.events, sizes.output, sizes.spans, 0, 0});
      log_.clear();
      transactions_ = 0;
      link->open();
      link.feed("220 mx.test\r\n");
      link.feed(hello(script().lines));
      transact(link);
      for (std::size_t i = 0; i < turns; ++i) turn(link, script().turns[i]);
      if (testing::Test::HasFatalFailure()) return;
      wrong(link);
      link.pump();
      collect(link);
      check_end(link);
    }
  }
  std::size_t turns() const { return script().turns.size(); }

  // The end of the session, and what is known of each recipient then.
  void check_end(ClientLink& link) {
    ASSERT_FALSE(log_.empty());
    EXPECT_TRUE(log_.back().starts_with("error ") || log_.back() == "closed") << log_.back();
    EXPECT_EQ(link->wants(), static_cast<std::uint32_t>(EHLO_WANT_CLOSE)) << wants_text(link->wants());
    EXPECT_EQ(link->outstanding(), 0u);
    std::map<std::string, int> outcomes, done;
    int ends = 0;
    for (const std::string& event : log_) {
      ends += event.starts_with("error ") || event.starts_with("closed");
      const std::size_t number = event.find('#');
      if (event.starts_with("outcome ")) {
        const std::size_t at = event.find('@');
        ++outcomes[event.substr(number, event.find(' ', at) - number)];
        EXPECT_EQ(done[event.substr(number, 2)], 0) << "an outcome behind DONE";
      }
      if (event.starts_with("done ")) ++done[event.substr(number)];
    }
    EXPECT_EQ(ends, 1);
    for (int number = 1; number <= transactions_; ++number) {
      const std::string name = "#" + std::to_string(number);
      EXPECT_EQ(done[name], 1) << name;
      for (const char* index : {" @0", " @1"}) EXPECT_EQ(outcomes[name + index], 1) << name << index;
    }
    EXPECT_EQ(outcomes.size(), 2u * static_cast<std::size_t>(transactions_));
    link.take_wire();
    link.feed("250 ok\r\n250 ok\r\n");
    EXPECT_EQ(link.take_wire(), "");
    EXPECT_TRUE(link.take_events().empty());
  }

  void transact(ClientLink& link) {
    ASSERT_EQ(link->transact(*envelope_), EHLO_OK);
    ++transactions_;
    link.pump();
  }
  void turn(ClientLink& link, const std::string& what) {
    // A session that waits for a reply says so, and for how long.
    if (what == "+") return transact(link);
    if (what == "<") {
      ASSERT_NE(link->wants() & EHLO_WANT_BODY, 0u) << wants_text(link->wants());
      ASSERT_EQ(link.content("hello\r\n"), EHLO_OK);
      return collect(link);
    }
    ASSERT_NE(link->outstanding(), 0u);
    EXPECT_NE(link->timeout().seconds, 0u);
    link.feed(what + " x\r\n");
    collect(link);
  }
  void collect(ClientLink& link) {
    for (const std::string& event : link.take_events()) log_.push_back(event);
  }

  std::vector<std::string> log_;
  int transactions_ = 0;

 private:
  TestEnvelope envelope_{"a@c.test", {"b@mx.test", "c@mx.test"}};
};

TEST_P(AnyMoment, TheConnectionMayBeLost) {
  for (std::size_t at = 0; at <= turns(); ++at) {
    play(
        at, [](ClientLink& link) { link->eof(); }, "eof");
    play(
        at, [](ClientLink& link) { link->timed_out(); }, "timeout");
    play(
        at, [](ClientLink& link) { link->abort(); }, "abort");
    play(
        at, [](ClientLink& link) { link.feed("25"), link->eof(); }, "eof within a reply");
  }
}

TEST_P(AnyMoment, TheServerMaySayGoodbye) {
  for (std::size_t at = 0; at <= turns(); ++at) {
    play(
        at, [](ClientLink& link) { link.feed("421 bye\r\n"); }, "421");
    play(
        at, [](ClientLink& link) { link.feed("421-bye\r\n421 bye\r\n250 ok\r\n550 no\r\n"); }, "421 and more");
  }
}

TEST_P(AnyMoment, TheServerMayTalkNonsense) {
  for (std::size_t at = 0; at <= turns(); ++at)
    for (const std::string_view octets :
         {std::string_view("\0", 1), std::string_view("HTTP/1.1\r\n"), std::string_view("250 x\n"),
          std::string_view("250 x\rx"), std::string_view("250-x\r\n251 x\r\n"), std::string_view("\r\n"),
          std::string_view("100 x\r\n"), std::string_view("600 x\r\n")})
      play(
          at, [octets](ClientLink& link) { link.feed(octets); }, printable(octets));
}

// Replies without end, of one kind: the session is over before the server is through.
TEST_P(AnyMoment, TheServerMayFlood) {
  for (std::size_t at = 0; at <= turns(); ++at)
    for (const std::string reply : {"250 ok\r\n", "354 go\r\n", "550 no\r\n", "450 no\r\n", "334 \r\n", "220 x\r\n"})
      play(
          at,
          [&reply](ClientLink& link) {
            std::string flood;
            for (int i = 0; i < 50; ++i) flood += reply;
            link.feed(flood);
          },
          "a flood of " + reply.substr(0, 3));
}

// Each reply by each other one: the session ends, or it goes on and can be ended in good order.
TEST_P(AnyMoment, TheServerMayGiveAnotherReply) {
  for (std::size_t at = 0; at < turns(); ++at) {
    if (script().turns[at] == "<" || script().turns[at] == "+") continue;
    for (const std::string code :
         {"200", "220", "235", "250", "299", "334", "354", "399", "450", "499", "550", "599"}) {
      play(
          at,
          [&](ClientLink& link) {
            // Whatever is owed and awaited afterwards is refused, or given.
            link.feed(code + " x\r\n");
            for (int i = 0; i < 40 && link->wants() != EHLO_WANT_CLOSE; ++i) {
              const std::uint32_t wants = link->wants();
              if (link->outstanding() != 0)
                link.feed(i < 20 ? "550 no\r\n" : "250 ok\r\n");
              else if ((wants & EHLO_WANT_BODY) != 0)
                EXPECT_EQ(link.content("x"), EHLO_OK);
              else if ((wants & EHLO_WANT_COMMAND) != 0)
                EXPECT_EQ(link->quit(), EHLO_OK), link.pump();
              else
                i = 40, ADD_FAILURE() << "waits for nothing: " << wants_text(wants) << " after " << code;
            }
          },
          code + " instead");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scripts, AnyMoment, testing::Range(std::size_t{0}, std::size(kScripts)),
                         [](const auto& info) { return std::string(kScripts[info.param].name); });

}  // namespace
