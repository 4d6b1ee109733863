// The order of commands (RFC 5321 4.1.4), as a table and seen from outside.
#include "server/state.h"

#include "support/scenario.h"

namespace {

using namespace support;
using ehlo::Input;
using ehlo::State;

TEST(StateTable, EndsInAnyState) {
  for (std::size_t state = 0; state < ehlo::kStates; ++state)
    EXPECT_EQ(ehlo::next_state(static_cast<State>(state), Input::end), State::closing) << state;
}

TEST(StateTable, ForgetsTheEnvelopeOnHelloResetAndTheEndOfTheMessage) {
  for (const State from : {State::mail_open, State::has_recipient, State::between_chunks}) {
    EXPECT_EQ(ehlo::next_state(from, Input::hello), State::ready);
    EXPECT_EQ(ehlo::next_state(from, Input::reset), State::ready);
  }
  EXPECT_EQ(ehlo::next_state(State::receiving_content, Input::message_done), State::ready);
  EXPECT_EQ(ehlo::next_state(State::receiving_chunk, Input::message_done), State::ready);
}

TEST(StateTable, LeadsToContentOnlyFromAnAcceptedRecipient) {
  for (std::size_t i = 0; i < ehlo::kStates; ++i) {
    const auto from = static_cast<State>(i);
    EXPECT_EQ(ehlo::is_legal(from, Input::data), from == State::has_recipient) << i;
    EXPECT_EQ(ehlo::is_legal(from, Input::chunk), from == State::has_recipient || from == State::between_chunks) << i;
    EXPECT_EQ(ehlo::is_legal(from, Input::mail), from == State::ready) << i;
    EXPECT_EQ(ehlo::is_legal(from, Input::rcpt), from == State::mail_open || from == State::has_recipient) << i;
  }
}

TEST(StateTable, AllowsStarttlsAndAuthOutsideOfATransactionOnly) {
  for (std::size_t i = 0; i < ehlo::kStates; ++i) {
    const auto from = static_cast<State>(i);
    EXPECT_EQ(ehlo::is_legal(from, Input::starttls), from == State::greeted || from == State::ready) << i;
    EXPECT_EQ(ehlo::is_legal(from, Input::auth), from == State::ready) << i;
  }
}

TEST(StateTable, LeavesTheTransactionAloneOnACommandWithin) {
  for (std::size_t i = 0; i < ehlo::kStates; ++i) {
    const auto from = static_cast<State>(i);
    for (const Input on : {Input::any_time, Input::in_transaction, Input::between_transactions})
      EXPECT_TRUE(!ehlo::is_legal(from, on) || ehlo::next_state(from, on) == from) << i;
    EXPECT_EQ(ehlo::is_legal(from, Input::between_transactions), from == State::ready) << i;
    EXPECT_EQ(ehlo::is_legal(from, Input::in_transaction),
              ehlo::is_legal(from, Input::any_time) && from != State::greeted)
        << i;
  }
}

TEST(StateTable, AllowsNothingWhileTlsIsPendingButItsOutcome) {
  for (std::size_t on = 0; on < ehlo::kInputs; ++on) {
    const auto input = static_cast<Input>(on);
    EXPECT_EQ(ehlo::is_legal(State::tls_pending, input), input == Input::tls_started || input == Input::end) << on;
  }
}

// Which code each command gets in each state: rows are commands, columns are what was sent before.
TEST(ServerOrder, GivesEachCommandItsCodeInEachState) {
  const std::string preludes[] = {"", "EHLO c.test\r\n", "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n",
                                  "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\n",
                                  "EHLO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nBDAT 1\r\nx"};
  const struct {
    std::string_view octets;
    const char* codes[5];
  } rows[] = {
      {"EHLO c.test\r\n", {"250", "250", "250", "250", "250"}},
      {"HELO c.test\r\n", {"250", "250", "250", "250", "250"}},
      {"LHLO c.test\r\n", {"500", "500", "500", "500", "500"}},
      {"MAIL FROM:<x@c.test>\r\n", {"503", "250", "503", "503", "503"}},
      {"RCPT TO:<x@mx.test>\r\n", {"503", "503", "250", "250", "503"}},
      {"DATA\r\n", {"503", "503", "503", "354", "503"}},
      {"BDAT 1 LAST\r\nx", {"503", "503", "503", "250", "250"}},
      {"BDAT 1\r\nx", {"503", "503", "503", "250", "250"}},
      {"RSET\r\n", {"250", "250", "250", "250", "250"}},
      {"NOOP\r\n", {"250", "250", "250", "250", "250"}},
      {"VRFY bob\r\n", {"252", "252", "252", "252", "252"}},
      {"HELP\r\n", {"214", "214", "214", "214", "214"}},
      {"QUIT\r\n", {"221", "221", "221", "221", "221"}},
      {"STARTTLS\r\n", {"220", "220", "503", "503", "503"}},
      {"AUTH PLAIN AA==\r\n", {"503", "535", "503", "503", "503"}},
      {"XYZZY\r\n", {"500", "500", "500", "500", "500"}},
  };
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < 5; ++column) {
      Scenario s;
      s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS) | EHLO_EXT_BIT(EHLO_EXT_AUTH);
      s.options.mechanisms = "PLAIN";
      s.answer("auth? PLAIN", 535, "5.7.8", "no").prelude(preludes[column]).send(row.octets);
      EXPECT_EQ(s.run(0, 0, {}).wire.substr(0, 3), row.codes[column]) << row.octets << " after " << preludes[column];
    }
  }
}

