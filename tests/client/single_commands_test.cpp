// Commands one by one: exact lines, what may be sent when, and the outcomes of their recipients.
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

Dialogue::Call mail(std::string_view sender = "a@c.test", std::string_view params = "") {
  return [sender, params](ClientLink& link) {
    const auto list = TestEnvelope::split(params);
    return link->mail(bytes_of(sender), list.data(), list.size());
  };
}
Dialogue::Call rcpt(std::string_view recipient = "b@mx.test", std::string_view params = "") {
  return [recipient, params](ClientLink& link) {
    const auto list = TestEnvelope::split(params);
    return link->rcpt(bytes_of(recipient), list.data(), list.size());
  };
}
Dialogue::Call command(std::string_view verb, std::string_view text = "", std::uint32_t flags = 0) {
  return [=](ClientLink& link) { return link->command(bytes_of(verb), bytes_of(text), flags); };
}
Dialogue::Call bdat(std::size_t octets, bool last) {
  return [=](ClientLink& link) { return support::bdat(link, octets, last); };
}
Error data(ClientLink& link) { return link->data(); }
Error rset(ClientLink& link) { return link->reset(); }
Error quit(ClientLink& link) { return link->quit(); }
Error abort_data(ClientLink& link) { return link->abort_data(); }

constexpr std::string_view kMail = "MAIL FROM:<a@c.test>\r\n", kRcpt = "RCPT TO:<b@mx.test>\r\n";

// With MAIL and a recipient accepted.
Dialogue with_recipient(std::string_view lines = "") {
  Dialogue dialogue = opened(lines);
  dialogue.call(mail(), kMail).server("250 ok\r\n", {"reply MAIL 250 #1"});
  dialogue.call(rcpt(), kRcpt).server("250 ok\r\n", {"reply RCPT 250 #1 @0"});
  return dialogue;
}

TEST(SingleCommands, DeliverAMessage) {
  Dialogue dialogue = with_recipient();
  dialogue.wants("input command").call(data, "DATA\r\n").wants("input");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link.content("x"); });
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"}).wants("input body");
  dialogue.content(".x", "..x\r\n.\r\n").wants("input");
  dialogue.server("250 ok\r\n", {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1"});
  dialogue.wants("input command").call(quit, "QUIT\r\n").wants("input");
  dialogue.server("221 bye\r\n", {"reply QUIT 221", "closed"}).wants("close").check();
}

TEST(SingleCommands, AreRefusedOutOfOrder) {
  Dialogue dialogue = opened("CHUNKING\nPIPELINING");
  for (const Dialogue::Call& call : {rcpt(), Dialogue::Call(data), bdat(1, true), Dialogue::Call(abort_data)})
    dialogue.refuse(EHLO_E_STATE, call);
  dialogue.call(mail(), kMail);
  for (const Dialogue::Call& call : {mail(), Dialogue::Call(data), bdat(1, true), Dialogue::Call(abort_data)})
    dialogue.refuse(EHLO_E_STATE, call);
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"});
  for (const Dialogue::Call& call : {mail(), Dialogue::Call(data), bdat(1, true)}) dialogue.refuse(EHLO_E_STATE, call);
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->starttls(); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->auth(bytes_of("PLAIN"), {}, false); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->open(); });
  dialogue.call(rcpt(), kRcpt).refuse(EHLO_E_STATE, bdat(1, true)).refuse(EHLO_E_STATE, mail());
  dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @0"}).refuse(EHLO_E_STATE, mail());
  dialogue.call(data, "DATA\r\n");
  for (const Dialogue::Call& call : {mail(), rcpt(), Dialogue::Call(data), bdat(1, true), Dialogue::Call(rset),
                                     Dialogue::Call(quit), command("NOOP")})
    dialogue.refuse(EHLO_E_STATE, call);
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"});
  for (const Dialogue::Call& call : {mail(), rcpt(), Dialogue::Call(data), bdat(1, true), Dialogue::Call(rset),
                                     Dialogue::Call(quit), command("NOOP"), Dialogue::Call(abort_data)})
    dialogue.refuse(EHLO_E_STATE, call);
  dialogue.content("x", "x\r\n.\r\n").check();
}

TEST(SingleCommands, WaitForTheirRepliesWithoutPipelining) {
  Dialogue dialogue = opened("PIPELINING", EHLO_CLIENT_FLAG_NO_PIPELINING);
  dialogue.call(mail(), kMail).refuse(EHLO_E_STATE, rcpt()).refuse(EHLO_E_STATE, rset);
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}).call(rcpt(), kRcpt).refuse(EHLO_E_STATE, rcpt());
  dialogue.refuse(EHLO_E_STATE, data).server("250 ok\r\n", {"reply RCPT 250 #1 @0"}).call(data, "DATA\r\n").check();
}

