// Plain verbs: exact lines, what may stand after which verb, and when.
#include "support/client_dialogue.h"
#include "support/guarded_octets.h"

namespace {

using namespace support;
using ehlo::ExtensionSet;

Dialogue::Call command(std::string_view verb, std::string_view text = "", std::uint32_t flags = 0) {
  return [=](ClientLink& link) { return link->command(bytes_of(verb), bytes_of(text), flags); };
}
Dialogue::Call lacks(ExtensionSet expected) {
  return [expected](ClientLink& link) {
    EXPECT_EQ(extension_names(link->lacks()), extension_names(expected));
    EXPECT_EQ(link->lacks_keyword().size, 0u);
    return EHLO_OK;
  };
}

constexpr std::string_view kAll = "8BITMIME\nSMTPUTF8\nHELP\nEXPN";

TEST(PlainCommands, AreWrittenExactly) {
  const struct {
    std::string_view verb, text;
    std::uint32_t flags;
    std::string_view line;
  } rows[] = {{"NOOP", "", 0, "NOOP\r\n"},
              {"noop", "hi there", 0, "NOOP hi there\r\n"},
              {"HELP", "", 0, "HELP\r\n"},
              {"HELP", "MAIL", 0, "HELP MAIL\r\n"},
              {"VRFY", "bob", 0, "VRFY bob\r\n"},
              {"Vrfy", "<b@mx.test>", 0, "VRFY <b@mx.test>\r\n"},
              {"EXPN", "list", 0, "EXPN list\r\n"},
              {"VRFY", "\xC3\xBC", EHLO_FLAG_SMTPUTF8, "VRFY \xC3\xBC SMTPUTF8\r\n"},
              {"EXPN", "x", EHLO_FLAG_SMTPUTF8, "EXPN x SMTPUTF8\r\n"}};
  for (const auto& row : rows) {
    const std::string verb(row.line.substr(0, 4));
    opened(kAll)
        .call(command(row.verb, row.text, row.flags), row.line)
        .server("252 ok\r\n", {"reply " + verb + " 252"})
        .check();
  }
}

TEST(PlainCommands, HaveTheArgumentOfTheirRow) {
  Dialogue dialogue = opened(kAll);
  for (const std::string_view verb : {"VRFY", "EXPN"}) {
    dialogue.refuse(EHLO_E_ARGUMENT, command(verb)).refuse(EHLO_E_NEEDS_SMTPUTF8, command(verb, "\xC3\xBC"));
    for (const std::string_view text : {"x SMTPUTF8", "x smtputf8", "\xC3", "\xC0\x80"})
      for (const std::uint32_t flags : {0u, 0u + EHLO_FLAG_SMTPUTF8})
        dialogue.refuse(EHLO_E_ARGUMENT, command(verb, text, flags));
  }
  // RFC 5321 4.1.1.8, 4.1.1.9 have ASCII.
  for (const std::string_view verb : {"NOOP", "HELP"})
    dialogue.refuse(EHLO_E_ARGUMENT, command(verb, "\xC3\xBC"))
        .refuse(EHLO_E_ARGUMENT, command(verb, "x", EHLO_FLAG_SMTPUTF8));
  for (const std::string_view verb : {"NOOP", "HELP", "VRFY", "EXPN", "XFOO"})
    for (const std::string_view text : {" ", " a", "a ", "\t"}) dialogue.refuse(EHLO_E_ARGUMENT, command(verb, text));
  dialogue.wants("input command").outstanding(0).check();
}

// Nothing that ends a line, or that a receiver may take for its end, leaves in an argument.
TEST(PlainCommands, LetNoControlCharacterOut) {
  Dialogue dialogue = opened(kAll);
  for (const std::string_view verb : {"NOOP", "HELP", "VRFY", "EXPN", "XFOO", "XCLIENT"})
    for (const std::string_view text :
         {std::string_view("a\r\nQUIT"), std::string_view("a\nb"), std::string_view("a\rb"), octets("a\0b"),
          std::string_view("a\x7f"), std::string_view("\r\n"), octets("\0"), std::string_view("a\tb")})
      dialogue.refuse(EHLO_E_ARGUMENT, command(verb, text));
  for (const std::string_view verb :
       {std::string_view(""), std::string_view("X Y"), std::string_view("X\r\n"), std::string_view("NOOP "),
        std::string_view("X\xC3\xBC"), octets("NOOP\0"), std::string_view("X_Y"), std::string_view("bdatx")})
    dialogue.refuse(EHLO_E_ARGUMENT, command(verb));
  dialogue.wants("input command").outstanding(0).check();
}

TEST(PlainCommands, AreNoneThatHaveACall) {
  Dialogue dialogue = opened("CHUNKING\nAUTH PLAIN\nSTARTTLS");
  for (const std::string_view verb :
       {"EHLO", "helo", "LHLO", "MAIL", "RCPT", "data", "BDAT", "RSET", "Quit", "STARTTLS", "starttls", "auth"})
    for (const std::string_view text : {"", "x", "FROM:<a@c.test>", "PLAIN", "3 LAST"})
      dialogue.refuse(EHLO_E_ARGUMENT, command(verb, text));
  for (const std::uint32_t flags : {0u + EHLO_FLAG_SECRET, 1u << 31, EHLO_FLAG_SMTPUTF8 | 1u << 30, UINT32_MAX})
    for (const std::string_view verb : {"VRFY", "NOOP", "XFOO"})
      dialogue.refuse(EHLO_E_ARGUMENT, command(verb, "x", flags));
  dialogue.refuse(EHLO_E_ARGUMENT, command("XFOO", "x", EHLO_FLAG_SMTPUTF8));
  dialogue.wants("input command").outstanding(0).check();
}

TEST(PlainCommands, NeedTheExtensionThatBringsThem) {
  const struct {
    std::string_view verb, lines;
    std::uint32_t flags;
    ExtensionSet missing;
  } rows[] = {{"HELP", "EXPN\nVRFY", 0, EHLO_EXT_BIT(EHLO_EXT_HELP)},
              {"EXPN", "HELP", 0, EHLO_EXT_BIT(EHLO_EXT_EXPN)},
              {"VRFY", "8BITMIME", EHLO_FLAG_SMTPUTF8, EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8)},
              // RFC 6531 3.1: SMTPUTF8 goes with 8BITMIME.
              {"VRFY", "SMTPUTF8", EHLO_FLAG_SMTPUTF8, EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8)},
              {"EXPN", "EXPN", EHLO_FLAG_SMTPUTF8, EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8)}};
  for (const auto& row : rows)
    opened(row.lines)
        .refuse(EHLO_E_NOT_OFFERED, command(row.verb, "x", row.flags))
        .call(lacks(row.missing))
        .wants("input command")
        .check();
  // RFC 5321 4.5.1: every server knows VRFY and NOOP.
  opened().call(command("VRFY", "x"), "VRFY x\r\n").server("252 ok\r\n", {"reply VRFY 252"}).check();
}

