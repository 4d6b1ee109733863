// Arguments by kind: what each kind takes, where it stops, and what it fills, whatever stands in front of the line.
#include "syntax/argument.h"

#include <gtest/gtest.h>

#include <string>

#include "support/guarded_octets.h"

namespace {

using namespace ehlo;

ehlo_verb_row row_of(ehlo_argument argument, std::uint32_t flags = 0) {
  return {"XFOO",
          "",
          nullptr,
          nullptr,
          0,
          0,
          flags | EHLO_COMMAND_SMTP,
          250,
          502,
          256,
          static_cast<std::uint8_t>(argument),
          EHLO_FOLLOWS_NONE};
}

std::string spelled(Bytes text, Span span) {
  return ehlo::present(span) ? std::string(text.at(span).text()) : std::string("-");
}

// "error at" or what was filled: text, response, number, kind, flags, path, params.
std::string read_behind(std::string_view front, const ehlo_verb_row& row, std::string_view argument,
                        const CommandRules& rules, std::uint32_t param_cap) {
  const std::string verb = std::string(front) + row.name;
  const Bytes text = support::guarded(argument.empty() ? verb : verb + " " + std::string(argument));
  const auto begin = static_cast<std::uint32_t>(argument.empty() ? text.size : verb.size() + 1);
  Param items[EHLO_PARAMS_MAX];
  ParamList params{items, param_cap};
  Command command = kNoCommand;
  command.verb = row.id < kVerbCount ? row.id : Verb{EHLO_VERB_UNKNOWN};
  const Problem problem = read_argument(text, begin, row, rules, command, params);
  if (!problem.ok()) return std::string(error_info(problem.error).name) + " " + std::to_string(problem.at - begin);
  std::string filled = spelled(text, command.text);
  if (ehlo::present(command.response)) filled += " response " + spelled(text, command.response);
  if (command.number != 0) filled += " number " + std::to_string(command.number);
  const auto kind = static_cast<std::uint32_t>(command.kind);
  if (kind > 4) filled += std::string(" kind ") + static_cast<char>(kind);
  if (kind != 0 && kind <= 4) filled += " kind " + std::to_string(kind);
  if (command.flags & EHLO_FLAG_LAST) filled += " last";
  if (command.flags & EHLO_FLAG_SECRET) filled += " secret";
  if (command.flags & EHLO_FLAG_SMTPUTF8) filled += " smtputf8";
  if (command.flags & EHLO_FLAG_LITERAL) filled += " literal";
  if (ehlo::present(command.path.whole)) filled += " path " + spelled(text, command.path.whole);
  EXPECT_EQ(command.param_count, params.count);
  for (std::uint32_t i = 0; i < params.count; ++i) {
    EXPECT_EQ(items[i].id, EHLO_PARAM_UNKNOWN);
    filled += " [" + spelled(text, items[i].keyword) + "|" + spelled(text, items[i].value) + "]";
  }
  return filled;
}

std::string read(const ehlo_verb_row& row, std::string_view argument, const CommandRules& rules = {},
                 std::uint32_t param_cap = EHLO_PARAMS_MAX) {
  const std::string outcome = read_behind("", row, argument, rules, param_cap);
  EXPECT_EQ(read_behind("what was before in the buffer\r\n", row, argument, rules, param_cap), outcome);
  return outcome;
}

TEST(Argument, MayBeMissingWhereTheRowSaysSo) {
  EXPECT_EQ(read(row_of(EHLO_ARGUMENT_NONE), ""), "-");
  for (int kind = EHLO_ARGUMENT_TEXT; kind <= EHLO_ARGUMENT_ATTRIBUTES; ++kind) {
    const auto argument = static_cast<ehlo_argument>(kind);
    EXPECT_EQ(read(row_of(argument), ""), "syntax 0") << kind;
    EXPECT_EQ(read(row_of(argument, EHLO_COMMAND_OPTIONAL), ""), "-") << kind;
  }
}

TEST(NoArgument, IsAnError) {
  EXPECT_EQ(read(row_of(EHLO_ARGUMENT_NONE), "1"), "syntax 0");
  EXPECT_EQ(read(row_of(EHLO_ARGUMENT_NONE, EHLO_COMMAND_OPTIONAL), "1"), "syntax 0");
}

TEST(TextArgument, IsPrintable) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_TEXT);
  EXPECT_EQ(read(row, "LAST CHUNK={00000010} MULTI (5)"), "LAST CHUNK={00000010} MULTI (5)");
  EXPECT_EQ(read(row, "a SMTPUTF8", {false, false, true}), "a SMTPUTF8");
  EXPECT_EQ(read(row, support::octets("a\0b")), "syntax 1");
  EXPECT_EQ(read(row, "a\x7F"), "syntax 1");
  EXPECT_EQ(read(row, "ab\xC3\xBC", {false, false, true}), "syntax 2");
}

