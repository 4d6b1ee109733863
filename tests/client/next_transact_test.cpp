// An envelope that is handed over while the result of the one before is awaited: with PIPELINING it leaves after the
// final dot (RFC 2920 3.1), else after its reply.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

const TestEnvelope kFirst("a@c.test", {"b@mx.test", "c@mx.test"});
const TestEnvelope kNext("d@c.test", {"e@mx.test"});
// The result is not known: RSET clears what the server may keep of the message if it refuses it.
constexpr std::string_view kNextGroup = "RSET\r\nMAIL FROM:<d@c.test>\r\nRCPT TO:<e@mx.test>\r\nDATA\r\n";

// The content of the first is out.
Dialogue awaiting_result(std::string_view lines) {
  Dialogue dialogue = opened(lines);
  dialogue.transact(kFirst).unchecked();
  for (const char* reply : {"250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) dialogue.server(reply).unchecked();
  dialogue.content("hi\r\n", "hi\r\n.\r\n").wants("input");
  return dialogue;
}

TEST(NextTransaction, LeavesBehindTheDotWithPipelining) {
  Dialogue dialogue = awaiting_result("PIPELINING");
  dialogue.transact(kNext, kNextGroup).outstanding(5).wants("input");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->transact(*kFirst); });
  dialogue.server("250 queued\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted message",
                                     "outcome 250 #1 @1 accepted message", "done #1"});
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n",
                  {"reply RSET 250", "reply MAIL 250 #2", "reply RCPT 250 #2 @0", "go-ahead DATA 354 #2"});
  dialogue.content("x\r\n", "x\r\n.\r\n");
  dialogue.server("250 queued\r\n", {"result DATA 250 #2", "outcome 250 #2 @0 accepted message", "done #2"});
  dialogue.wants("input command").check();
}

TEST(NextTransaction, WaitsForTheResultWithoutPipelining) {
  Dialogue dialogue = awaiting_result("");
  dialogue.transact(kNext, "").wants("input").outstanding(1);
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->transact(*kFirst); });
  dialogue.server(
      "250 queued\r\n",
      {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "outcome 250 #1 @1 accepted message", "done #1"},
      "MAIL FROM:<d@c.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #2"}, "RCPT TO:<e@mx.test>\r\n").check();
}

// Some servers keep the envelope of a message that they refused at its end.
TEST(NextTransaction, ComesBehindRsetWhereTheMessageWasRefused) {
  const Lines refused{"result DATA 452 #1", "outcome 452 #1 @0 retry message", "outcome 452 #1 @1 retry message",
                      "done #1"};
  Dialogue waiting = awaiting_result("");
  waiting.transact(kNext, "").server("452 later\r\n", refused, "RSET\r\n");
  waiting.server("250 ok\r\n", {"reply RSET 250"}, "MAIL FROM:<d@c.test>\r\n").check();
  // Whenever it comes, and in one group with it where that is allowed.
  Dialogue later = awaiting_result("");
  later.server("452 later\r\n", refused).wants("input command").transact(kNext, "RSET\r\n");
  later.server("250 ok\r\n", {"reply RSET 250"}, "MAIL FROM:<d@c.test>\r\n").check();
  Dialogue group = awaiting_result("PIPELINING");
  group.server("452 later\r\n", refused).wants("input command").transact(kNext, kNextGroup).check();
  // And none after one that was taken.
  Dialogue taken = awaiting_result("PIPELINING");
  taken.server("250 ok\r\n").unchecked();
  taken.transact(kNext, kNextGroup.substr(6)).check();
}

TEST(NextTransaction, IsNotDisturbedByARefusedMessage) {
  Dialogue dialogue = awaiting_result("PIPELINING");
  dialogue.transact(kNext, kNextGroup);
  dialogue.server("554 5.7.1 spam\r\n", {"result DATA 554 5.7.1 #1", "outcome 554 5.7.1 #1 @0 failed message",
                                         "outcome 554 5.7.1 #1 @1 failed message", "done #1"});
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n",
                  {"reply RSET 250", "reply MAIL 250 #2", "reply RCPT 250 #2 @0", "go-ahead DATA 354 #2"});
  dialogue.wants("input body").check();
}