// RFC 2920 3.1: RSET, MAIL, RCPT and the end of content may stand anywhere in a group, the others end it.
TEST(SingleCommands, ArePipelinedAsTheStandardAllows) {
  const Dialogue::Call ending[] = {command("NOOP"), command("VRFY", "x"), command("EXPN", "x"),
                                   command("HELP"), command("XFOO"),      quit};
  for (const Dialogue::Call& last : ending) {
    Dialogue dialogue = opened("PIPELINING\nVRFY\nEXPN\nHELP");
    dialogue.call(mail(), kMail).call(rcpt(), kRcpt).call(rcpt(), kRcpt).call(rset, "RSET\r\n").call(mail(), kMail);
    dialogue.call(last).unchecked();
    dialogue.outstanding(6).refuse(EHLO_E_STATE, rset).refuse(EHLO_E_STATE, rcpt()).check();
  }
}

TEST(SingleCommands, HaveOutcomesWhereRsetClearsThem) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call(mail(), kMail).call(rcpt(), kRcpt).call(rcpt("c@mx.test"), "RCPT TO:<c@mx.test>\r\n");
  dialogue.call(rset, "RSET\r\n");
  dialogue.server("250 ok\r\n550 no\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 550 #1 @0",
                                                     "outcome 550 #1 @0 failed recipient", "reply RCPT 250 #1 @1"});
  dialogue.server("250 ok\r\n", {"reply RSET 250", "outcome #1 @1 retry message shutdown", "done #1"});
  dialogue.wants("input command").check();
}

// RFC 5321 4.1.4: "exactly as if a RSET command had been issued".
TEST(SingleCommands, HaveOutcomesWhereEhloClearsThem) {
  const auto ehlo = [](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); };
  Dialogue dialogue = with_recipient("DSN");
  dialogue.call(ehlo, "EHLO c.test\r\n").refuse(EHLO_E_STATE, rcpt()).refuse(EHLO_E_STATE, data);
  dialogue.server("250-mx.test\r\n250 SIZE 9\r\n",
                  {"reply EHLO 250", "ready SIZE", "outcome #1 @0 retry message shutdown", "done #1"});
  dialogue.wants("input command").refuse(EHLO_E_STATE, data).refuse(EHLO_E_STATE, rcpt());
  dialogue.call(mail(), kMail).server("250 ok\r\n", {"reply MAIL 250 #2"}).check();

  Dialogue chunked = with_recipient("CHUNKING");
  chunked.call(bdat(0, false), "BDAT 0\r\n").server("250 ok\r\n", {"reply BDAT 250 #1"}).call(ehlo).unchecked();
  chunked.server("250 mx.test\r\n", {"reply EHLO 250", "ready", "outcome #1 @0 retry message shutdown", "done #1"});
  chunked.call(mail(), kMail).check();
}

// The server is where it was, so nothing of the old transaction may be taken for a new one.
TEST(SingleCommands, LeaveNoTransactionBehindARefusedEhlo) {
  const auto hello = [](Verb verb) { return [verb](ClientLink& link) { return link->hello(verb); }; };
  Dialogue dialogue = with_recipient();
  dialogue.call(hello(EHLO_VERB_EHLO), "EHLO c.test\r\n");
  dialogue.server("501 no\r\n", {"reply EHLO 501", "outcome #1 @0 retry message shutdown", "done #1"});
  dialogue.refuse(EHLO_E_STATE, mail()).refuse(EHLO_E_STATE, data).call(hello(EHLO_VERB_HELO), "HELO c.test\r\n");
  dialogue.server("250 mx.test\r\n", {"reply HELO 250", "ready"}).call(mail(), kMail).check();

  Dialogue lost = with_recipient();
  lost.call(hello(EHLO_VERB_EHLO), "EHLO c.test\r\n");
  lost.server("421 bye\r\n", {"reply EHLO 421", "outcome 421 #1 @0 retry connection", "done #1", "closed"}).check();
}

TEST(SingleCommands, OfTheNextTransactionMayLeaveBehindRset) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call(mail(), kMail).call(rset, "RSET\r\n").call(mail(), kMail).call(rcpt(), kRcpt);
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n",
                  {"reply MAIL 250 #1", "reply RSET 250", "done #1", "reply MAIL 250 #2", "reply RCPT 250 #2 @0"});
  dialogue.check();
}