TEST(TextArgument, MayBeUtf8) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_TEXT, EHLO_COMMAND_UTF8);
  const CommandRules offered{false, false, true};
  EXPECT_EQ(read(row, "\xC3\xBC", offered), "\xC3\xBC");
  EXPECT_EQ(read(row, "\xC3\xBC smtputf8", offered), "\xC3\xBC smtputf8");
  EXPECT_EQ(read(row, "\xC3\xBC"), "syntax 0");
  EXPECT_EQ(read(row, "a\xC3", offered), "syntax 0");
  EXPECT_EQ(read(row, "SMTPUTF8", offered), "SMTPUTF8");
  EXPECT_EQ(read(row, "a SMTPUTF8"), "a SMTPUTF8");
}

TEST(HostArgument, IsADomainOrALiteral) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_HOST);
  EXPECT_EQ(read(row, "c.example"), "c.example kind 1");
  EXPECT_EQ(read(row, "[192.0.2.1]"), "[192.0.2.1] kind 2 literal");
  EXPECT_EQ(read(row, "[IPv6:::1]"), "[IPv6:::1] kind 3 literal");
  EXPECT_EQ(read(row, "[X:y]"), "syntax 1");
  EXPECT_EQ(read(row, "[X:y]", {false, true, false}), "[X:y] kind 4 literal");
  EXPECT_EQ(read(row, "c..example"), "syntax 2");
  EXPECT_EQ(read(row, "c.example x"), "syntax 9");
}

TEST(DomainsArgument, IsAListOfQualifiedDomains) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_DOMAINS, EHLO_COMMAND_OPTIONAL);
  EXPECT_EQ(read(row, "Example.ORG"), "Example.ORG");
  EXPECT_EQ(read(row, "example.org,a-b.example.com,1.2"), "example.org,a-b.example.com,1.2");
  EXPECT_EQ(read(row, "example"), "syntax 7");
  EXPECT_EQ(read(row, "example,a.b"), "syntax 7");
  EXPECT_EQ(read(row, ",example.org"), "syntax 0");
  EXPECT_EQ(read(row, "example.org,"), "syntax 12");
  EXPECT_EQ(read(row, "a.b,,c.d"), "syntax 4");
  EXPECT_EQ(read(row, "a.b, c.d"), "syntax 4");
  EXPECT_EQ(read(row, "a.b c.d"), "syntax 3");
  EXPECT_EQ(read(row, "-a.example"), "syntax 0");
  EXPECT_EQ(read(row, "a-.example"), "syntax 2");
  EXPECT_EQ(read(row, "a.example."), "syntax 10");
  EXPECT_EQ(read(row, "[192.0.2.1]"), "syntax 0");
  EXPECT_EQ(read(row, "a.b,\xC3\xBC.example"), "syntax 4");
  EXPECT_EQ(read(row, "a.b," + std::string(64, 'x') + ".example"), "syntax 4");
}

TEST(PathArgument, IsAReversePathAndNothingElse) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_PATH);
  EXPECT_EQ(read(row, "FROM:<>"), "- path <>");
  EXPECT_EQ(read(row, "from:<\"a b\"@[192.0.2.7]>"), "- path <\"a b\"@[192.0.2.7]>");
  EXPECT_EQ(read(row, "FROM:<a@b.example>"), "- path <a@b.example>");
  EXPECT_EQ(read(row, "TO:<a@b.example>"), "syntax 0");
  EXPECT_EQ(read(row, "FROM"), "syntax 0");
  EXPECT_EQ(read(row, "FROM: <a@b.example>"), "bad-sender 5");
  EXPECT_EQ(read(row, "FROM:<Postmaster>"), "bad-sender 16");
  EXPECT_EQ(read(row, "FROM:<a@b.example> SIZE=1"), "unknown-parameter 19");
  EXPECT_EQ(read(row, "FROM:<a@b.example> "), "bad-parameter 19");
  EXPECT_EQ(read(row, "FROM:<a@b.example>x"), "syntax 18");
}