// RFC 5321 4.1.4: at any time, and also before EHLO, as far as no extension is needed.
TEST(PlainCommands, MayStandBeforeTheHello) {
  Dialogue dialogue;
  for (const std::string_view verb : {"NOOP", "VRFY", "XFOO"}) dialogue.refuse(EHLO_E_STATE, command(verb, "x"));
  dialogue.server("220 mx.test\r\n", {"greeting 220"});
  dialogue.call(command("VRFY", "x"), "VRFY x\r\n").server("252 ok\r\n", {"reply VRFY 252"});
  dialogue.call(command("XFOO", "x"), "XFOO x\r\n").server("500 no\r\n", {"reply ? 500"});
  dialogue.refuse(EHLO_E_NOT_OFFERED, command("HELP")).call(lacks(EHLO_EXT_BIT(EHLO_EXT_HELP)));
  dialogue.call(command("NOOP"), "NOOP\r\n").server("250 ok\r\n", {"reply NOOP 250"}).check();
}

TEST(PlainCommands, OfUnknownVerbsAreWrittenAsGiven) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.call(command("XClient", "ADDR=192.0.2.1 NAME=x"), "XClient ADDR=192.0.2.1 NAME=x\r\n");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->reset(); });
  dialogue.server("220 ok\r\n", {"reply ? 220"}).call(command("TURN"), "TURN\r\n");
  dialogue.server("502 no\r\n", {"reply ? 502"}).refuse(EHLO_E_ARGUMENT, command("X", "\xC3\xBC")).check();
}

// RFC 5321 4.2: none of them has more to be sent.
TEST(PlainCommands, HaveNo3yzReply) {
  for (const std::string_view verb : {"NOOP", "VRFY", "XFOO"})
    opened()
        .call(command(verb, "x"))
        .unchecked()
        .server("354 go\r\n", {"error unexpected-code"})
        .wants("close")
        .check();
}

TEST(PlainCommands, OfAnEnvelopesTransactionAreRefused) {
  const TestEnvelope envelope("a@c.test");
  Dialogue dialogue = opened("PIPELINING");
  dialogue.transact(envelope).unchecked();
  for (const std::string_view verb : {"NOOP", "VRFY", "XFOO"}) dialogue.refuse(EHLO_E_STATE, command(verb, "x"));
  dialogue.outstanding(3).check();
}

}  // namespace