TEST(SingleCommands, OfRsetNeedNoTransaction) {
  Dialogue dialogue = opened();
  dialogue.call(rset, "RSET\r\n").server("250 ok\r\n", {"reply RSET 250"}).wants("input command");
  dialogue.call(mail(), kMail).check();
  Dialogue early;
  early.refuse(EHLO_E_STATE, rset).server("220 mx.test\r\n", {"greeting 220"});
  // RFC 5321 4.1.4: "can be used at any time during a session, or without previously initializing a session".
  early.call(rset, "RSET\r\n").server("250 ok\r\n", {"reply RSET 250"});
  early.call(command("NOOP"), "NOOP\r\n").server("250 ok\r\n", {"reply NOOP 250"}).check();
}

// RFC 5321 4.1.1.5 knows 250 alone: what is still open in the server then is not known.
TEST(SingleCommands, NeedAnotherRsetWhereItWasRefused) {
  for (const std::string code : {"500", "451", "554"}) {
    Dialogue dialogue = with_recipient();
    dialogue.call(rset, "RSET\r\n");
    dialogue.server(code + " no\r\n", {"reply RSET " + code, "outcome #1 @0 retry message shutdown", "done #1"});
    dialogue.wants("input command").refuse(EHLO_E_STATE, mail()).refuse(EHLO_E_STATE, rcpt());
    dialogue.refuse(EHLO_E_STATE, data).call(rset, "RSET\r\n").server("250 ok\r\n", {"reply RSET 250"});
    dialogue.call(mail(), kMail).check();
  }
}

TEST(SingleCommands, EndWithTheLoneDotWhereNobodyWasAccepted) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call(mail(), kMail).call(rcpt(), kRcpt).call(data, "DATA\r\n");
  dialogue.server("250 ok\r\n550 no\r\n354 go\r\n", {"reply MAIL 250 #1", "reply RCPT 550 #1 @0",
                                                     "outcome 550 #1 @0 failed recipient", "go-ahead DATA 354 #1"});
  dialogue.wants("input command");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link.content("x"); });
  dialogue.refuse(EHLO_E_STATE, quit).refuse(EHLO_E_STATE, rset);
  dialogue.call(abort_data, ".\r\n").refuse(EHLO_E_STATE, abort_data);
  dialogue.server("554 no\r\n", {"result DATA 554 #1", "done #1"}).wants("input command").check();
}

TEST(SingleCommands, NeedAnAcceptedRecipientForData) {
  Dialogue dialogue = opened("CHUNKING");
  dialogue.call(mail(), kMail).server("250 ok\r\n", {"reply MAIL 250 #1"});
  dialogue.call(rcpt(), kRcpt);
  dialogue.server("550 no\r\n", {"reply RCPT 550 #1 @0", "outcome 550 #1 @0 failed recipient"});
  dialogue.refuse(EHLO_E_STATE, data).refuse(EHLO_E_STATE, bdat(3, true));
  // Another one may be tried.
  dialogue.call(rcpt("c@mx.test"), "RCPT TO:<c@mx.test>\r\n");
  dialogue.server("250 ok\r\n", {"reply RCPT 250 #1 @1"}).call(data, "DATA\r\n").check();
}

TEST(SingleCommands, NeedRsetWhereDataWasRefused) {
  Dialogue dialogue = with_recipient();
  dialogue.call(data, "DATA\r\n");
  dialogue.server("451 no\r\n", {"reply DATA 451 #1", "outcome 451 #1 @0 retry message", "done #1"});
  dialogue.wants("input command").refuse(EHLO_E_STATE, mail()).refuse(EHLO_E_STATE, rcpt()).refuse(EHLO_E_STATE, data);
  dialogue.call(rset, "RSET\r\n").server("250 ok\r\n", {"reply RSET 250"}).call(mail(), kMail).check();
}

TEST(SingleCommands, SendBinaryChunksOfAnySizeUnseen) {
  Dialogue dialogue = opened("CHUNKING\nBINARYMIME");
  const Dialogue::Call binary_mail = [](ClientLink& link) {
    const ehlo::ParamText body{"BODY", 4, "BINARYMIME", 10};
    return link->mail(bytes_of("a@c.test"), &body, 1);
  };
  dialogue.call(binary_mail, "MAIL FROM:<a@c.test> BODY=BINARYMIME\r\n").server("250 ok\r\n", {"reply MAIL 250 #1"});
  dialogue.call(rcpt(), kRcpt).server("250 ok\r\n", {"reply RCPT 250 #1 @0"});
  const Dialogue::Call largest = [](ClientLink& link) {
    std::size_t at = 0;
    return link->bdat({bytes_of("x").data, SIZE_MAX}, true, at);
  };
  dialogue.call(largest, "BDAT " + std::to_string(SIZE_MAX) + " LAST\r\n").check();
}