TEST(PathParamsArgument, IsFromExceptOfRcpt) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_PATH_PARAMS),
                      &rcpt = *kVerbsById[static_cast<std::size_t>(EHLO_VERB_RCPT)];
  EXPECT_EQ(read(row, "FROM:<a@b.example> SIZE=1 X"), "- path <a@b.example> [SIZE|1] [X|-]");
  EXPECT_EQ(read(row, "TO:<a@b.example>"), "syntax 0");
  EXPECT_EQ(read(rcpt, "TO:<a@b.example> NOTIFY=NEVER"), "- path <a@b.example> [NOTIFY|NEVER]");
  EXPECT_EQ(read(rcpt, "TO:<Postmaster>"), "- path <Postmaster>");
  EXPECT_EQ(read(rcpt, "TO:<>"), "bad-recipient 4");
  EXPECT_EQ(read(rcpt, "FROM:<a@b.example>"), "syntax 0");
  EXPECT_EQ(read(row, "FROM:<a@b.example> A B C", {}, 2), "space 23");
}

TEST(MechanismArgument, MayHaveAnInitialResponse) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_MECHANISM);
  EXPECT_EQ(read(row, "NTLM"), "NTLM secret");
  EXPECT_EQ(read(row, "NTLM TlRM"), "NTLM response TlRM secret");
  EXPECT_EQ(read(row, "NTLM ="), "NTLM response  secret");
  EXPECT_EQ(read(row, "NTLM TlRM*"), "bad-base64 9");
  EXPECT_EQ(read(row, "N.T"), "syntax 1");
}

TEST(ChunkArgument, IsANumberBeyondDoubt) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_CHUNK);
  EXPECT_EQ(read(row, "5"), "- number 5");
  EXPECT_EQ(read(row, "0 last"), "- last");
  EXPECT_EQ(read(row, "18446744073709551615 LAST"), "- number 18446744073709551615 last");
  EXPECT_EQ(read(row, "18446744073709551616"), "size-overflow 0");
  EXPECT_EQ(read(row, "5 LASTX"), "syntax 6");
  EXPECT_EQ(read(row, "x"), "syntax 0");
}

TEST(SizeArgument, IsTwoNumbers) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_SIZE);
  EXPECT_EQ(read(row, "1084 2"), "2 number 1084");
  EXPECT_EQ(read(row, "0 10"), "10");
  EXPECT_EQ(read(row, "18446744073709551615 2"), "2 number 18446744073709551615");
  EXPECT_EQ(read(row, "00000000000000000001 2"), "2 number 1");
  EXPECT_EQ(read(row, "000000000000000000001 2"), "syntax 20");
  EXPECT_EQ(read(row, "18446744073709551616 2"), "syntax 0");
  EXPECT_EQ(read(row, "1084"), "syntax 4");
  EXPECT_EQ(read(row, "1084  2"), "syntax 5");
  EXPECT_EQ(read(row, "1084 2 3"), "syntax 6");
  EXPECT_EQ(read(row, "1084 x"), "syntax 5");
  EXPECT_EQ(read(row, "-1 2"), "syntax 0");
  EXPECT_EQ(read(row, "1 000000000000000000001"), "syntax 22");
}

TEST(UriArgument, IsAbsolute) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_URI);
  const std::string url =
      "imap://user@imap.example/Sent;uidvalidity=385759045/;uid=20;urlauth=submit+user:internal:0123";
  EXPECT_EQ(read(row, url), url);
  EXPECT_EQ(read(row, url + " LAST"), url + " last");
  EXPECT_EQ(read(row, url + " last"), url + " last");
  EXPECT_EQ(read(row, url + " LASTX"), "syntax " + std::to_string(url.size() + 1));
  EXPECT_EQ(read(row, url + "  LAST"), "syntax " + std::to_string(url.size() + 1));
  for (const std::string_view one : {"http://[2001:db8::1]:8080/m%20sg?x=1",
                                     "a:",
                                     "mailto:a@b.example",
                                     "urn:x:y",
                                     "file:///x",
                                     "a:/",
                                     "a:/b//c/",
                                     "A+-.1:b",
                                     "http://",
                                     "http://a:",
                                     "http://u:p@h:1/?q?/",
                                     "http://1.2.3.4",
                                     "http://256.1.1.1",
                                     "x://[::]",
                                     "x://[1:2:3:4:5:6:7::]",
                                     "x://[::1.2.3.4]",
                                     "x://[v1.a:b]",
                                     "x://[1:2:3:4:5:6:7:8]",
                                     "a:b:c@d",
                                     "a:?"})
    EXPECT_EQ(read(row, one), one);
}

