// RSET that is refused (RFC 5321 4.1.1.5 knows no refusal): a submission ends there, a program may try again, and
// nothing goes on as if the server had forgotten what was before.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

const TestEnvelope kOne("a@c.test");
constexpr std::string_view kMail = "MAIL FROM:<a@c.test>\r\n", kRcpt = "RCPT TO:<b@mx.test>\r\n";
const std::string kGroup = std::string(kMail) + std::string(kRcpt) + "DATA\r\n";

Error mail(ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); }
Error rcpt(ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }
Error data(ClientLink& link) { return link->data(); }
Error rset(ClientLink& link) { return link->reset(); }
Error quit(ClientLink& link) { return link->quit(); }

// After the result of the first submission.
Dialogue behind_result(std::string_view lines, std::string_view result) {
  Dialogue dialogue = opened(lines);
  dialogue.transact(kOne).unchecked();
  for (const char* reply : {"250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) dialogue.server(reply).unchecked();
  dialogue.content("hi\r\n", "hi\r\n.\r\n");
  dialogue.server(result).unchecked();
  return dialogue.wants("input command");
}

TEST(RefusedReset, EndsTheSubmissionThatItWasSentFor) {
  for (const std::string_view lines : {"", "PIPELINING"}) {
    const bool group = !lines.empty();
    Dialogue dialogue = behind_result(lines, "550 no\r\n");
    dialogue.transact(kOne, group ? "RSET\r\n" + kGroup : "RSET\r\n");
    dialogue.server("500 what\r\n", {"reply RSET 500", "outcome #2 @0 retry connection unexpected-code", "done #2",
                                     "error unexpected-code"});
    dialogue.wants("close").outstanding(0).check();
  }
}

// 421 is no refusal of RSET alone.
TEST(RefusedReset, MayBeTheGoodbye) {
  for (const std::string_view lines : {"", "PIPELINING"}) {
    Dialogue dialogue = behind_result(lines, "550 no\r\n");
    dialogue.transact(kOne).unchecked();
    dialogue.server("421 4.3.2 bye\r\n",
                    {"reply RSET 421 4.3.2", "outcome 421 4.3.2 #2 @0 retry connection", "done #2", "closed"});
    dialogue.wants("close").check();
  }
  Dialogue single = opened("PIPELINING");
  single.call(mail, kMail).call(rcpt, kRcpt).call(rset, "RSET\r\n").call(mail, kMail).call(rcpt, kRcpt);
  single.server("250 ok\r\n250 ok\r\n421 bye\r\n",
                {"reply MAIL 250 #1", "reply RCPT 250 #1 @0", "reply RSET 421", "outcome 421 #1 @0 retry connection",
                 "done #1", "outcome 421 #2 @0 retry connection", "done #2", "closed"});
  single.wants("close").check();
}

// "After another one it must be tried again before mail": a submission does that by itself.
TEST(RefusedReset, IsTriedAgainByTheNextSubmission) {
  for (const std::string_view lines : {"", "PIPELINING"}) {
    const bool group = !lines.empty();
    Dialogue dialogue = behind_result(lines, "250 ok\r\n");
    dialogue.call(rset, "RSET\r\n").server("500 what\r\n", {"reply RSET 500"}).wants("input command");
    dialogue.refuse(EHLO_E_STATE, mail).transact(kOne, group ? "RSET\r\n" + kGroup : "RSET\r\n").wants("input");
    Dialogue again = dialogue;
    dialogue.server("250 ok\r\n", {"reply RSET 250"}, group ? "" : kMail);
    dialogue.server("250 ok\r\n", {"reply MAIL 250 #2"}, group ? "" : kRcpt);
    dialogue.server("250 ok\r\n", {"reply RCPT 250 #2 @0"}, group ? "" : "DATA\r\n").check();
    again.server("500 what\r\n", {"reply RSET 500", "outcome #2 @0 retry connection unexpected-code", "done #2",
                                  "error unexpected-code"});
    again.wants("close").check();
  }
}

TEST(RefusedReset, IsMadeGoodByTheOneBehindIt) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call(rset, "RSET\r\n").call(rset, "RSET\r\n");
  dialogue.server("500 what\r\n250 ok\r\n", {"reply RSET 500", "reply RSET 250"}).wants("input command");
  dialogue.call(mail, kMail).check();
}

// The server that ignored RSET would take the second transaction into the first: its recipients would get the message
// of the other.
TEST(RefusedReset, LetsNoMailBehindItGoOn) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call(mail, kMail).call(rcpt, kRcpt).call(rset, "RSET\r\n");
  dialogue.call(mail, kMail).call(rcpt, kRcpt).call(data, "DATA\r\n");
  dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"});
  dialogue.server("500 what\r\n250 nested\r\n250 ok\r\n354 go\r\n",
                  {"reply RSET 500", "outcome #1 @0 retry connection unexpected-code", "done #1",
                   "outcome #2 @0 retry connection unexpected-code", "done #2", "error unexpected-code"});
  dialogue.wants("close").check();
  // MAIL alone is enough.
  Dialogue early = opened("PIPELINING");
  early.call(rset, "RSET\r\n").call(mail, kMail);
  early.server("500 what\r\n250 ok\r\n", {"reply RSET 500", "done #1", "error unexpected-code"}).wants("close").check();
}

// After QUIT nothing can be mistaken any more.
TEST(RefusedReset, DoesNotDisturbTheQuitBehindIt) {
  Dialogue idle = opened("PIPELINING");
  idle.call(rset, "RSET\r\n").call(quit, "QUIT\r\n");
  idle.server("500 what\r\n221 bye\r\n", {"reply RSET 500", "reply QUIT 221", "closed"}).wants("close").check();
  Dialogue open = opened("PIPELINING");
  open.call(mail, kMail).call(rcpt, kRcpt).call(rset, "RSET\r\n").call(quit, "QUIT\r\n");
  open.server("250 ok\r\n250 ok\r\n500 what\r\n221 bye\r\n",
              {"reply MAIL 250 #1", "reply RCPT 250 #1 @0", "reply RSET 500", "outcome #1 @0 retry message shutdown",
               "done #1", "reply QUIT 221", "closed"});
  open.wants("close").check();
}

// Mail and rcpt are in, and RSET leaves after the last chunk before its result is known.
Dialogue reset_behind_last_chunk() {
  Dialogue dialogue = opened("PIPELINING\nCHUNKING");
  dialogue.call(mail, kMail).call(rcpt, kRcpt);
  dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"});
  dialogue.call([](ClientLink& link) { return support::bdat(link, 5, true); }, "BDAT 5 LAST\r\n")
      .call(rset, "RSET\r\n");
  dialogue.server("552 no\r\n", {"result BDAT 552 #1", "outcome 552 #1 @0 failed message"}).wants("input");
  return dialogue;
}

TEST(Reset, BehindTheLastChunkClearsARefusedOne) {
  Dialogue single = reset_behind_last_chunk();
  single.server("250 ok\r\n", {"reply RSET 250", "done #1"}).wants("input command");
  single.call(mail, kMail).check();
  Dialogue submission = reset_behind_last_chunk();
  submission.server("250 ok\r\n", {"reply RSET 250", "done #1"}).transact(kOne, kGroup).check();
  Dialogue refused = reset_behind_last_chunk();
  refused.server("500 what\r\n", {"reply RSET 500", "done #1"}).wants("input command");
  refused.refuse(EHLO_E_STATE, mail).call(rset, "RSET\r\n").check();
}

}  // namespace
