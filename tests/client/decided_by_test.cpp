// Which command's reply decided an outcome, or was under way when the connection went.
#include "support/client_dialogue.h"

namespace {

using namespace support;

const TestEnvelope kOne("a@c.test");
const TestEnvelope kTwo("a@c.test", {"b@mx.test", "c@mx.test"});
constexpr std::string_view kGoneText = "@0 retry connection connection-lost";

Dialogue with_deciders(Dialogue dialogue) {
  dialogue.deciders = true;
  return dialogue;
}
// After `replies` to an envelope.
Dialogue transacted(const TestEnvelope& envelope, std::string_view lines, std::initializer_list<const char*> replies,
                    std::uint32_t flags = 0) {
  Dialogue dialogue = with_deciders(opened(lines, flags));
  dialogue.transact(envelope).unchecked();
  for (const char* reply : replies) dialogue.server(std::string(reply) + " x\r\n").unchecked();
  return dialogue;
}
Lines gone(std::string_view decider, std::string_view rest = kGoneText) {
  return {"outcome " + std::string(decider) + " #1 " + std::string(rest), "done #1", "error connection-lost"};
}

TEST(DecidedBy, MailThatIsRefused) {
  transacted(kTwo, "", {})
      .server("550 no\r\n", {"reply MAIL 550 #1", "outcome MAIL 550 #1 @0 failed message",
                             "outcome MAIL 550 #1 @1 failed message", "done #1"})
      .check();
}

TEST(DecidedBy, RcptThatIsRefused) {
  transacted(kTwo, "PIPELINING", {"250"})
      .server("250 ok\r\n450 no\r\n",
              {"reply RCPT 250 #1 @0", "reply RCPT 450 #1 @1", "outcome RCPT 450 #1 @1 retry recipient"})
      .check();
}

TEST(DecidedBy, DataThatIsRefused) {
  transacted(kOne, "", {"250", "250"})
      .server("554 no\r\n", {"reply DATA 554 #1", "outcome DATA 554 #1 @0 failed message"}, "RSET\r\n")
      .check();
}

TEST(DecidedBy, TheReplyToTheContent) {
  for (const std::string code : {"250", "552"}) {
    const std::string verdict = code == "250" ? "accepted" : "failed";
    transacted(kOne, "", {"250", "250", "354"})
        .content("x\r\n", "x\r\n.\r\n")
        .server(code + " x\r\n", {"result DATA " + code + " #1",
                                  "outcome DATA-last " + code + " #1 @0 " + verdict + " message", "done #1"})
        .check();
  }
}

TEST(DecidedBy, ARefusalWithinTheContent) {
  transacted(kOne, "", {"250", "250", "354"})
      .server("552 big\r\n", {"outcome DATA-last 552 #1 @0 failed message", "done #1", "error unsolicited-reply"})
      .check();
}

TEST(DecidedBy, EachReplyOfLmtp) {
  Dialogue dialogue = with_deciders(opened_lmtp("PIPELINING"));
  dialogue.transact(kTwo).unchecked().server("250 x\r\n250 x\r\n250 x\r\n354 x\r\n").unchecked();
  dialogue.content("", ".\r\n")
      .server("250 x\r\n550 x\r\n",
              {"result DATA 250 #1", "outcome DATA-last 250 #1 @0 accepted recipient", "result DATA 550 #1 @1",
               "outcome DATA-last 550 #1 @1 failed recipient", "done #1"});
  dialogue.check();
}

TEST(DecidedBy, AChunkOrTheLastOne) {
  transacted(kOne, "CHUNKING", {"250", "250"}, EHLO_CLIENT_FLAG_CHUNKING)
      .chunk("a", false, "BDAT 1\r\na")
      .server("452 no\r\n", {"reply BDAT 452 #1", "outcome BDAT 452 #1 @0 retry message"}, "RSET\r\n")
      .check();
  for (const std::string code : {"250", "452"}) {
    Dialogue dialogue = transacted(kOne, "CHUNKING", {"250", "250"}, EHLO_CLIENT_FLAG_CHUNKING);
    const std::string verdict = code == "250" ? "accepted" : "retry";
    Lines events{"result BDAT " + code + " #1", "outcome BDAT-last " + code + " #1 @0 " + verdict + " message"};
    if (code == "250") events.push_back("done #1");
    dialogue.chunk("a", true, "BDAT 1 LAST\r\na");
    dialogue.server(code + " x\r\n", events, code == "250" ? "" : "RSET\r\n").check();
  }
}

// By whatever the program ended the transaction with.
TEST(DecidedBy, RsetOrHelloOfTheProgram) {
  Dialogue dialogue = with_deciders(opened());
  dialogue.call([](ClientLink& link) { return link->mail({}, nullptr, 0); }).unchecked();
  dialogue.server("250 x\r\n").unchecked();
  dialogue.call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }).unchecked();
  dialogue.server("250 x\r\n").unchecked();
  Dialogue by_hello = dialogue;
  dialogue.call([](ClientLink& link) { return link->reset(); }, "RSET\r\n");
  dialogue.server("250 x\r\n", {"reply RSET 250", "outcome RSET #1 @0 retry message shutdown", "done #1"}).check();
  by_hello.call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }, "EHLO c.test\r\n");
  by_hello.server("250 x\r\n", {"reply EHLO 250", "ready", "outcome EHLO #1 @0 retry message shutdown", "done #1"});
  by_hello.check();
}