TEST(NextTransaction, TakesItsRepliesInOneReadWithTheResult) {
  Dialogue dialogue = awaiting_result("PIPELINING");
  dialogue.transact(kNext, kNextGroup);
  dialogue.server("250 queued\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n",
                  {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "outcome 250 #1 @1 accepted message",
                   "done #1", "reply RSET 250", "reply MAIL 250 #2", "reply RCPT 550 #2 @0",
                   "outcome 550 #2 @0 failed recipient", "go-ahead DATA 354 #2"},
                  ".\r\n");
  dialogue.server("554 nobody\r\n", {"result DATA 554 #2", "done #2"}).wants("input command").check();
}

// "A server that refuses RSET is EHLO_E_UNEXPECTED_CODE".
TEST(NextTransaction, IsLostWhereRsetIsRefused) {
  for (const std::string_view lines : {"PIPELINING", ""}) {
    Dialogue dialogue = awaiting_result(lines);
    dialogue.transact(kNext).unchecked();
    dialogue.server("452 later\r\n").unchecked();
    dialogue.server("500 what\r\n", {"reply RSET 500", "outcome #2 @0 retry connection unexpected-code", "done #2",
                                     "error unexpected-code"});
    dialogue.wants("close").check();
  }
}

TEST(NextTransaction, IsRefusedWhileContentIsOwed) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kFirst).unchecked();
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->transact(*kNext); });
  dialogue.call([](ClientLink& link) { return link.content("half", false); }, "half");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->transact(*kNext); });
  dialogue.content("", "\r\n.\r\n").transact(kNext, kNextGroup).check();
}

TEST(NextTransaction, IsLostWithTheFirstWhereTheServerSaysGoodbye) {
  Dialogue dialogue = awaiting_result("PIPELINING");
  dialogue.transact(kNext, kNextGroup);
  dialogue.server("421 4.3.2 bye\r\n", {"result DATA 421 4.3.2 #1", "outcome 421 4.3.2 #1 @0 retry connection",
                                        "outcome 421 4.3.2 #1 @1 retry connection", "done #1",
                                        "outcome 421 4.3.2 #2 @0 retry connection", "done #2", "closed"});
  dialogue.wants("close").check();
}

TEST(NextTransaction, IsKnownNotToBeDeliveredWhereTheConnectionIsLost) {
  Dialogue dialogue = awaiting_result("PIPELINING");
  dialogue.transact(kNext, kNextGroup);
  dialogue.eof({"outcome #1 @0 unknown connection connection-lost", "outcome #1 @1 unknown connection connection-lost",
                "done #1", "outcome #2 @0 retry connection connection-lost", "done #2", "error connection-lost"});
  dialogue.wants("close").check();
}

// Accepted, but nothing of it was sent: its recipients have their outcome all the same.
TEST(NextTransaction, HasOutcomesEvenIfNothingOfItWasSent) {
  for (const bool goodbye : {false, true}) {
    Dialogue dialogue = awaiting_result("");
    dialogue.transact(kNext, "");
    if (goodbye)
      dialogue.server("421 bye\r\n",
                      {"result DATA 421 #1", "outcome 421 #1 @0 retry connection", "outcome 421 #1 @1 retry connection",
                       "done #1", "outcome 421 #2 @0 retry connection", "done #2", "closed"});
    else
      dialogue.eof({"outcome #1 @0 unknown connection connection-lost",
                    "outcome #1 @1 unknown connection connection-lost", "done #1",
                    "outcome #2 @0 retry connection connection-lost", "done #2", "error connection-lost"});
    dialogue.wants("close").check();
  }
}

TEST(NextTransaction, MayFollowManyTimes) {
  Dialogue dialogue = awaiting_result("PIPELINING");
  for (int i = 2; i < 6; ++i) {
    const std::string now = std::to_string(i), before = std::to_string(i - 1);
    dialogue.transact(kNext, kNextGroup);
    Lines events{"result DATA 250 #" + before, "outcome 250 #" + before + " @0 accepted message"};
    if (i == 2) events.push_back("outcome 250 #1 @1 accepted message");
    const Lines rest{"done #" + before, "reply RSET 250", "reply MAIL 250 #" + now, "reply RCPT 250 #" + now + " @0",
                     "go-ahead DATA 354 #" + now};
    events.insert(events.end(), rest.begin(), rest.end());
    dialogue.server("250 queued\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", events);
    dialogue.content("x", "x\r\n.\r\n");
  }
  dialogue.check();
}

}  // namespace