TEST(SingleCommands, SendChunks) {
  Dialogue dialogue = with_recipient("CHUNKING\nPIPELINING");
  dialogue.call(bdat(5, false), "BDAT 5\r\n").refuse(EHLO_E_STATE, data).refuse(EHLO_E_STATE, rcpt());
  dialogue.call(bdat(0, false), "BDAT 0\r\n").call(bdat(70000, true), "BDAT 70000 LAST\r\n");
  dialogue.refuse(EHLO_E_STATE, bdat(1, true)).refuse(EHLO_E_STATE, mail());
  dialogue.server("250 ok\r\n250 ok\r\n250 ok\r\n", {"reply BDAT 250 #1", "reply BDAT 250 #1", "result BDAT 250 #1",
                                                     "outcome 250 #1 @0 accepted message", "done #1"});
  dialogue.call(mail(), kMail).check();
}

TEST(SingleCommands, SendNoChunksWhereTheyAreNotOffered) {
  Dialogue dialogue = with_recipient();
  dialogue.refuse(EHLO_E_NOT_OFFERED, bdat(5, true));
  dialogue.call([](ClientLink& link) {
    EXPECT_EQ(link->lacks(), EHLO_EXT_BIT(EHLO_EXT_CHUNKING));
    return EHLO_OK;
  });
  dialogue.call(data, "DATA\r\n").check();
}

// RFC 3030 2: nothing but RSET after a refused chunk, the last or not. QUIT ends the session anyway.
TEST(SingleCommands, NeedRsetWhereAChunkWasRefused) {
  for (const bool last : {false, true}) {
    Dialogue dialogue = with_recipient("CHUNKING");
    dialogue.call(bdat(5, last), last ? "BDAT 5 LAST\r\n" : "BDAT 5\r\n");
    dialogue.server("452 no\r\n",
                    {last ? "result BDAT 452 #1" : "reply BDAT 452 #1", "outcome 452 #1 @0 retry message", "done #1"});
    dialogue.refuse(EHLO_E_STATE, bdat(1, true)).refuse(EHLO_E_STATE, mail()).refuse(EHLO_E_STATE, rcpt());
    dialogue.call(rset, "RSET\r\n").server("250 ok\r\n", {"reply RSET 250"}).call(mail(), kMail).check();
  }
}

// RFC 3030 3: binary content does not go with DATA.
TEST(SingleCommands, SendNoDataBehindBinarymime) {
  Dialogue dialogue = opened("CHUNKING\nBINARYMIME");
  dialogue.call(mail("a@c.test", "BODY=BINARYMIME"), "MAIL FROM:<a@c.test> BODY=BINARYMIME\r\n");
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"})
      .call(rcpt(), kRcpt)
      .server("250 ok\r\n", {"reply RCPT 250 #1 @0"});
  dialogue.refuse(EHLO_E_STATE, data).call(bdat(1, true), "BDAT 1 LAST\r\n").check();
}

TEST(SingleCommands, DoNotFitWhereOutputIsNotTaken) {
  ehlo::ClientOptions options = client_options();
  options.command_octets = 2048;
  options.max_recipients = 65536;
  ClientLink link(options);
  greet(link, "PIPELINING");
  link.take_wire();
  ASSERT_EQ(link->mail(bytes_of("a@c.test"), nullptr, 0), EHLO_OK);
  std::string wire(kMail);
  Error error = EHLO_OK;
  std::uint32_t sent = 0;
  while ((error = link->rcpt(bytes_of("b@mx.test"), nullptr, 0)) == EHLO_OK && sent < 1000) {
    wire += kRcpt;
    ++sent;
  }
  EXPECT_EQ(error, EHLO_E_SPACE);
  EXPECT_LE(wire.size(), 2048u);
  EXPECT_GT(wire.size(), 2048u - 2 * kRcpt.size());
  EXPECT_EQ(link->outstanding(), sent + 1);
  link.pump();
  EXPECT_EQ(link.take_wire(), wire) << "what is refused leaves no trace";
  EXPECT_EQ(link->rcpt(bytes_of("b@mx.test"), nullptr, 0), EHLO_OK);
  EXPECT_EQ(link->command(bytes_of("NOOP"), bytes_of(std::string(2100, 'x')), 0), EHLO_E_SPACE);
}

