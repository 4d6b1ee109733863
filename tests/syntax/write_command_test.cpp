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
  return {error, error == Error::none ? std::string(reinterpret_cast<char*>(room), out.size()) : std::string{}};
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
  EXPECT_EQ(write(text(Verb::ehlo, "client.example")).line, "EHLO client.example\r\n");
  EXPECT_EQ(write(text(Verb::lhlo, "[IPv6:2001:db8::1]")).line, "LHLO [IPv6:2001:db8::1]\r\n");
  EXPECT_EQ(write(envelope(Verb::mail, "")).line, "MAIL FROM:<>\r\n");
  EXPECT_EQ(write(envelope(Verb::mail, "\"a b\"@x.example", "SIZE=1 BODY=8BITMIME")).line,
            "MAIL FROM:<\"a b\"@x.example> SIZE=1 BODY=8BITMIME\r\n");
  EXPECT_EQ(write(envelope(Verb::rcpt, "Postmaster")).line, "RCPT TO:<Postmaster>\r\n");
  EXPECT_EQ(write(text(Verb::data, "")).line, "DATA\r\n");
  EXPECT_EQ(write(text(Verb::noop, "")).line, "NOOP\r\n");
  EXPECT_EQ(write(text(Verb::vrfy, "smith@mx.example")).line, "VRFY smith@mx.example\r\n");
  CommandText chunk = text(Verb::bdat, "");
  chunk.size = UINT64_MAX;
  chunk.last = true;
  EXPECT_EQ(write(chunk).line, "BDAT 18446744073709551615 LAST\r\n");
}

TEST(CommandWriter, WritesInitialResponses) {
  CommandText auth = text(Verb::auth, "PLAIN");
  EXPECT_EQ(write(auth).line, "AUTH PLAIN\r\n");
  auth.has_response = true;
  EXPECT_EQ(write(auth).line, "AUTH PLAIN =\r\n");
  auth.response = bytes_of(std::string_view("\0user\0pass", 10));
  EXPECT_EQ(write(auth).line, "AUTH PLAIN AHVzZXIAcGFzcw==\r\n");
}

TEST(CommandWriter, NeedsLeaveForNonAscii) {
  EXPECT_EQ(write(envelope(Verb::mail, "\xC3\xBC@x.example")).error, Error::needs_smtputf8);
  EXPECT_EQ(write(envelope(Verb::mail, "\xC3\xBC@x.example", "SMTPUTF8", true)).line,
            "MAIL FROM:<\xC3\xBC@x.example> SMTPUTF8\r\n");
  EXPECT_EQ(write(text(Verb::vrfy, "\xC3\xBC")).error, Error::needs_smtputf8);
  CommandText vrfy = text(Verb::vrfy, "\xC3\xBC");
  vrfy.smtputf8 = true;
  EXPECT_EQ(write(vrfy).line, "VRFY \xC3\xBC SMTPUTF8\r\n");
}

TEST(CommandWriter, LetsNothingOutThatEndsALine) {
  const std::string_view nul("a\0b", 3);
  for (const std::string_view bad : {std::string_view("a\r\nRSET"), std::string_view("a\nb"), std::string_view("a\rb"),
                                     nul, std::string_view("a\x7f"), std::string_view("a\tb")}) {
    EXPECT_NE(write(text(Verb::ehlo, bad)).error, Error::none);
    EXPECT_NE(write(text(Verb::noop, bad)).error, Error::none);
    EXPECT_NE(write(text(Verb::vrfy, bad)).error, Error::none);
    EXPECT_NE(write(text(Verb::auth, bad)).error, Error::none);
    const std::string path = std::string(bad) + "@x.example";
    EXPECT_NE(write(envelope(Verb::mail, path)).error, Error::none);
    EXPECT_NE(write(envelope(Verb::rcpt, "a@x.example", bad)).error, Error::none);
  }
  EXPECT_NE(write(envelope(Verb::mail, "a@b.example> SIZE=1")).error, Error::none);
  EXPECT_NE(write(envelope(Verb::rcpt, "\"a\r\nb\"@x.example")).error, Error::none);
  EXPECT_NE(write(envelope(Verb::rcpt, "")).error, Error::none);
  EXPECT_NE(write(envelope(Verb::rcpt, "@relay.example:a@x.example")).error, Error::none) << "no source routes";
  EXPECT_NE(write(text(Verb::vrfy, "bob SMTPUTF8")).error, Error::none) << "it would be read as the parameter";
  EXPECT_NE(write(text(Verb::data, "now")).error, Error::none);
  EXPECT_NE(write(text(Verb::unknown, "x")).error, Error::none);
}

TEST(CommandWriter, ParsesBackToTheSame) {
  const CommandText commands[] = {text(Verb::helo, "[192.0.2.1]"),
                                  envelope(Verb::mail, "\"a\\\"b\"@[192.0.2.7]", "RET=HDRS ENVID=a+20b"),
                                  envelope(Verb::rcpt, "o'neil+tag@x.example", "NOTIFY=NEVER"),
                                  text(Verb::expn, "staff"), text(Verb::help, "MAIL")};
  for (const CommandText& command : commands) {
    const Written written = write(command);
    ASSERT_EQ(written.error, Error::none);
    const ehlo::Bytes line = bytes_of(written.line).first(written.line.size() - 2);
    ehlo::Param items[ehlo::kMaxParams];
    ehlo::ParamList params{items, ehlo::kMaxParams};
    ehlo::Command parsed;
    ASSERT_TRUE(ehlo::parse_command(line, {}, parsed, params).ok()) << written.line;
    EXPECT_EQ(parsed.verb, command.verb);
    if (command.verb == Verb::mail || command.verb == Verb::rcpt) {
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
  EXPECT_EQ(write(envelope(Verb::mail, path)).line, "MAIL FROM:<" + path + ">\r\n");
  EXPECT_EQ(write(envelope(Verb::rcpt, path)).line, "RCPT TO:<" + path + ">\r\n");
  EXPECT_EQ(write(envelope(Verb::rcpt, path + ".")).error, Error::syntax);
}

TEST(CommandWriter, WritesThePathThatIsAllowedInThisPlace) {
  EXPECT_EQ(write(envelope(Verb::mail, "Postmaster")).error, Error::syntax);
  EXPECT_EQ(write(envelope(Verb::rcpt, "postMASTER")).line, "RCPT TO:<postMASTER>\r\n");
  EXPECT_EQ(write(envelope(Verb::rcpt, "\"Postmaster\"")).error, Error::syntax);
  EXPECT_EQ(write(envelope(Verb::rcpt, "joe")).error, Error::syntax);
  EXPECT_EQ(write(envelope(Verb::mail, "a@[x-tag:y]")).error, Error::syntax);
  EXPECT_EQ(write(envelope(Verb::mail, "<a@x.example>")).error, Error::syntax);
  EXPECT_EQ(write(envelope(Verb::mail, "a@x.example>")).error, Error::syntax);
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