TEST(ServerOrder, TakesOneMessage) {
  Scenario s = after_ehlo();
  s.send("MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n").send("hi\r\n.\r\n").send("QUIT\r\n");
  const Outcome outcome = check(s, {"mail? <a@c.test>", "rcpt? 0 <b@mx.test>", "data", "message? 4", "quit", "close"},
                                {kMailOk, kRcptOk, kGoAhead, kMessageOk, kBye}, {"hi\r\n"});
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
  EXPECT_EQ(outcome.protocol, "ESMTP");
}

TEST(ServerOrder, TakesAMessageAfterHelo) {
  Scenario s = after_greeting();
  s.send("HELO c.test\r\nMAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n.\r\n");
  const Outcome outcome =
      check(s, {"hello HELO c.test", "mail? <a@c.test>", "rcpt? 0 <b@mx.test>", "data", "message? 0"},
            {"250 mx.test", kMailOk, kRcptOk, kGoAhead, kMessageOk}, {""});
  EXPECT_EQ(outcome.protocol, "SMTP");
}

TEST(ServerOrder, RejectsMailBeforeHello) {
  Scenario s = after_greeting();
  s.send("MAIL FROM:<a@c.test>\r\n");
  check(s, {"rejected bad-sequence 503 @0 'MAIL FROM:<a@c.test>'"}, {kBadSequence});
}

TEST(ServerOrder, RejectsDataWithoutRecipient) {
  Scenario s = after_ehlo();
  s.send("MAIL FROM:<a@c.test>\r\nDATA\r\n");
  check(s, {"mail? <a@c.test>", "rejected no-recipients 503 @0 'DATA'"}, {kMailOk, kNoRecipients});
}

TEST(ServerOrder, KeepsTheTransactionThroughANestedMail) {
  Scenario s = after_rcpt();
  s.send("MAIL FROM:<evil@c.test>\r\nDATA\r\n.\r\n");
  check(s, {"rejected bad-sequence 503 @0 'MAIL FROM:<evil@c.test>'", "data", "message? 0"},
        {kBadSequence, kGoAhead, kMessageOk}, {""});
}

TEST(ServerOrder, ForgetsTheEnvelopeAfterTheMessageWhateverItsReply) {
  for (const std::uint32_t code : {250u, 451u, 554u}) {
    Scenario s = after_rcpt();
    const std::string klass = code == 250 ? "2" : code == 451 ? "4" : "5";
    s.answer("message?", code, "", "decided").send("DATA\r\nx\r\n.\r\nRCPT TO:<c@mx.test>\r\nDATA\r\n");
    check(s,
          {"data", "message? 3", "rejected bad-sequence 503 @0 'RCPT TO:<c@mx.test>'",
           "rejected bad-sequence 503 @0 'DATA'"},
          {kGoAhead, std::to_string(code) + " " + klass + ".0.0 decided", kBadSequence, kBadSequence}, {"x\r\n"});
  }
}

TEST(ServerOrder, ReportsTheAbortedTransaction) {
  Scenario s = after_rcpt();
  s.send("RSET\r\nRSET\r\n");
  check(s, {"rset", "abort", "rset"}, {kResetOk, kResetOk});
}

TEST(ServerOrder, AbortsTheTransactionOnEhlo) {
  Scenario s = after_rcpt();
  s.options.extensions = 0;
  s.send("EHLO again.test\r\nDATA\r\n");
  check(s, {"hello EHLO again.test", "abort", "rejected bad-sequence 503 @0 'DATA'"},
        {"250 mx.test", "503 Bad sequence of commands"});
}

TEST(ServerOrder, CountsRecipientsFromZeroInEachTransaction) {
  Scenario s = after_rcpt();
  s.send("RCPT TO:<c@mx.test>\r\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\n");
  check(s, {"rcpt? 1 <c@mx.test>", "rset", "abort", "mail? <>", "rcpt? 0 <Postmaster>"},
        {kRcptOk, kResetOk, kMailOk, kRcptOk});
}

TEST(ServerOrder, IgnoresOctetsBehindQuit) {
  Scenario s = after_rcpt();
  s.send("QUIT\r\nDATA\r\nNOOP\r\n");
  const Outcome outcome = check(s, {"quit", "abort", "close"}, {kBye});
  EXPECT_EQ(outcome.wants, EHLO_WANT_CLOSE);
}

TEST(ServerOrder, TakesVerbsInAnyCaseAndTrailingSpace) {
  Scenario s = after_ehlo();
  s.send("mAiL fRoM:<a@c.test> \r\nrcpt to:<b@mx.test>\t\r\nrSeT \t\r\n");
  check(s, {"mail? <a@c.test>", "rcpt? 0 <b@mx.test>", "rset", "abort"}, {kMailOk, kRcptOk, kResetOk});
}

}  // namespace
