// Exactly one outcome for each recipient, whatever happens at whatever stage (RFC 1047, RFC 5321 3.8, 4.2.1, 6.1).
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

const TestEnvelope kTwo("a@c.test", {"b@mx.test", "c@mx.test"});

enum Stage { kMailSent, kOneRcptSent, kBothRcptSent, kDataSent, kContent, kWithinContent, kResult, kStages };
constexpr std::string_view kStageNames[] = {"MAIL",    "RCPT",           "second RCPT", "DATA",
                                            "content", "within content", "result"};

// Without PIPELINING, at the stage where this is awaited, or where content is to be given. Both recipients are
// accepted.
Dialogue at(Stage stage) {
  Dialogue dialogue = opened();
  dialogue.transact(kTwo).unchecked();
  for (int i = 0; i < stage && i < kContent; ++i)
    dialogue.server(i == kDataSent ? "354 go\r\n" : "250 ok\r\n").unchecked();
  if (stage == kWithinContent)
    dialogue.call([](ClientLink& link) { return link.content("half\r\n", false); }, "half\r\n");
  if (stage == kResult) dialogue.content("hi\r\n", "hi\r\n.\r\n");
  return dialogue;
}

Lines lost(std::string_view verdict, std::string_view error) {
  const std::string tail = std::string(verdict) + " connection " + std::string(error);
  return {"outcome #1 @0 " + tail, "outcome #1 @1 " + tail, "done #1", "error " + std::string(error)};
}

// What is awaited as the first event of a reply says it.
std::string reply_event(Stage stage, std::string_view code) {
  const std::string text(code);
  switch (stage) {
    case kMailSent: return "reply MAIL " + text + " #1";
    case kOneRcptSent: return "reply RCPT " + text + " #1 @0";
    case kBothRcptSent: return "reply RCPT " + text + " #1 @1";
    case kDataSent: return "reply DATA " + text + " #1";
    default: return "result DATA " + text + " #1";
  }
}

TEST(Outcome, IsUnknownOnlyOnceTheEndOfTheContentWasGiven) {
  for (int stage = 0; stage < kStages; ++stage) {
    SCOPED_TRACE(kStageNames[stage]);
    const std::string_view verdict = stage == kResult ? "unknown" : "retry";
    at(Stage(stage)).eof(lost(verdict, "connection-lost")).wants("close").check();
    at(Stage(stage)).timed_out(lost(verdict, "timeout")).wants("close").check();
    at(Stage(stage)).abort(lost(verdict, "shutdown")).wants("close").check();
  }
}

TEST(Outcome, OfAProtocolErrorIsThatOfALostConnection) {
  const struct {
    std::string_view octets;
    std::string error;
    std::string at;
  } rows[] = {{"250 a\n", "bare-lf", " at 5"},
              {"hello\r\n", "malformed-reply", ""},
              {"250-a\r\n550 b\r\n", "code-mismatch", " at 9"}};
  for (int stage = 0; stage < kStages; ++stage) {
    SCOPED_TRACE(kStageNames[stage]);
    for (const auto& row : rows) {
      Lines events = lost(stage == kResult ? "unknown" : "retry", row.error);
      events.back() += row.at;
      Dialogue dialogue = at(Stage(stage));
      dialogue.server(row.octets, events).wants("close").check();
    }
  }
}

// A reply that the command cannot have.
TEST(Outcome, OfAWrongCodeIsThatOfALostConnection) {
  for (const int stage : {kMailSent, kOneRcptSent, kBothRcptSent, kDataSent, kResult}) {
    SCOPED_TRACE(kStageNames[stage]);
    Dialogue dialogue = at(Stage(stage));
    dialogue.server(stage == kDataSent ? "250 ok\r\n" : "354 go\r\n",
                    lost(stage == kResult ? "unknown" : "retry", "unexpected-code"));
    dialogue.wants("close").check();
  }
}

