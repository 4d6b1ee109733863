// LMTP (RFC 2033): LHLO, and a reply for each accepted recipient after the content.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

const TestEnvelope kThree("a@c.test", {"b@mx.test", "c@mx.test", "d@mx.test"});
const TestEnvelope kOne("a@c.test");
constexpr std::string_view kThreeGroup =
    "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test>\r\nRCPT TO:<d@mx.test>\r\nDATA\r\n";

TEST(Lmtp, SaysLhlo) {
  Dialogue dialogue;
  dialogue.options.protocol = 1;
  dialogue.call([](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test LMTP\r\n", {"greeting 220"}, "LHLO c.test\r\n");
  dialogue.server("250-mx.test\r\n250 PIPELINING\r\n", {"reply LHLO 250", "ready PIPELINING"}).check();
}

// RFC 2033 4.1: no HELO, no EHLO.
TEST(Lmtp, HasNoOtherHello) {
  Dialogue dialogue;
  dialogue.options.protocol = 1;
  dialogue.server("220 mx.test LMTP\r\n", {"greeting 220"});
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->hello(EHLO_VERB_HELO); });
  dialogue.call([](ClientLink& link) { return link->open(); }, "LHLO c.test\r\n");
  dialogue.server("500 what\r\n", {"reply LHLO 500", "ready hello-refused"}).wants("input command").check();
  Dialogue smtp;
  smtp.server("220 mx.test\r\n", {"greeting 220"});
  smtp.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->hello(EHLO_VERB_LHLO); }).check();
}

TEST(Lmtp, HasAResultForEachAcceptedRecipient) {
  Dialogue dialogue = opened_lmtp("PIPELINING");
  dialogue.transact(kThree, kThreeGroup);
  dialogue.server("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n",
                  {"reply MAIL 250 #1", "reply RCPT 250 #1 @0", "reply RCPT 550 #1 @1",
                   "outcome 550 #1 @1 failed recipient", "reply RCPT 250 #1 @2", "go-ahead DATA 354 #1"});
  dialogue.content("hi\r\n", "hi\r\n.\r\n").outstanding(2).wants("input");
  dialogue.server("250 2.1.5 b\r\n", {"result DATA 250 2.1.5 #1", "outcome 250 2.1.5 #1 @0 accepted recipient"});
  dialogue.wants("input").outstanding(1);
  dialogue.server("452 4.2.2 full\r\n",
                  {"result DATA 452 4.2.2 #1 @2", "outcome 452 4.2.2 #1 @2 retry recipient", "done #1"});
  dialogue.wants("input command").outstanding(0).check();
}

TEST(Lmtp, TakesAllResultsAtOnceAndAsMultilineReplies) {
  Dialogue dialogue = opened_lmtp("PIPELINING");
  dialogue.transact(kThree, kThreeGroup);
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.content("", ".\r\n");
  dialogue.server("550-5.7.1 a\r\n550 5.7.1 b\r\n250\r\n451 4.0.0 x\r\n",
                  {"result DATA 550 5.7.1 #1", "outcome 550 5.7.1 #1 @0 failed recipient", "result DATA 250 #1 @1",
                   "outcome 250 #1 @1 accepted recipient", "result DATA 451 4.0.0 #1 @2",
                   "outcome 451 4.0.0 #1 @2 retry recipient", "done #1"});
  dialogue.check();
}

TEST(Lmtp, AReplyTooManyEndsTheSession) {
  Dialogue dialogue = opened_lmtp("PIPELINING");
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.content("", ".\r\n");
  dialogue.server("250 b\r\n250 c\r\n",
                  {"result DATA 250 #1", "outcome 250 #1 @0 accepted recipient", "done #1", "error unsolicited-reply"});
  dialogue.wants("close").check();
}

// C19: who had no reply may have the message.
TEST(Lmtp, AReplyTooFewLeavesTheRestUnknown) {
  Dialogue dialogue = opened_lmtp("PIPELINING");
  dialogue.transact(kThree, kThreeGroup);
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
  dialogue.content("", ".\r\n");
  dialogue.server("250 b\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted recipient"});
  dialogue.eof({"outcome #1 @1 unknown connection connection-lost", "outcome #1 @2 unknown connection connection-lost",
                "done #1", "error connection-lost"});
  dialogue.wants("close").check();
}

