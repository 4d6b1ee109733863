// The writer of commands: what it writes parses back to the same values, and nothing that would end a line goes out.
#include "syntax/write_command.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using ehlo::bytes_of;
using ehlo::CommandText;
using ehlo::Error;
using ehlo::Verb;

struct Written {
  Error error;
  std::string line;
};

Written write(const CommandText& command) {
  ehlo::Octet room[2048];
  ehlo::Writer out(room, sizeof room);
  const Error error = ehlo::write_command(command, out);
  return {error, error == EHLO_OK ? std::string(reinterpret_cast<char*>(room), out.size()) : std::string{}};
}

CommandText text(Verb verb, std::string_view argument) {
  CommandText command;
  command.verb = verb;
  command.text = bytes_of(argument);
  return command;
}

CommandText envelope(Verb verb, std::string_view path, std::string_view params = {}, bool smtputf8 = false) {
  CommandText command = text(verb, path);
  command.params = bytes_of(params);
  command.smtputf8 = smtputf8;
  return command;
}

TEST(CommandWriter, WritesEachVerb) {
  EXPECT_EQ(write(text(EHLO_VERB_EHLO, "client.example")).line, "EHLO client.example\r\n");
  EXPECT_EQ(write(text(EHLO_VERB_LHLO, "[IPv6:2001:db8::1]")).line, "LHLO [IPv6:2001:db8::1]\r\n");
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "")).line, "MAIL FROM:<>\r\n");
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "\"a b\"@x.example", "SIZE=1 BODY=8BITMIME")).line,
            "MAIL FROM:<\"a b\"@x.example> SIZE=1 BODY=8BITMIME\r\n");
  EXPECT_EQ(write(envelope(EHLO_VERB_RCPT, "Postmaster")).line, "RCPT TO:<Postmaster>\r\n");
  EXPECT_EQ(write(text(EHLO_VERB_DATA, "")).line, "DATA\r\n");
  EXPECT_EQ(write(text(EHLO_VERB_NOOP, "")).line, "NOOP\r\n");
  EXPECT_EQ(write(text(EHLO_VERB_VRFY, "smith@mx.example")).line, "VRFY smith@mx.example\r\n");
  CommandText chunk = text(EHLO_VERB_BDAT, "");
  chunk.number = UINT64_MAX;
  chunk.last = true;
  EXPECT_EQ(write(chunk).line, "BDAT 18446744073709551615 LAST\r\n");
}

TEST(CommandWriter, WritesInitialResponses) {
  CommandText auth = text(EHLO_VERB_AUTH, "PLAIN");
  EXPECT_EQ(write(auth).line, "AUTH PLAIN\r\n");
  auth.has_response = true;
  EXPECT_EQ(write(auth).line, "AUTH PLAIN =\r\n");
  auth.response = bytes_of(std::string_view("\0user\0pass", 10));
  EXPECT_EQ(write(auth).line, "AUTH PLAIN AHVzZXIAcGFzcw==\r\n");
}

TEST(CommandWriter, NeedsLeaveForNonAscii) {
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "\xC3\xBC@x.example")).error, EHLO_E_NEEDS_SMTPUTF8);
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "\xC3\xBC@x.example", "SMTPUTF8", true)).line,
            "MAIL FROM:<\xC3\xBC@x.example> SMTPUTF8\r\n");
  EXPECT_EQ(write(text(EHLO_VERB_VRFY, "\xC3\xBC")).error, EHLO_E_NEEDS_SMTPUTF8);
  CommandText vrfy = text(EHLO_VERB_VRFY, "\xC3\xBC");
  vrfy.smtputf8 = true;
  EXPECT_EQ(write(vrfy).line, "VRFY \xC3\xBC SMTPUTF8\r\n");
}

