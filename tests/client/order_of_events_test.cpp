// Transactions end in the order in which they began, wherever the session keeps them.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;

const TestEnvelope kOne("a@c.test");
constexpr std::string_view kMail = "MAIL FROM:<a@c.test>\r\n", kRcpt = "RCPT TO:<b@mx.test>\r\n";
const std::string kGroup = "RSET\r\n" + std::string(kMail) + std::string(kRcpt) + "DATA\r\n";

// Each submission leaves after the content of the one before, so that two are open at a time. The content of #`count`
// is out, and #`count` + 1 after it.
Dialogue two_open(int count) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(kOne).unchecked();
  for (int i = 1; i <= count; ++i) {
    dialogue.server("250 ok\r\n250 ok\r\n354 go\r\n").unchecked();
    dialogue.content("hi\r\n", "hi\r\n.\r\n").transact(kOne, kGroup);
    if (i != count) dialogue.server("250 done\r\n250 reset\r\n").unchecked();
  }
  return dialogue;
}
std::string number(int transaction) { return "#" + std::to_string(transaction); }

TEST(OrderOfEvents, AtTheEndIsThatOfTheTransactions) {
  for (int count = 1; count <= 4; ++count) {
    const std::string older = number(count), younger = number(count + 1);
    const auto lost = [&](const std::string& error) {
      return Lines{"outcome " + older + " @0 unknown connection " + error, "done " + older,
                   "outcome " + younger + " @0 retry connection " + error, "done " + younger, "error " + error};
    };
    two_open(count).eof(lost("connection-lost")).wants("close").check();
    two_open(count).timed_out(lost("timeout")).wants("close").check();
    two_open(count).abort(lost("shutdown")).wants("close").check();
    two_open(count).server("hello\r\n").unchecked().wants("close").check();
    two_open(count)
        .server("421 bye\r\n",
                {"result DATA 421 " + older, "outcome 421 " + older + " @0 retry connection", "done " + older,
                 "outcome 421 " + younger + " @0 retry connection", "done " + younger, "closed"})
        .check();
  }
}

// The same where nobody is left who could have an outcome.
TEST(OrderOfEvents, OfDoneAloneIsThatOfTheTransactionsToo) {
  const auto mail = [](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); };
  const auto rset = [](ClientLink& link) { return link->reset(); };
  for (int count = 1; count <= 4; ++count) {
    Dialogue dialogue = opened("PIPELINING");
    dialogue.call(mail, kMail);
    for (int i = 1; i <= count; ++i) {
      dialogue.call(rset, "RSET\r\n").call(mail, kMail);
      if (i == count) break;
      const Lines events{"reply MAIL 250 " + number(i), "reply RSET 250", "done " + number(i)};
      dialogue.server("250 ok\r\n250 ok\r\n", events);
    }
    dialogue.eof({"done " + number(count), "done " + number(count + 1), "error connection-lost"}).check();
  }
}

TEST(OrderOfEvents, OfATransactionWithoutRecipientsIsBehindTheOlderOne) {
  const auto mail = [](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); };
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call(mail, kMail)
      .call([](ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }, kRcpt);
  dialogue.call([](ClientLink& link) { return link->reset(); }, "RSET\r\n").call(mail, kMail);
  dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"});
  Dialogue goodbye = dialogue;
  goodbye.server("421 bye\r\n",
                 {"reply RSET 421", "outcome 421 #1 @0 retry connection", "done #1", "done #2", "closed"});
  goodbye.check();
  dialogue.eof({"outcome #1 @0 retry connection connection-lost", "done #1", "done #2", "error connection-lost"});
  dialogue.check();
}

}  // namespace