// RFC 2033 4.2: DATA without an accepted recipient MUST fail with 503, and how many replies follow a dot for nobody is
// not said. Nothing is sent to a server that says 354 all the same.
TEST(Lmtp, EndsWhereDataIsTakenForNobody) {
  Dialogue dialogue = opened_lmtp("PIPELINING");
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n");
  dialogue.server("250 ok\r\n550 no\r\n354 go\r\n",
                  {"reply MAIL 250 #1", "reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient", "done #1",
                   "error unexpected-code"});
  dialogue.wants("close").check();
  Dialogue refused = opened_lmtp("PIPELINING");
  refused.transact(kOne).unchecked();
  refused.server(
      "250 ok\r\n550 no\r\n503 nobody\r\n",
      {"reply MAIL 250 #1", "reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient", "reply DATA 503 #1"},
      "RSET\r\n");
  refused.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command").check();
}

TEST(Lmtp, PipelinesTheNextSubmissionBehindTheDot) {
  Dialogue dialogue = opened_lmtp("PIPELINING");
  dialogue.transact(kThree, kThreeGroup);
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n").unchecked();
  dialogue.content("", ".\r\n")
      .transact(kOne, "RSET\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n")
      .outstanding(6);
  dialogue.server("250 b\r\n250 c\r\n250 ok\r\n250 ok\r\n450 no\r\n554 no\r\n",
                  {"result DATA 250 #1", "outcome 250 #1 @0 accepted recipient", "result DATA 250 #1 @1",
                   "outcome 250 #1 @1 accepted recipient", "done #1", "reply RSET 250", "reply MAIL 250 #2",
                   "reply RCPT 450 #2 @0", "outcome 450 #2 @0 retry recipient", "reply DATA 554 #2"},
                  "RSET\r\n");
  dialogue.server("250 ok\r\n", {"reply RSET 250", "done #2"}).check();
}

TEST(Lmtp, HasAResultForEachAcceptedRecipientOfChunksToo) {
  Dialogue dialogue = opened_lmtp("PIPELINING\nCHUNKING", EHLO_CLIENT_FLAG_CHUNKING);
  dialogue.transact(kThree, kThreeGroup.substr(0, kThreeGroup.size() - 6));
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n550 no\r\n").unchecked();
  dialogue.chunk("ab", false, "BDAT 2\r\nab");
  dialogue.server("250 ok\r\n", {"reply BDAT 250 #1"});
  dialogue.chunk("c", true, "BDAT 1 LAST\r\nc").outstanding(2);
  dialogue.server("250 ok\r\n450 later\r\n", {"result BDAT 250 #1", "outcome 250 #1 @0 accepted recipient",
                                              "result BDAT 450 #1 @1", "outcome 450 #1 @1 retry recipient", "done #1"});
  dialogue.wants("input command").check();
}

TEST(Lmtp, HasAResultForEachAcceptedRecipientOfSingleCommandsToo) {
  Dialogue dialogue = opened_lmtp("");
  dialogue.call([](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); },
                "MAIL FROM:<a@c.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"});
  for (int i = 0; i < 2; ++i) {
    dialogue.call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); },
                  "RCPT TO:<b@mx.test>\r\n");
    dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @" + std::to_string(i)});
  }
  dialogue.call([](ClientLink& link) { return link->data(); }, "DATA\r\n");
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"}).content("x", "x\r\n.\r\n").outstanding(2);
  dialogue.server("250 ok\r\n250 ok\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted recipient",
                                           "result DATA 250 #1 @1", "outcome 250 #1 @1 accepted recipient", "done #1"});
  dialogue.check();
}

// RFC 2033 4.2: a reply is that of one recipient, also where it comes before the end of the content. What the others
// would have got is not known, and nothing has been delivered to them.
TEST(Lmtp, RefusesOneRecipientWithinTheContent) {
  const std::pair<std::string, std::string> rows[] = {{"552", "failed"}, {"452", "retry"}};
  for (const auto& [code, verdict] : rows) {
    Dialogue dialogue = opened_lmtp("PIPELINING");
    dialogue.transact(kThree, kThreeGroup);
    dialogue.server("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n").unchecked();
    dialogue.call([](ClientLink& link) { return link.content("hi\r\n", false); }, "hi\r\n");
    dialogue.server(code + " too big\r\n250 other\r\n",
                    {"outcome " + code + " #1 @0 " + verdict + " recipient",
                     "outcome #1 @2 retry connection unsolicited-reply", "done #1", "error unsolicited-reply"});
    dialogue.wants("close").check();
  }
}

}  // namespace