TEST(CommandWriter, LetsNothingOutThatEndsALine) {
  const std::string_view nul("a\0b", 3);
  for (const std::string_view bad : {std::string_view("a\r\nRSET"), std::string_view("a\nb"), std::string_view("a\rb"),
                                     nul, std::string_view("a\x7f"), std::string_view("a\tb")}) {
    EXPECT_NE(write(text(EHLO_VERB_EHLO, bad)).error, EHLO_OK);
    EXPECT_NE(write(text(EHLO_VERB_NOOP, bad)).error, EHLO_OK);
    EXPECT_NE(write(text(EHLO_VERB_VRFY, bad)).error, EHLO_OK);
    EXPECT_NE(write(text(EHLO_VERB_AUTH, bad)).error, EHLO_OK);
    const std::string path = std::string(bad) + "@x.example";
    EXPECT_NE(write(envelope(EHLO_VERB_MAIL, path)).error, EHLO_OK);
    EXPECT_NE(write(envelope(EHLO_VERB_RCPT, "a@x.example", bad)).error, EHLO_OK);
  }
  EXPECT_NE(write(envelope(EHLO_VERB_MAIL, "a@b.example> SIZE=1")).error, EHLO_OK);
  EXPECT_NE(write(envelope(EHLO_VERB_RCPT, "\"a\r\nb\"@x.example")).error, EHLO_OK);
  EXPECT_NE(write(envelope(EHLO_VERB_RCPT, "")).error, EHLO_OK);
  EXPECT_NE(write(envelope(EHLO_VERB_RCPT, "@relay.example:a@x.example")).error, EHLO_OK) << "no source routes";
  EXPECT_NE(write(text(EHLO_VERB_VRFY, "bob SMTPUTF8")).error, EHLO_OK) << "it would be read as the parameter";
  EXPECT_NE(write(text(EHLO_VERB_DATA, "now")).error, EHLO_OK);
  EXPECT_NE(write(text(EHLO_VERB_UNKNOWN, "x")).error, EHLO_OK);
}

TEST(CommandWriter, ParsesBackToTheSame) {
  const CommandText commands[] = {text(EHLO_VERB_HELO, "[192.0.2.1]"),
                                  envelope(EHLO_VERB_MAIL, "\"a\\\"b\"@[192.0.2.7]", "RET=HDRS ENVID=a+20b"),
                                  envelope(EHLO_VERB_RCPT, "o'neil+tag@x.example", "NOTIFY=NEVER"),
                                  text(EHLO_VERB_EXPN, "staff"), text(EHLO_VERB_HELP, "MAIL")};
  for (const CommandText& command : commands) {
    const Written written = write(command);
    ASSERT_EQ(written.error, EHLO_OK);
    const ehlo::Bytes line = bytes_of(written.line).first(written.line.size() - 2);
    ehlo::Param items[EHLO_PARAMS_MAX];
    ehlo::ParamList params{items, EHLO_PARAMS_MAX};
    ehlo::Command parsed;
    ASSERT_TRUE(ehlo::parse_command(line, {}, parsed, params).ok()) << written.line;
    EXPECT_EQ(parsed.verb, command.verb);
    if (command.verb == EHLO_VERB_MAIL || command.verb == EHLO_VERB_RCPT) {
      const std::string whole = "<" + std::string(command.text.text()) + ">";
      EXPECT_EQ(line.at(parsed.path.whole).text(), whole);
    } else {
      EXPECT_EQ(line.at(parsed.text).text(), command.text.text());
    }
  }
}

// RFC 5321 4.5.3.1: a program may send what a server may take.
TEST(CommandWriter, WritesPathsOfAnyLength) {
  const std::string path = std::string(1000, 'a') + "@x.example";
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, path)).line, "MAIL FROM:<" + path + ">\r\n");
  EXPECT_EQ(write(envelope(EHLO_VERB_RCPT, path)).line, "RCPT TO:<" + path + ">\r\n");
  EXPECT_EQ(write(envelope(EHLO_VERB_RCPT, path + ".")).error, EHLO_E_SYNTAX);
}

