// Verbs of the program's rows whose argument nobody but the program may see.
#include "support/own_rows.h"
#include "support/scenario.h"

namespace {

using namespace support;

TEST(ServerOwnVerbs, AreMarkedWhereTheirRowSaysThatTheyAreSecret) {
  const OwnRowsOf own{
      {}, {}, {own_verb("XPASS", "", EHLO_ARGUMENT_TEXT, (kPlainVerb | EHLO_COMMAND_SECRET) & ~EHLO_COMMAND_OPTIONAL)}};
  const ehlo_rows rows = own.rows();
  Scenario s;
  s.options.rows = &rows;
  s.prelude("EHLO c.test\r\n").send("XPASS word\r\nXPASS\r\nXPASS a\rb\r\nNOOP\r\n");
  check(s,
        {"command? XPASS 'word' secret", "rejected syntax 501 @5 'XPASS' secret",
         "violation bare-cr @7 'XPASS a\\rb' secret", "rejected syntax 501 @7 'XPASS a\\rb' secret", "noop"},
        {kOk, kSyntax, kSyntax, kOk});
}

// A line that is refused, or whose verb nobody would know, may end in a log as well.
TEST(ServerOwnVerbs, AreMarkedAsSecretsHoweverTheyAreSent) {
  const OwnRowsOf own{{own_extension("XTLS", nullptr, EHLO_EXTENSION_TLS_ONLY)},
                      {},
                      {own_verb("XPW", "", EHLO_ARGUMENT_TEXT, kPlainVerb | EHLO_COMMAND_SECRET),
                       own_verb("XHID", "XTLS", EHLO_ARGUMENT_TEXT, kPlainVerb | EHLO_COMMAND_SECRET),
                       own_verb("XSASL", "", EHLO_ARGUMENT_MECHANISM, kPlainVerb)}};
  const ehlo_rows rows = own.rows();
  const struct {
    std::string line, event, reply;
  } lines[] = {
      {"xpw hunter2", "command? xpw 'hunter2' secret", kOk},
      {"XHID hunter2", "rejected not-implemented 502 @0 'XHID hunter2' secret", kNotImplemented},
      {"  XPW hunter2", "rejected syntax 501 @0 '  XPW hunter2' secret", kSyntax},
      {"XPW\thunter2", "rejected syntax 501 @3 'XPW\\x09hunter2' secret", kSyntax},
      {"XSASL PLAIN =", "command? XSASL 'PLAIN =' secret", kOk},
      {"XSASL PLAIN ==", "rejected bad-base64 501 @13 'XSASL PLAIN ==' secret", "501 5.5.2 Cannot decode base64"},
  };
  for (const auto& line : lines) {
    Scenario s;
    s.options.rows = &rows;
    s.prelude("EHLO c.test\r\n").send(line.line + "\r\n");
    check(s, {line.event}, {line.reply});
  }
  Scenario s;
  s.options.rows = &rows;
  s.options.command_endings = static_cast<std::uint32_t>(EHLO_ENDING_NORMALIZE);
  const std::string longer = "XPW " + std::string(600, 'x');
  s.prelude("EHLO c.test\r\n").send(longer + "\n");
  check(s, {"violation bare-lf @604 '" + longer + "' secret", "rejected line-too-long 500 @605 secret"},
        {kLineTooLong});
}

}  // namespace