TEST(DecidedBy, WhatTheLossOfTheConnectionCutShort) {
  transacted(kOne, "", {}).eof(gone("MAIL")).check();
  transacted(kOne, "", {"250"}).eof(gone("RCPT")).check();
  transacted(kOne, "", {"250", "250"}).eof(gone("DATA")).check();
  transacted(kOne, "", {"250", "250", "354"}).eof(gone("DATA-last")).check();
  transacted(kOne, "", {"250", "250", "354"})
      .content("", ".\r\n")
      .eof(gone("DATA-last", "@0 unknown connection connection-lost"))
      .check();
  // The oldest command of a group that has had no reply.
  transacted(kOne, "PIPELINING", {}).eof(gone("MAIL")).check();
  transacted(kOne, "PIPELINING", {"250"}).eof(gone("RCPT")).check();
  transacted(kOne, "PIPELINING", {"250", "250"}).eof(gone("DATA")).check();
}

TEST(DecidedBy, WhatTheLossOfTheConnectionCutShortOfChunks) {
  const auto chunked = [] {
    return transacted(kOne, "PIPELINING\nCHUNKING", {"250", "250"}, EHLO_CLIENT_FLAG_CHUNKING);
  };
  chunked().eof(gone("BDAT")).check();
  chunked().chunk("a", false, "BDAT 1\r\na").eof(gone("BDAT")).check();
  chunked().chunk("a", false, "BDAT 1\r\na").server("250 x\r\n").unchecked().eof(gone("BDAT")).check();
  chunked()
      .chunk("a", true, "BDAT 1 LAST\r\na")
      .eof(gone("BDAT-last", "@0 unknown connection connection-lost"))
      .check();
}

// Shown in pieces of `stride` octets, with no output taken in between: what decided the outcome.
std::string decider_of(std::string_view lines, std::uint32_t flags, std::string_view said, std::string_view then,
                       std::size_t stride) {
  ClientLink link(client_options(flags));
  greet(link, lines);
  EXPECT_EQ(link->transact(*kOne), EHLO_OK);
  link.pump();
  while (!said.empty()) {
    link.feed(said.substr(0, said.find('\n') + 1));
    said.remove_prefix(said.find('\n') + 1);
  }
  std::string shown, decider;
  for (std::size_t at = 0; at < then.size() || (link->wants() & EHLO_WANT_EVENTS) != 0; at += stride) {
    if (at < then.size()) shown += then.substr(at, stride);
    ehlo::ClientEvent events[64];
    ehlo::ClientBatch batch{events, sizeof(ehlo_client_event), 64, 0, EHLO_OK};
    shown.erase(0, link->receive(bytes_of(shown), batch));
    for (std::uint32_t i = 0; i < batch.event_count; ++i)
      if (events[i].type == EHLO_CLIENT_EVENT_OUTCOME) decider += ehlo::verb_name(events[i].verb);
  }
  return decider;
}

// Whether or not the next command is in the output already, which depends on how the input was cut.
TEST(DecidedBy, WhatIsNextWhereAGoodbyeComesWithAReply) {
  const struct {
    std::string_view lines;
    std::uint32_t flags;
    std::string_view said, decider;
  } rows[] = {{"", 0, "", "RCPT"},
              {"", 0, "250 ok\r\n", "DATA"},
              {"CHUNKING", EHLO_CLIENT_FLAG_CHUNKING, "250 ok\r\n", "BDAT"}};
  for (const auto& row : rows)
    for (const std::size_t stride : {64u, 8u, 1u})
      EXPECT_EQ(decider_of(row.lines, row.flags, row.said, "250 ok\r\n421 bye\r\n", stride), row.decider)
          << "in pieces of " << stride;
}

TEST(DecidedBy, MailOfATransactionThatNothingWasSentOf) {
  Dialogue waiting = transacted(kOne, "", {"250", "250", "354"});
  waiting.content("", ".\r\n").transact(kOne, "");
  Dialogue goodbye = waiting;
  waiting.eof({"outcome DATA-last #1 @0 unknown connection connection-lost", "done #1",
               "outcome MAIL #2 @0 retry connection connection-lost", "done #2", "error connection-lost"});
  waiting.check();
}

TEST(DecidedBy, NothingWhereNoCommandOfTheProgramWasUnderWay) {
  Dialogue dialogue = with_deciders(opened());
  dialogue.call([](ClientLink& link) { return link->mail({}, nullptr, 0); }).unchecked();
  dialogue.server("250 x\r\n").unchecked();
  dialogue.call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }).unchecked();
  dialogue.server("250 x\r\n").unchecked();
  dialogue.eof(gone("?")).check();
}

// A goodbye answers the command that it came to, and the others are cut short.
TEST(DecidedBy, TheCommandThatAGoodbyeAnswered) {
  transacted(kTwo, "PIPELINING", {"250"})
      .server("421 bye\r\n", {"reply RCPT 421 #1 @0", "outcome RCPT 421 #1 @0 retry connection",
                              "outcome RCPT 421 #1 @1 retry connection", "done #1", "closed"})
      .check();
  transacted(kOne, "", {"250", "250"})
      .server("421 bye\r\n", {"reply DATA 421 #1", "outcome DATA 421 #1 @0 retry connection", "done #1", "closed"})
      .check();
  transacted(kOne, "", {"250", "250", "354"})
      .server("421 bye\r\n", {"outcome DATA-last 421 #1 @0 retry connection", "done #1", "closed"})
      .check();
}

// A reply that the command cannot have is an error under its command.
TEST(DecidedBy, TheCommandOfAReplyThatItCannotHave) {
  transacted(kOne, "PIPELINING", {"250"})
      .server("354 x\r\n", {"outcome RCPT #1 @0 retry connection unexpected-code", "done #1", "error unexpected-code"})
      .check();
}

}  // namespace