TEST(CommandWriter, WritesThePathThatIsAllowedInThisPlace) {
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "Postmaster")).error, EHLO_E_SYNTAX);
  EXPECT_EQ(write(envelope(EHLO_VERB_RCPT, "postMASTER")).line, "RCPT TO:<postMASTER>\r\n");
  EXPECT_EQ(write(envelope(EHLO_VERB_RCPT, "\"Postmaster\"")).error, EHLO_E_SYNTAX);
  EXPECT_EQ(write(envelope(EHLO_VERB_RCPT, "joe")).error, EHLO_E_SYNTAX);
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "a@[x-tag:y]")).error, EHLO_E_SYNTAX);
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "<a@x.example>")).error, EHLO_E_SYNTAX);
  EXPECT_EQ(write(envelope(EHLO_VERB_MAIL, "a@x.example>")).error, EHLO_E_SYNTAX);
}

// ---- by kind of argument, of rows that no verb of ours has ----

ehlo_verb_row row_of(ehlo_argument argument, std::uint32_t flags = 0) {
  ehlo_verb_row row{};
  row.name = "XFOO";
  row.flags = flags;
  row.id = EHLO_VERB_OWN;
  row.argument = static_cast<std::uint8_t>(argument);
  return row;
}

std::string written(const ehlo_verb_row& row, const CommandText& command) {
  ehlo::Octet room[2048];
  ehlo::Writer out(room, sizeof room);
  const Error error = ehlo::write_command(row, command, out);
  if (error != EHLO_OK) return ehlo::error_info(error).name;
  const std::string line(reinterpret_cast<char*>(room), out.size());
  EXPECT_EQ(line.substr(0, 4), "XFOO");
  EXPECT_EQ(line.substr(line.size() - 2), "\r\n");
  return line.substr(4, line.size() - 6);
}

std::string written(ehlo_argument argument, std::string_view words, std::uint32_t flags = 0) {
  return written(row_of(argument, flags), text(EHLO_VERB_UNKNOWN, words));
}

TEST(CommandWriter, LeavesOutWhatIsOptional) {
  for (int kind = EHLO_ARGUMENT_TEXT; kind <= EHLO_ARGUMENT_ATTRIBUTES; ++kind) {
    const auto argument = static_cast<ehlo_argument>(kind);
    EXPECT_EQ(written(argument, "", EHLO_COMMAND_OPTIONAL), "") << kind;
    // The null path is one, and so is no octet.
    const bool path = kind == EHLO_ARGUMENT_PATH || kind == EHLO_ARGUMENT_PATH_PARAMS;
    EXPECT_EQ(written(argument, ""), path ? " FROM:<>" : kind == EHLO_ARGUMENT_CHUNK ? " 0" : "syntax") << kind;
  }
  EXPECT_EQ(written(EHLO_ARGUMENT_NONE, ""), "");
  EXPECT_EQ(written(EHLO_ARGUMENT_NONE, "x"), "syntax");
}

TEST(CommandWriter, WritesWhatTheReaderOfTheKindTakes) {
  EXPECT_EQ(written(EHLO_ARGUMENT_DOMAINS, "a.example,b.example"), " a.example,b.example");
  EXPECT_EQ(written(EHLO_ARGUMENT_DOMAINS, "a.example,"), "syntax");
  EXPECT_EQ(written(EHLO_ARGUMENT_NODE, "@c.example"), " @c.example");
  EXPECT_EQ(written(EHLO_ARGUMENT_NODE, "#uucp"), " #uucp");
  EXPECT_EQ(written(EHLO_ARGUMENT_NODE, "c.example"), " c.example");
  EXPECT_EQ(written(EHLO_ARGUMENT_NODE, "@com"), "syntax");
  EXPECT_EQ(written(EHLO_ARGUMENT_NODE, "a.example\r\nRSET"), "syntax");
  EXPECT_EQ(written(EHLO_ARGUMENT_HOST, "[192.0.2.1]"), " [192.0.2.1]");
  EXPECT_EQ(written(EHLO_ARGUMENT_HOST, "[192.0.2.1] and more"), "syntax");
  EXPECT_EQ(written(EHLO_ARGUMENT_PATH, "a@b.example"), " FROM:<a@b.example>");
  EXPECT_EQ(written(EHLO_ARGUMENT_PATH, "Postmaster"), "syntax");
  EXPECT_EQ(written(EHLO_ARGUMENT_MECHANISM, "NTLM"), " NTLM");
  EXPECT_EQ(written(EHLO_ARGUMENT_MECHANISM, "NTLM TlRM"), "syntax");
}

