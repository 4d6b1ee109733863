// Verbs of a program's own: what may stand after them, when they leave, and what answers them.
#include "support/client_dialogue.h"
#include "support/own_rows.h"

namespace {

using namespace support;

constexpr std::uint32_t kBoth = EHLO_COMMAND_SMTP | EHLO_COMMAND_LMTP;

Dialogue opened_with(const ehlo_rows& rows, std::string_view lines = "", std::uint32_t flags = 0) {
  Dialogue dialogue = opened(lines, flags);
  dialogue.options.rows = &rows;
  return dialogue;
}
Dialogue::Call command(std::string_view verb, std::string_view text = "", std::uint32_t flags = 0) {
  return [=](ClientLink& link) { return link->command(bytes_of(verb), bytes_of(text), flags); };
}
ehlo::Error mail(ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); }
ehlo::Error rcpt(ClientLink& link) { return link->rcpt(bytes_of("b@mx.test"), nullptr, 0); }

TEST(OwnVerbs, HaveTheArgumentOfTheirKind) {
  const struct {
    ehlo_argument kind;
    std::uint32_t flags;
    std::vector<std::string_view> good, bad;
  } rows[] = {
      {EHLO_ARGUMENT_NONE, 0, {""}, {"x", " "}},
      {EHLO_ARGUMENT_TEXT, 0, {"x y"}, {"", "x ", "\xC3\xBC", "x\x01"}},
      {EHLO_ARGUMENT_TEXT, EHLO_COMMAND_OPTIONAL, {"", "x"}, {"x\r\nQUIT"}},
      {EHLO_ARGUMENT_HOST, 0, {"c.test", "[192.0.2.1]"}, {"", "c..test", "a b"}},
      {EHLO_ARGUMENT_DOMAINS, EHLO_COMMAND_OPTIONAL, {"", "a.test,b.test"}, {"a.test,", "a", "a.test b.test"}},
      {EHLO_ARGUMENT_PATH, 0, {"FROM:<a@c.test>"}, {"", "TO:<a@c.test>", "FROM:<a@c.test> X", "FROM:<a@c.test>\r\nX"}},
      {EHLO_ARGUMENT_MECHANISM, 0, {"NTLM", "NTLM YQ=="}, {"", "NT LM", "NTLM Y"}},
      {EHLO_ARGUMENT_SIZE, 0, {"10 2"}, {"", "10", "x 2", "10 2 3"}},
      {EHLO_ARGUMENT_URI, 0, {"imap://a.test/b", "imap://a.test/b LAST"}, {"", "b", "imap://a.test/b LATER"}},
      {EHLO_ARGUMENT_NODE, 0, {"@c.test", "#q", "c.test"}, {"", "localname", "@com", "@a.test b", "#"}},
      {EHLO_ARGUMENT_ATTRIBUTES, 0, {"ADDR=192.0.2.1 NAME=a+2Bb"}, {"", "ADDR", "A=1 A=2", "A=+0A"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.kind);
    const OwnRowsOf own{{}, {}, {own_verb("XVERB", "", row.kind, kBoth | EHLO_COMMAND_ANY_TIME | row.flags)}};
    const ehlo_rows all = own.rows();
    for (const std::string_view text : row.good) {
      const std::string line = "XVERB" + std::string(text.empty() ? "" : " ") + std::string(text) + "\r\n";
      opened_with(all).call(command("xVerb", text), line).server("250 ok\r\n", {"reply ? 250"}).check();
    }
    Dialogue dialogue = opened_with(all);
    for (const std::string_view text : row.bad) dialogue.refuse(EHLO_E_ARGUMENT, command("XVERB", text));
    dialogue.refuse(EHLO_E_ARGUMENT, command("XVERB", "x", EHLO_FLAG_SMTPUTF8)).outstanding(0).check();
  }
}

TEST(OwnVerbs, MayBeUtf8WhereTheirRowSaysSo) {
  const OwnRowsOf own{{}, {}, {own_verb("XVERB", "", EHLO_ARGUMENT_TEXT, kPlainVerb | EHLO_COMMAND_UTF8)}};
  const ehlo_rows all = own.rows();
  opened_with(all, "8BITMIME\nSMTPUTF8")
      .refuse(EHLO_E_NEEDS_SMTPUTF8, command("XVERB", "\xC3\xBC"))
      .call(command("XVERB", "\xC3\xBC", EHLO_FLAG_SMTPUTF8), "XVERB \xC3\xBC SMTPUTF8\r\n")
      .check();
}

TEST(OwnVerbs, LeaveWhenTheirRowSaysSo) {
  const OwnRowsOf own{{},
                      {},
                      {own_verb("XANY", "", EHLO_ARGUMENT_TEXT, kPlainVerb),
                       own_verb("XINSIDE", "", EHLO_ARGUMENT_NONE, kBoth | EHLO_COMMAND_IN_TRANSACTION),
                       own_verb("XBETWEEN", "", EHLO_ARGUMENT_NONE, kBoth),
                       own_verb("XLMTP", "", EHLO_ARGUMENT_NONE, EHLO_COMMAND_LMTP | EHLO_COMMAND_ANY_TIME)}};
  const ehlo_rows all = own.rows();
  Dialogue dialogue;
  dialogue.options.rows = &all;
  for (const std::string_view verb : {"XANY", "XINSIDE", "XBETWEEN", "XLMTP"})
    dialogue.refuse(EHLO_E_STATE, command(verb));
  dialogue.server("220 mx.test\r\n", {"greeting 220"});
  for (const std::string_view verb : {"XINSIDE", "XBETWEEN", "XLMTP"}) dialogue.refuse(EHLO_E_STATE, command(verb));
  dialogue.call(command("XANY"), "XANY\r\n").server("250 ok\r\n", {"reply ? 250"});
  dialogue.call([](ClientLink& link) { return link->open(); }, "EHLO c.test\r\n");
  dialogue.server("250-mx.test\r\n250 CHUNKING\r\n").unchecked().refuse(EHLO_E_STATE, command("XLMTP"));
  const auto goes = [&](std::string_view verb) {
    dialogue.call(command(verb), std::string(verb) + "\r\n").server("250 ok\r\n", {"reply ? 250"});
  };
  for (const std::string_view verb : {"XANY", "XINSIDE", "XBETWEEN"}) goes(verb);
  const auto within = [&] {
    goes("XANY");
    goes("XINSIDE");
    dialogue.refuse(EHLO_E_STATE, command("XBETWEEN"));
  };
  dialogue.call(mail, "MAIL FROM:<a@c.test>\r\n").server("250 ok\r\n", {"reply MAIL 250 #1"});
  within();
  dialogue.call(rcpt, "RCPT TO:<b@mx.test>\r\n").server("250 ok\r\n", {"reply RCPT 250 #1 @0"});
  within();
  dialogue.call([](ClientLink& link) { return bdat(link, 0, false); }, "BDAT 0\r\n");
  dialogue.server("250 ok\r\n", {"reply BDAT 250 #1"});
  within();
  dialogue.call([](ClientLink& link) { return bdat(link, 0, true); }, "BDAT 0 LAST\r\n");
  dialogue.refuse(EHLO_E_STATE, command("XBETWEEN"));
  dialogue.server("250 ok\r\n").unchecked();
  goes("XBETWEEN");
  dialogue.check();
}

// RFC 3030 2: a chunk that is refused leaves a state that only RSET makes certain. The content of DATA leaves none
// open.
TEST(OwnVerbs, BetweenTransactionsWaitForTheReplyToTheLastChunk) {
  const OwnRowsOf own{{}, {}, {own_verb("XBETWEEN", "", EHLO_ARGUMENT_NONE, kBoth)}};
  const ehlo_rows all = own.rows();
  const auto with_recipient = [&] {
    Dialogue dialogue = opened_with(all, "CHUNKING\nPIPELINING");
    dialogue.call(mail, "MAIL FROM:<a@c.test>\r\n").call(rcpt, "RCPT TO:<b@mx.test>\r\n");
    dialogue.server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"});
    return dialogue;
  };
  for (const bool taken : {true, false}) {
    Dialogue dialogue = with_recipient();
    dialogue.call([](ClientLink& link) { return bdat(link, 0, true); }, "BDAT 0 LAST\r\n");
    dialogue.refuse(EHLO_E_STATE, command("XBETWEEN"));
    dialogue.server(taken ? "250 ok\r\n" : "451 no\r\n").unchecked();
    if (taken)
      dialogue.call(command("XBETWEEN"), "XBETWEEN\r\n").check();
    else
      dialogue.refuse(EHLO_E_STATE, command("XBETWEEN")).check();
  }
  Dialogue dialogue = with_recipient();
  dialogue.call([](ClientLink& link) { return link->data(); }, "DATA\r\n");
  dialogue.server("354 go\r\n", {"go-ahead DATA 354 #1"}).content("x", "x\r\n.\r\n");
  dialogue.call(command("XBETWEEN"), "XBETWEEN\r\n").outstanding(2).check();
}

TEST(OwnVerbs, NeedWhatTheirRowSays) {
  const OwnRowsOf own{
      {own_extension("XEXT"), own_extension(nullptr)},
      {},
      {own_verb("XFREE", "", EHLO_ARGUMENT_NONE, kBoth), own_verb("XTOLD", "XEXT DSN", EHLO_ARGUMENT_NONE, kBoth),
       own_verb("XEHLO", "", EHLO_ARGUMENT_NONE, kBoth | EHLO_COMMAND_NEEDS_EHLO),
       own_verb("XAUTH", "", EHLO_ARGUMENT_NONE, kBoth | EHLO_COMMAND_NEEDS_AUTH)}};
  const ehlo_rows all = own.rows();
  opened_with(all).call(command("XFREE"), "XFREE\r\n").check();
  for (const std::string_view line : {"XEXT", "xext yes", "DSN"})
    opened_with(all, line).call(command("XTOLD"), "XTOLD\r\n").check();
  Dialogue dialogue = opened_with(all, "AUTH PLAIN");
  dialogue.refuse(EHLO_E_NOT_OFFERED, command("XTOLD")).call([](ClientLink& link) {
    EXPECT_EQ(link->lacks(), EHLO_EXT_BIT(EHLO_EXT_DSN));
    EXPECT_EQ(link->lacks_keyword().text(), "XEXT");
    return EHLO_OK;
  });
  dialogue.call(command("XEHLO"), "XEHLO\r\n").server("250 ok\r\n", {"reply ? 250"});
  dialogue.refuse(EHLO_E_STATE, command("XAUTH"));
  dialogue.call([](ClientLink& link) { return link->auth(bytes_of("PLAIN"), bytes_of("a"), true); },
                "AUTH PLAIN YQ==\r\n");
  dialogue.server("235 ok\r\n", {"reply AUTH 235"}).call(command("XAUTH"), "XAUTH\r\n").check();
  Dialogue old = opened_with(all);
  old.call([](ClientLink& link) { return link->hello(EHLO_VERB_HELO); }, "HELO c.test\r\n");
  old.server("250 mx.test\r\n").unchecked().refuse(EHLO_E_STATE, command("XEHLO"));
  old.refuse(EHLO_E_NOT_OFFERED, command("XTOLD")).call(command("XFREE"), "XFREE\r\n").check();
}

// RFC 2920 3.1, as the row says.
TEST(OwnVerbs, EndTheirGroupOrDoNot) {
  const OwnRowsOf own{{},
                      {},
                      {own_verb("XENDS", "", EHLO_ARGUMENT_NONE, kBoth | EHLO_COMMAND_ENDS_GROUP),
                       own_verb("XGOESON", "", EHLO_ARGUMENT_NONE, kBoth)}};
  const ehlo_rows all = own.rows();
  Dialogue dialogue = opened_with(all, "PIPELINING");
  dialogue.call(command("XGOESON"), "XGOESON\r\n").call(command("XGOESON"), "XGOESON\r\n").outstanding(2);
  dialogue.call(command("XENDS"), "XENDS\r\n").refuse(EHLO_E_STATE, mail).refuse(EHLO_E_STATE, command("XGOESON"));
  dialogue.server("250 a\r\n550 b\r\n250 c\r\n", {"reply ? 250", "reply ? 550", "reply ? 250"});
  dialogue.wants("input command").check();
  opened_with(all).call(command("XGOESON"), "XGOESON\r\n").refuse(EHLO_E_STATE, command("XGOESON")).check();
}

TEST(OwnVerbs, MayBeAnsweredBy3yzWhereTheirRowSaysSo) {
  const OwnRowsOf own{{},
                      {},
                      {own_verb("XMORE", "", EHLO_ARGUMENT_NONE, kBoth | EHLO_COMMAND_REPLY_3YZ),
                       own_verb("XOVER", "", EHLO_ARGUMENT_NONE, kBoth)}};
  const ehlo_rows all = own.rows();
  for (const std::string_view reply : {"354", "334", "300"})
    opened_with(all)
        .call(command("XMORE"), "XMORE\r\n")
        .server(std::string(reply) + " go\r\n", {"reply ? " + std::string(reply)})
        .wants("input command")
        .check();
  opened_with(all).call(command("XOVER"), "XOVER\r\n").server("354 go\r\n", {"error unexpected-code"}).check();
}

TEST(OwnVerbs, MayBeSecret) {
  const OwnRowsOf own{
      {}, {}, {own_verb("XSECRET", "", EHLO_ARGUMENT_TEXT, kPlainVerb | EHLO_COMMAND_SECRET), own_verb("XOPEN")}};
  const ehlo_rows all = own.rows();
  ehlo::ClientOptions options = client_options();
  options.rows = &all;
  ClientLink link(options);
  greet(link, "PIPELINING");
  for (const bool secret : {false, true}) {
    ASSERT_EQ(link->command(bytes_of(secret ? "XSECRET" : "XOPEN"), bytes_of("x"), 0), EHLO_OK);
    EXPECT_EQ((link->facts() & EHLO_FACT_SECRET_OUTPUT) != 0, secret);
    link.pump();
    EXPECT_EQ(link->facts() & EHLO_FACT_SECRET_OUTPUT, 0u);
    link.feed("250 ok\r\n");
  }
}

TEST(OwnVerbs, AreNamedByTheirPlaceInReplies) {
  OwnRowsOf own;
  std::vector<std::string> names;
  for (int i = 0; i < 256; ++i) names.push_back("XVERB" + std::to_string(i));
  for (const std::string& name : names) own.verbs.push_back(own_verb(name.c_str()));
  const ehlo_rows all = own.rows();
  ehlo::ClientOptions options = client_options();
  options.rows = &all;
  ClientLink link(options);
  greet(link, "");
  for (const std::uint32_t place : {0u, 1u, 99u, 255u}) {
    ASSERT_EQ(link->command(bytes_of(names[place]), {}, 0), EHLO_OK);
    link.pump();
    link.show("250 ok\r\n");
    const auto& events = link.receive();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].type, std::uint32_t{EHLO_CLIENT_EVENT_REPLY});
    EXPECT_EQ(events[0].verb, EHLO_VERB_OWN + place);
  }
}

}  // namespace