// RFC 5321 3.8: the server may say it at any time; of the message nothing was taken.
TEST(Outcome, OfAGoodbyeIsToTryAgainElsewhere) {
  for (const int stage : {kMailSent, kOneRcptSent, kBothRcptSent, kDataSent, kResult}) {
    SCOPED_TRACE(kStageNames[stage]);
    Dialogue dialogue = at(Stage(stage));
    dialogue.server("421 4.3.2 bye\r\n",
                    {reply_event(Stage(stage), "421 4.3.2"), "outcome 421 4.3.2 #1 @0 retry connection",
                     "outcome 421 4.3.2 #1 @1 retry connection", "done #1", "closed"});
    if (stage == kBothRcptSent) {
      // The recipient whose RCPT was answered is reported first.
      dialogue = at(Stage(stage));
      dialogue.server("421 4.3.2 bye\r\n",
                      {reply_event(Stage(stage), "421 4.3.2"), "outcome 421 4.3.2 #1 @1 retry connection",
                       "outcome 421 4.3.2 #1 @0 retry connection", "done #1", "closed"});
    }
    dialogue.wants("close").check();
  }
  for (const int stage : {kContent, kWithinContent}) {
    SCOPED_TRACE(kStageNames[stage]);
    Dialogue dialogue = at(Stage(stage));
    dialogue.server("421 bye\r\n",
                    {"outcome 421 #1 @0 retry connection", "outcome 421 #1 @1 retry connection", "done #1", "closed"});
    dialogue.wants("close").check();
  }
}

TEST(Outcome, OfARefusalHasItsCodeItsScopeAndAVerdictByItsFirstDigit) {
  for (const std::string code : {"450", "550", "499", "599", "521"}) {
    const std::string verdict = code[0] == '4' ? " retry " : " failed ";
    const std::string one = "outcome " + code + " " + code[0] + ".1.2 #1 @", message = verdict + "message";
    const std::string reply = code + " " + code[0] + ".1.2 no\r\n", shown = code + " " + code[0] + ".1.2";
    at(kMailSent)
        .server(reply, {reply_event(kMailSent, shown), one + "0" + message, one + "1" + message, "done #1"})
        .check();
    at(kOneRcptSent)
        .server(reply, {reply_event(kOneRcptSent, shown), one + "0" + verdict + "recipient"}, "RCPT TO:<c@mx.test>\r\n")
        .check();
    at(kBothRcptSent)
        .server(reply, {reply_event(kBothRcptSent, shown), one + "1" + verdict + "recipient"}, "DATA\r\n")
        .check();
    at(kDataSent)
        .server(reply, {reply_event(kDataSent, shown), one + "0" + message, one + "1" + message}, "RSET\r\n")
        .server("250 ok\r\n", {"reply RSET 250", "done #1"})
        .check();
    at(kResult)
        .server(reply, {reply_event(kResult, shown), one + "0" + message, one + "1" + message, "done #1"})
        .wants("input command")
        .check();
  }
}

// RFC 5321 4.5.3.1.10: 552 to RCPT is to be treated as 452.
TEST(Outcome, OfFiveFiftyTwoToRcptIsToTryAgain) {
  at(kOneRcptSent)
      .server("552 too many\r\n", {"reply RCPT 552 #1 @0", "outcome 552 #1 @0 retry recipient"},
              "RCPT TO:<c@mx.test>\r\n")
      .check();
  // Elsewhere it is final: the message is too large.
  at(kMailSent)
      .server("552 too large\r\n",
              {"reply MAIL 552 #1", "outcome 552 #1 @0 failed message", "outcome 552 #1 @1 failed message", "done #1"})
      .check();
  at(kResult)
      .server("552 too large\r\n",
              {"result DATA 552 #1", "outcome 552 #1 @0 failed message", "outcome 552 #1 @1 failed message", "done #1"})
      .check();
}

// RFC 2034 4: a code of another class, or not on each line, is none.
TEST(Outcome, HasNoEnhancedCodeOfAnotherClass) {
  at(kResult)
      .server("550 4.1.1 x\r\n",
              {"result DATA 550 #1", "outcome 550 #1 @0 failed message", "outcome 550 #1 @1 failed message", "done #1"})
      .check();
  at(kResult)
      .server("550-5.1.1 x\r\n550 5.1.2 x\r\n",
              {"result DATA 550 #1", "outcome 550 #1 @0 failed message", "outcome 550 #1 @1 failed message", "done #1"})
      .check();
}