TEST(CommandWriter, WritesNumbersAndLast) {
  CommandText size = text(EHLO_VERB_UNKNOWN, "2");
  size.number = 1084;
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_SIZE), size), " 1084 2");
  for (const std::string_view bad : {"2 3", "x", "", "000000000000000000001", "-1"}) {
    size.text = bytes_of(bad);
    EXPECT_EQ(written(row_of(EHLO_ARGUMENT_SIZE), size), "syntax") << bad;
  }
  CommandText uri = text(EHLO_VERB_UNKNOWN, "imap://x.example/a");
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_URI), uri), " imap://x.example/a");
  uri.last = true;
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_URI), uri), " imap://x.example/a LAST");
  uri.text = bytes_of("imap://x.example/a LAST");
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_URI), uri), "syntax") << "the flag says so";
}

TEST(CommandWriter, WritesAttributes) {
  CommandText attributes;
  attributes.params = bytes_of("NAME=spike.example LOGIN=a+40b");
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_ATTRIBUTES), attributes), " NAME=spike.example LOGIN=a+40b");
  for (const std::string_view bad : {"NAME", "A=x A=y", "A=x  B=y", "A=+0D+0AQUIT", " A=x", "A=x "}) {
    attributes.params = bytes_of(bad);
    EXPECT_EQ(written(row_of(EHLO_ARGUMENT_ATTRIBUTES), attributes), "syntax") << bad;
  }
}

TEST(CommandWriter, WritesUtf8WhereTheRowTakesIt) {
  CommandText words = text(EHLO_VERB_UNKNOWN, "\xC3\xBC");
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_TEXT, EHLO_COMMAND_UTF8), words), "needs-smtputf8");
  words.smtputf8 = true;
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_TEXT), words), "needs-smtputf8");
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_TEXT, EHLO_COMMAND_UTF8), words), " \xC3\xBC SMTPUTF8");
  words.text = bytes_of("x smtputf8");
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_TEXT, EHLO_COMMAND_UTF8), words), "syntax");
  EXPECT_EQ(written(row_of(EHLO_ARGUMENT_TEXT), words), " x smtputf8");
}

TEST(MailboxWriter, QuotesWhatMustBeQuoted) {
  const auto mailbox = [](std::string_view local, std::string_view domain) {
    ehlo::Octet room[512];
    ehlo::Writer out(room, sizeof room);
    return ehlo::write_mailbox(bytes_of(local), bytes_of(domain), out)
               ? std::string(reinterpret_cast<char*>(room), out.size())
               : std::string("refused");
  };
  EXPECT_EQ(mailbox("a.b", "x.example"), "a.b@x.example");
  EXPECT_EQ(mailbox("a b", "x.example"), "\"a b\"@x.example");
  EXPECT_EQ(mailbox("a..b", "x.example"), "\"a..b\"@x.example");
  EXPECT_EQ(mailbox("a\"\\b", "[192.0.2.1]"), "\"a\\\"\\\\b\"@[192.0.2.1]");
  EXPECT_EQ(mailbox("a\nb", "x.example"), "refused");
  EXPECT_EQ(mailbox("a", "x..example"), "refused");
  EXPECT_EQ(mailbox(std::string(300, 'a'), "x.example"), std::string(300, 'a') + "@x.example");
  EXPECT_EQ(mailbox("a", "x.example>"), "refused");
  EXPECT_EQ(mailbox("a", "b@x.example"), "refused");
  EXPECT_EQ(mailbox("a", ""), "refused");
  EXPECT_EQ(mailbox("a", std::string(256, 'a')), "refused");
  EXPECT_EQ(mailbox("a",
                    "b\xC3\xBC"
                    "cher.example"),
            "a@b\xC3\xBC"
            "cher.example");
}

}  // namespace