// However a program mixes them, what cannot be kept in mind is refused, and each reply is for its command.
TEST(SingleCommands, AreRefusedWhereTooMuchIsAwaited) {
  ClientLink link(client_options());
  greet(link, "PIPELINING");
  link.take_events();
  Lines sent;
  std::string replies;
  for (int i = 0; i < 300; ++i) {
    const int kind = i % 3;
    const Error error = kind == 0   ? link->mail(bytes_of("a@c.test"), nullptr, 0)
                        : kind == 1 ? link->rcpt(bytes_of("b@mx.test"), nullptr, 0)
                                    : link->reset();
    ASSERT_TRUE(error == EHLO_OK || error == EHLO_E_STATE) << ehlo::error_info(error).name;
    if (error != EHLO_OK) continue;
    sent.push_back(kind == 0 ? "reply MAIL" : kind == 1 ? "reply RCPT" : "reply RSET");
    replies += "250 ok\r\n";
  }
  EXPECT_GE(sent.size(), 6u) << "two transactions at least";
  EXPECT_EQ(link->outstanding(), sent.size());
  link.pump();
  link.feed(replies);
  Lines reported;
  for (const std::string& event : link.take_events())
    if (event.starts_with("reply")) reported.push_back(event.substr(0, 10));
  EXPECT_EQ(reported, sent);
  EXPECT_EQ(link->outstanding(), 0u);
  EXPECT_NE(wants_text(link->wants()), "close");
}

TEST(SingleCommands, TakeNoMoreRecipientsThanTheLimit) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.options.max_recipients = 2;
  // SPACE would say that it may be tried again.
  dialogue.call(mail(), kMail).call(rcpt(), kRcpt).call(rcpt(), kRcpt).refuse(EHLO_E_ARGUMENT, rcpt()).outstanding(3);
  dialogue.server("250 ok\r\n", {"reply MAIL 250 #1"}).refuse(EHLO_E_ARGUMENT, rcpt());
  dialogue.call(rset, "RSET\r\n").call(mail(), kMail).call(rcpt(), kRcpt).check();
}

TEST(SingleCommands, OfQuitEndWithEofToo) {
  Dialogue dialogue = opened();
  dialogue.call(quit, "QUIT\r\n").refuse(EHLO_E_STATE, quit).refuse(EHLO_E_STATE, command("NOOP"));
  dialogue.eof({"closed"}).wants("close").check();
  // An open transaction is over too.
  Dialogue open = with_recipient();
  open.call(quit, "QUIT\r\n")
      .server("221 bye\r\n", {"reply QUIT 221", "outcome #1 @0 retry connection shutdown", "done #1", "closed"});
  open.wants("close").check();
}

TEST(SingleCommands, OfQuitEndTheSessionWhateverTheReply) {
  for (const std::string_view code : {"221", "250", "451", "500"}) {
    Dialogue dialogue = opened();
    dialogue.call(quit, "QUIT\r\n");
    dialogue.server(std::string(code) + " x\r\n", {"reply QUIT " + std::string(code), "closed"}).wants("close").check();
  }
}

TEST(SingleCommands, OfQuitMayLeaveBehindTheEndOfContent) {
  Dialogue dialogue = with_recipient("PIPELINING");
  dialogue.call(data, "DATA\r\n").server("354 go\r\n", {"go-ahead DATA 354 #1"});
  dialogue.content("x", "x\r\n.\r\n").call(quit, "QUIT\r\n").outstanding(2);
  dialogue.server("250 ok\r\n221 bye\r\n",
                  {"result DATA 250 #1", "outcome 250 #1 @0 accepted message", "done #1", "reply QUIT 221", "closed"});
  dialogue.check();
  Dialogue lost = with_recipient("PIPELINING");
  lost.call(data, "DATA\r\n").server("354 go\r\n", {"go-ahead DATA 354 #1"});
  lost.content("x", "x\r\n.\r\n").call(quit, "QUIT\r\n");
  lost.call([](ClientLink& link) {
    link->eof();
    link.pump();
    const Lines events = link.take_events();
    EXPECT_EQ(events.front().substr(0, 33), "outcome #1 @0 unknown connection ") << "the result was never seen";
    return EHLO_OK;
  });
  lost.check();
}

}  // namespace
