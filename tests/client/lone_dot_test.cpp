// The dot that ends a DATA which was taken for nobody (RFC 2920 3.1), and what comes after it.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

const TestEnvelope kOne("a@c.test"), kNext("d@c.test", {"e@mx.test"});
constexpr std::string_view kMail = "MAIL FROM:<a@c.test>\r\n", kRcpt = "RCPT TO:<b@mx.test>\r\n";
constexpr std::string_view kNextGroup = "RSET\r\nMAIL FROM:<d@c.test>\r\nRCPT TO:<e@mx.test>\r\nDATA\r\n";

// The dot is out, its reply not in.
Dialogue behind_dot() {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  dialogue.server(
      "250 ok\r\n550 no\r\n354 go\r\n",
      {"reply MAIL 250 #1", "reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient", "go-ahead DATA 354 #1"},
      ".\r\n");
  return dialogue;
}

// Some servers keep the envelope of a message that they refused at its end.
TEST(LoneDot, IsFollowedByRsetBeforeTheNextSubmission) {
  Dialogue dialogue = behind_dot();
  dialogue.transact(kNext, kNextGroup).outstanding(5).wants("input");
  dialogue.server("554 no valid recipients\r\n", {"result DATA 554 #1"});
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #1"});
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n",
                  {"reply MAIL 250 #2", "reply RCPT 250 #2 @0", "go-ahead DATA 354 #2"});
  dialogue.content("x\r\n", "x\r\n.\r\n");
  dialogue.server("250 ok\r\n", {"result DATA 250 #2", "outcome 250 #2 @0 accepted message", "done #2"});
  dialogue.wants("input command").check();
}

TEST(LoneDot, ThatWasRefusedIsFollowedByRsetLaterToo) {
  Dialogue refused = behind_dot();
  refused.server("554 nobody\r\n", {"result DATA 554 #1", "done #1"}).wants("input command");
  refused.transact(kNext, kNextGroup).check();
  Dialogue taken = behind_dot();
  taken.server("250 ok\r\n", {"result DATA 250 #1", "done #1"}).wants("input command");
  taken.transact(kNext, kNextGroup.substr(6)).check();
}

// The reply to it settles nobody of the message after it.
TEST(LoneDot, IsNotTheNextSubmissionsRefusal) {
  Dialogue dialogue = behind_dot();
  dialogue.transact(kNext, kNextGroup);
  dialogue.server("554 no\r\n250 ok\r\n", {"result DATA 554 #1", "reply RSET 250", "done #1"});
  dialogue.eof({"outcome #2 @0 retry connection connection-lost", "done #2", "error connection-lost"}).check();
}

// RFC 2033 4.2: how many replies a dot for nobody would bring is not known, so none is sent, whoever asks.
TEST(LoneDot, IsNeverSentInLmtp) {
  Dialogue dialogue = opened_lmtp("PIPELINING");
  dialogue.call([](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); }, kMail);
  dialogue.call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }, kRcpt);
  dialogue.call([](ClientLink& link) { return link->data(); }, "DATA\r\n");
  dialogue.server("250 ok\r\n550 no\r\n354 go\r\n",
                  {"reply MAIL 250 #1", "reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient", "done #1",
                   "error unexpected-code"});
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->abort_data(); }).wants("close").check();
  Dialogue submission = opened_lmtp("PIPELINING");
  submission.transact(kOne).unchecked();
  submission.server("250 ok\r\n550 no\r\n354 go\r\n554 nobody\r\n").unchecked();
  submission.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->transact(*kNext); }).wants("close").check();
}

}  // namespace