TEST(UriArgument, HasNothingElse) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_URI);
  EXPECT_EQ(read(row, "LAST"), "syntax 4");
  EXPECT_EQ(read(row, "/Sent/;uid=20 LAST"), "syntax 0");
  EXPECT_EQ(read(row, "imap://imap.example/x#part LAST"), "syntax 21");
  EXPECT_EQ(read(row, "imap://imap.example/%zz LAST"), "syntax 21");
  EXPECT_EQ(read(row, "imap://imap.example/%2"), "syntax 22");
  EXPECT_EQ(read(row, " imap://x"), "syntax 0");
  EXPECT_EQ(read(row, "1a:b"), "syntax 0");
  EXPECT_EQ(read(row, "a:\xC3\xBC"), "syntax 2");
  EXPECT_EQ(read(row, "a:<b>"), "syntax 2");
  EXPECT_EQ(read(row, "x://[1:2:3:4:5:6:7]"), "syntax 18");
  EXPECT_EQ(read(row, "x://[::1::]"), "syntax 9");
  EXPECT_EQ(read(row, "x://[1.2.3.4]"), "syntax 6");
  // It could still be a name and password in front of "@".
  EXPECT_EQ(read(row, "x://h:1x"), "syntax 8");
  EXPECT_EQ(read(row, "x://a@b@c"), "syntax 7");
}

TEST(NodeArgument, IsADomainItsSubdomainsOrAQueue) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_NODE);
  EXPECT_EQ(read(row, "mx.client.example"), "mx.client.example");
  EXPECT_EQ(read(row, "@client.example"), "client.example kind @");
  EXPECT_EQ(read(row, "#uucp"), "uucp kind #");
  EXPECT_EQ(read(row, "##@!"), "#@! kind #");
  EXPECT_EQ(read(row, "localname"), "syntax 9");
  EXPECT_EQ(read(row, "@com"), "syntax 4");
  EXPECT_EQ(read(row, "@@client.example"), "syntax 1");
  EXPECT_EQ(read(row, "@"), "syntax 1");
  EXPECT_EQ(read(row, "#"), "syntax 1");
  EXPECT_EQ(read(row, "#a b"), "syntax 2");
  EXPECT_EQ(read(row, "#a\x80"), "syntax 2");
  EXPECT_EQ(read(row, "a.example b.example"), "syntax 9");
  EXPECT_EQ(read(row, "[192.0.2.1]"), "syntax 0");
  EXPECT_EQ(read(row, "a,b.example"), "syntax 1");
}

TEST(AttributesArgument, AreNamesWithXtext) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_ATTRIBUTES);
  EXPECT_EQ(read(row, "NAME=spike.example ADDR=192.0.2.5"), "- [NAME|spike.example] [ADDR|192.0.2.5]");
  EXPECT_EQ(read(row, "name=[UNAVAILABLE]"), "- [name|[UNAVAILABLE]]");
  EXPECT_EQ(read(row, "LOGIN=user+40client.example"), "- [LOGIN|user+40client.example]");
  EXPECT_EQ(read(row, "HELO=a+20b"), "- [HELO|a+20b]");
  EXPECT_EQ(read(row, "LOGIN=+C3+BC"), "- [LOGIN|+C3+BC]");
  const std::string longest = "+41" + std::string(254, 'a');
  EXPECT_EQ(read(row, "HELO=" + longest), "- [HELO|" + longest + "]");
  EXPECT_EQ(read(row, "HELO=" + longest + "a"), "syntax 5");
}

TEST(AttributesArgument, AreNothingElse) {
  const ehlo_verb_row row = row_of(EHLO_ARGUMENT_ATTRIBUTES);
  EXPECT_EQ(read(row, "NAME"), "syntax 4");
  EXPECT_EQ(read(row, "NAME="), "syntax 5");
  EXPECT_EQ(read(row, "NAME= ADDR=x"), "syntax 5");
  EXPECT_EQ(read(row, "=x"), "syntax 0");
  EXPECT_EQ(read(row, "-A=x"), "syntax 0");
  EXPECT_EQ(read(row, "A=x  B=y"), "syntax 4");
  EXPECT_EQ(read(row, "A=x a=y"), "syntax 4");
  EXPECT_EQ(read(row, "A=x=y"), "syntax 3");
  EXPECT_EQ(read(row, "A=x\ty"), "syntax 3");
  EXPECT_EQ(read(row, "A=\xC3\xBC"), "syntax 2");
  for (const std::string_view value : {"a+0D+0AMAIL", "a+00b", "a+7F", "+C3", "+2", "+2b", "+"})
    EXPECT_EQ(read(row, "B=c A=" + std::string(value)), "syntax 6") << value;
  EXPECT_EQ(read(row, "A=x B=y C=z", {}, 2), "space 8");
  std::string many;
  for (int i = 0; i < 33; ++i) many += (i == 0 ? "A" : " A") + std::to_string(i) + "=x";
  EXPECT_EQ(read(row, many), "syntax " + std::to_string(many.size() - 5));
}

}  // namespace