// A refusal within the content: the message is refused, but from where the server goes on reading nobody knows.
TEST(Outcome, OfAnEarlyRefusalIsThatOfTheReplyAndTheSessionEnds) {
  for (const int stage : {kContent, kWithinContent}) {
    SCOPED_TRACE(kStageNames[stage]);
    at(Stage(stage))
        .server("552 5.3.4 too large\r\n",
                {"outcome 552 5.3.4 #1 @0 failed message", "outcome 552 5.3.4 #1 @1 failed message", "done #1",
                 "error unsolicited-reply"})
        .wants("close")
        .check();
    at(Stage(stage))
        .server("452 4.3.1 full\r\n", {"outcome 452 4.3.1 #1 @0 retry message", "outcome 452 4.3.1 #1 @1 retry message",
                                       "done #1", "error unsolicited-reply"})
        .check();
    // No reply that could have been one to the message: it has not ended.
    at(Stage(stage)).server("250 ok\r\n", lost("retry", "unsolicited-reply")).wants("close").check();
  }
}

TEST(Outcome, OfARecipientThatWasRefusedBeforeIsNotReportedTwice) {
  Dialogue dialogue = opened();
  dialogue.transact(kTwo, "MAIL FROM:<a@c.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}, "RCPT TO:<b@mx.test>\r\n");
  dialogue.server("550 no\r\n", {"reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient"},
                  "RCPT TO:<c@mx.test>\r\n");
  dialogue.eof({"outcome #1 @1 retry connection connection-lost", "done #1", "error connection-lost"}).check();
}

// The end comes where everybody has had an outcome but the reply to RSET is awaited.
TEST(Outcome, IsReportedBeforeRsetAndDoneBehindIt) {
  Dialogue dialogue = at(kDataSent);
  dialogue.server("451 no\r\n",
                  {"reply DATA 451 #1", "outcome 451 #1 @0 retry message", "outcome 451 #1 @1 retry message"},
                  "RSET\r\n");
  dialogue.eof({"done #1", "error connection-lost"}).wants("close").check();
}

TEST(Outcome, IsKeptWhereRsetIsRefused) {
  Dialogue dialogue = at(kDataSent);
  dialogue.server("451 no\r\n").unchecked();
  dialogue.server("554 no\r\n", {"reply RSET 554", "done #1", "error unexpected-code"}).wants("close").check();
}

TEST(Outcome, OfManyRecipientsIsReportedInBatchesOfAnySize) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 30; ++i) recipients.push_back("b" + std::to_string(i) + "@mx.test");
  const TestEnvelope envelope("a@c.test", recipients);
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(envelope).unchecked();
  dialogue.server("250 ok\r\n").unchecked();
  Lines results{"result DATA 450 4.1.0 #1"}, mail{"reply MAIL 550 5.1.8 #1"};
  for (int i = 0; i < 30; ++i) {
    dialogue.server("250 ok\r\n").unchecked();
    results.push_back("outcome 450 4.1.0 #1 @" + std::to_string(i) + " retry message");
    mail.push_back("outcome 550 5.1.8 #1 @" + std::to_string(i) + " failed message");
  }
  results.push_back("done #1");
  dialogue.server("354 go\r\n").unchecked();
  dialogue.content("", ".\r\n").server("450 4.1.0 x\r\n", results).wants("input command").check();
  Dialogue refused = opened();
  mail.push_back("done #1");
  refused.transact(envelope).unchecked();
  refused.server("550 5.1.8 no\r\n", mail).wants("input command").check();
}

TEST(Outcome, IsReportedForPipelinedGroupsToo) {
  // Cut off after each reply of the group: who was refused has the refusal, the rest is to be tried again.
  const std::string replies[] = {"250 ok\r\n", "550 no\r\n", "250 ok\r\n"};
  const Lines events[] = {
      {"reply MAIL 250 #1"}, {"reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient"}, {"reply RCPT 250 #1 @1"}};
  for (int count = 0; count <= 3; ++count) {
    Dialogue dialogue = opened("PIPELINING");
    dialogue.transact(kTwo).unchecked();
    for (int i = 0; i < count; ++i) dialogue.server(replies[i], events[i]);
    Lines rest;
    if (count < 2) rest.push_back("outcome #1 @0 retry connection connection-lost");
    for (const char* event : {"outcome #1 @1 retry connection connection-lost", "done #1", "error connection-lost"})
      rest.push_back(event);
    dialogue.eof(rest).check();
  }
}

}  // namespace
