// Rows of the program: its extensions, parameters and verbs, in the place of the library's too; EHLO lines; and what is
// done with what no row knows.
#include "support/own_rows.h"

#include "support/least_seconds.h"
#include "support/scenario.h"

namespace {

using namespace support;

// Makes what is given in the life of a test outlive its scenario.
struct WithRows {
  OwnRowsOf own;
  ehlo_rows rows = own.rows();

  Scenario scenario() const {
    Scenario s;
    s.options.rows = &rows;
    return s;
  }
};

ehlo_param_row with_bounds(ehlo_param_row row, std::int64_t least, std::int64_t most) {
  row.least = least;
  row.most = most;
  return row;
}
ehlo_param_row with_words(ehlo_param_row row, const char* words) {
  row.words = words;
  return row;
}

TEST(OwnRows, HandOverAParameter) {
  const WithRows own{{{}, {own_param("XFOO", "", EHLO_PARAM_OF_MAIL)}}};
  Scenario s = own.scenario();
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> xfoo=bar SIZE=1\r\nRCPT TO:<b@mx.test> XFOO=bar\r\n");
  check(s, {"mail? <> xfoo=bar SIZE=1#1 size=1", "rejected unknown-parameter 555 @20 'RCPT TO:<b@mx.test> XFOO=bar'"},
        {kMailOk, kUnknownParameter});
}

// A parameter is one of its extension, which EHLO alone offers (RFC 5321 4.1.1.2).
TEST(OwnRows, HaveNoParametersBehindHelo) {
  const WithRows own{{{}, {own_param("XFOO", "", EHLO_PARAM_OF_MAIL)}}};
  Scenario s = own.scenario();
  s.prelude("HELO c.test\r\n").send("MAIL FROM:<> XFOO=bar\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({kUnknownParameter}));
}

TEST(OwnRows, MayGiveEachCommandItsOwn) {
  const WithRows own{{{},
                      {with_words(own_param("XFOO", "", EHLO_PARAM_OF_MAIL, EHLO_KIND_WORD), "A B"),
                       with_bounds(own_param("XFOO", "", EHLO_PARAM_OF_RCPT, EHLO_KIND_NUMBER), 0, 9)}}};
  Scenario s = own.scenario();
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> XFOO=b\r\nRCPT TO:<b@mx.test> XFOO=7\r\n");
  check(s, {"mail? <> XFOO=b#1", "rcpt? 0 <b@mx.test> XFOO=7#7"}, {kMailOk, kRcptOk});
}

TEST(OwnRows, ReadValuesByTheirKind) {
  const int mail = EHLO_PARAM_OF_MAIL;
  const struct {
    ehlo_param_row row;
    const char *good, *bad;
  } kinds[] = {
      {with_bounds(own_param("X", "", mail, EHLO_KIND_TEXT), 0, 3), "X=abc", "X=abcd"},
      {own_param("X", "", mail, EHLO_KIND_TEXT, EHLO_VALUE_NONE), "X", "X=a"},
      {own_param("X", "", mail, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL), "X", nullptr},
      {with_bounds(own_param("X", "", mail, EHLO_KIND_NUMBER, EHLO_VALUE_REQUIRED), -9, 9), "X=-3#-3", "X"},
      {with_bounds(own_param("X", "", mail, EHLO_KIND_NUMBER), -9, 9), "X=9#9", "X=10"},
      {with_words(own_param("X", "", mail, EHLO_KIND_WORD), "FULL A-WORD-THAT-IS-LONG"), "X=a-word-that-is-long#1",
       "X=FUL"},
      {with_words(own_param("X", "", mail, EHLO_KIND_WORDS, EHLO_VALUE_OPTIONAL, EHLO_ROW_FIRST_ALONE), "NO A B C D E"),
       "X=E,a#34", "X=NO,A"},
      {own_param("X", "", mail, EHLO_KIND_XTEXT), "X=a+2Bb", "X=a+2bb"},
      {own_param("X", "", mail, EHLO_KIND_XTEXT, EHLO_VALUE_OPTIONAL, EHLO_ROW_ANY_HEX), "X=a+2bb", "X=a+0A"},
      {with_bounds(own_param("X", "", mail, EHLO_KIND_MAILBOX, EHLO_VALUE_OPTIONAL, EHLO_ROW_NULL_PATH), 0, 100),
       "X=<>", "X=a"},
      {own_param("X", "", mail, EHLO_KIND_DATE, EHLO_VALUE_OPTIONAL, EHLO_ROW_UTC_ONLY), "X=1970-01-01T00:01:00Z#60",
       "X=1970-01-01T00:01:00+01:00"},
      {own_param("X", "", mail, EHLO_KIND_KEYWORDS), "X=a.b:c,D_e", "X=1a"},
  };
  for (const auto& kind : kinds) {
    const WithRows own{{{}, {kind.row}}};
    const std::string good = kind.good, sent = good.substr(0, good.find('#'));
    Scenario s = own.scenario();
    s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> " + sent + "\r\n");
    check(s, {"mail? <> " + good}, {kMailOk});
    if (kind.bad == nullptr) continue;
    Scenario t = own.scenario();
    t.prelude("EHLO c.test\r\n").send("MAIL FROM:<> " + std::string(kind.bad) + "\r\n");
    EXPECT_EQ(t.run(0, 0, {}).wire, lines_of({kBadParameter})) << kind.bad;
  }
}

TEST(OwnRows, DropAnIgnoredParameterSilentlyButReadIt) {
  const WithRows own{
      {{}, {with_bounds(own_param("A", "", kOfBoth, EHLO_KIND_NUMBER, EHLO_VALUE_OPTIONAL, EHLO_ROW_IGNORED), 0, 9)}}};
  Scenario s = own.scenario();
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> A=1 SIZE=1\r\nRCPT TO:<b@mx.test> A=x\r\n");
  check(s, {"mail? <> SIZE=1#1 size=1", "rejected bad-parameter 501 @20 'RCPT TO:<b@mx.test> A=x'"},
        {kMailOk, kBadParameter});
}

TEST(OwnRows, TakeAParameterOnce) {
  const WithRows own{{{}, {own_param("A", "", kOfBoth), own_param("NOTIFY", "", kOfBoth)}}};
  for (const std::string_view params : {"A=1 a", "NOTIFY NOTIFY=NEVER"}) {
    Scenario s = own.scenario();
    s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> " + std::string(params) + "\r\n");
    EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({kBadParameter})) << params;
  }
}

// RFC 3461 4.3: RET is of MAIL.
TEST(OwnRows, LeaveTheLibrarysOfTheOtherCommand) {
  const WithRows own{{{}, {own_param("RET", "", EHLO_PARAM_OF_RCPT)}, {}}};
  Scenario s = own.scenario();
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> RET=FULL\r\nRCPT TO:<b@mx.test> RET=x\r\n");
  check(s, {"mail? <> RET=FULL#1", "rcpt? 0 <b@mx.test> RET=x"}, {kMailOk, kRcptOk});
}

TEST(OwnRows, OfAnExtensionAreThereWhereItIsOffered) {
  const WithRows own{{{own_extension("XTLS", nullptr, EHLO_EXTENSION_TLS_ONLY)},
                      {own_param("A", "XTLS", kOfBoth), own_param("B", "DSN XTLS", kOfBoth)},
                      {}}};
  Scenario s = own.scenario();
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> A=1\r\nMAIL FROM:<> B=1\r\nSTARTTLS\r\n").tls_started();
  s.send("EHLO c.test\r\nMAIL FROM:<> A=1 B\r\n");
  const std::string unknown = "555 Parameter not recognized";
  EXPECT_EQ(s.run(0, 0, {}).wire,
            lines_of({unknown, unknown, "220 Ready to start TLS", "250-mx.test", "250 XTLS", "250 Sender ok"}));
  Scenario t = own.scenario();
  t.options.extensions = EHLO_EXT_BIT(EHLO_EXT_DSN);
  t.prelude("EHLO c.test\r\n").send("MAIL FROM:<> B=1\r\n");
  EXPECT_EQ(t.run(0, 0, {}).wire, lines_of({"250 Sender ok"}));
}

TEST(OwnRows, AnnounceTheirExtensions) {
  ehlo_extension_row needy = own_extension("XNEEDY"), needier = own_extension("XNEEDIER");
  needy.needs = "XARGS DSN";
  needier.needs = "XNEEDY";
  const WithRows own{{{needier, own_extension("XCLIENT", "NAME ADDR"), own_extension(nullptr), needy,
                       own_extension("XARGS", nullptr, EHLO_EXTENSION_ARGUMENTS)},
                      {},
                      {}}};
  const auto reply = [&](ehlo::ExtensionSet extensions, const ehlo_keyword_line* line) {
    Scenario s = own.scenario();
    s.options.extensions = extensions;
    s.options.lines = line;
    s.options.line_size = sizeof *line;
    s.options.line_count = line != nullptr;
    s.prelude("").send("EHLO c.test\r\nHELO c.test\r\n");
    return s.run(0, 0, {}).wire;
  };
  EXPECT_EQ(reply(0, nullptr), lines_of({"250-mx.test", "250 XCLIENT NAME ADDR", "250 mx.test"}));
  const ehlo_keyword_line arguments{"xargs", "1 2"};
  EXPECT_EQ(reply(0, &arguments), lines_of({"250-mx.test", "250-XCLIENT NAME ADDR", "250 XARGS 1 2", "250 mx.test"}));
  EXPECT_EQ(reply(EHLO_EXT_BIT(EHLO_EXT_DSN), &arguments),
            lines_of({"250-mx.test", "250-DSN", "250-XNEEDIER", "250-XCLIENT NAME ADDR", "250-XNEEDY", "250 XARGS 1 2",
                      "250 mx.test"}));
}

TEST(OwnRows, LinesOfferWhatTheLibraryKnows) {
  const ehlo_keyword_line lines[] = {{"8bitmime", nullptr}, {"HELP", "me"}, {"XBARE", ""}};
  Scenario s;
  s.options.extensions = 0;
  s.options.lines = lines;
  s.options.line_size = sizeof *lines;
  s.options.line_count = std::size(lines);
  s.prelude("").send("EHLO c.test\r\nMAIL FROM:<> BODY=8BITMIME\r\nHELP\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire,
            lines_of({"250-mx.test", "250-8BITMIME", "250-HELP me", "250 XBARE", "250 Sender ok", "214 See RFC 5321"}));
}

TEST(OwnRows, MakeLinesLonger) {
  ehlo_extension_row extension = own_extension("X");
  extension.mail_octets = 100;
  extension.rcpt_octets = 10;
  const WithRows own{{{extension},
                      {own_param("XLONG", "X", EHLO_PARAM_OF_MAIL, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL, 0, 500),
                       own_param("XNOT", "DSN", EHLO_PARAM_OF_MAIL, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL, 0, 500),
                       own_param("XR", "", EHLO_PARAM_OF_RCPT, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL, 0, 20)},
                      {}}};
  Scenario s = own.scenario();
  s.options.extensions = 0;
  const auto line = [](const std::string& front, std::size_t octets) {
    return front + std::string(octets - 2 - front.size(), 'x') + "\r\n";
  };
  s.prelude("EHLO c.test\r\n").send(line("MAIL FROM:<> XLONG=", 1113) + line("MAIL FROM:<> XLONG=", 1112));
  s.send(line("RCPT TO:<b@mx.test> XR=", 543) + line("RCPT TO:<b@mx.test> XR=", 542));
  EXPECT_EQ(s.run(0, 0, {}).wire,
            lines_of({"500 Line too long", "250 Sender ok", "500 Line too long", "250 Recipient ok"}));
}

TEST(OwnRows, HandOverAVerb) {
  const WithRows own{{{}, {}, {own_verb("XCLIENT")}}};
  Scenario s = own.scenario();
  s.answer("command? xclient 'B", 550, "5.7.0", "no");
  s.prelude("EHLO c.test\r\n").send("xclient ADDR=1\r\nXCLIENT B\r\nXCLIENT\r\nXOTHER\r\n");
  const Outcome outcome = s.run(0, 0, {});
  ASSERT_EQ(outcome.events.size(), 4u);
  EXPECT_EQ(outcome.events[0], "command? xclient 'ADDR=1'");
  EXPECT_EQ(outcome.events[1], "command? XCLIENT 'B'");
  EXPECT_TRUE(outcome.events[2].starts_with("command? XCLIENT")) << outcome.events[2];
  EXPECT_EQ(outcome.events[3], "rejected unknown-command 500 @0 'XOTHER'");
  check_cuts(s, outcome);
}

// What the library learns of a verb, parameter or extension changes nothing for a program that had rows of its own.
TEST(OwnRows, WinOverWhatTheLibraryLearns) {
  const WithRows own{{{own_extension("REQUIRETLS", "of ours")},
                      {own_param("REQUIRETLS", "REQUIRETLS", kOfBoth, EHLO_KIND_TEXT, EHLO_VALUE_REQUIRED)},
                      {own_verb("VRFY")}}};
  Scenario s = own.scenario();
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS) | EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  s.prelude("").send("EHLO c.test\r\nVRFY  a\r\nMAIL FROM:<> REQUIRETLS\r\nMAIL FROM:<> REQUIRETLS=1\r\n");
  const Outcome outcome = s.run(0, 0, {});
  EXPECT_EQ(outcome.wire, lines_of({"250-mx.test", "250-ENHANCEDSTATUSCODES", "250 REQUIRETLS of ours", kOk,
                                    kBadParameter, kMailOk}));
  check_cuts(s, outcome);
}

TEST(OwnRows, TakeTheParametersOfAnExtensionThatTheyReplace) {
  const WithRows own{{{own_extension("DSN")}, {own_param("RET", "DSN", EHLO_PARAM_OF_MAIL)}, {}}};
  Scenario s = own.scenario();
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> ENVID=x\r\nMAIL FROM:<> RET=whatever\r\n");
  EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({kUnknownParameter, kMailOk}));
}

// ---- what no row knows ----

TEST(UnknownParameters, AreHandedOverOrDropped) {
  Scenario s;
  s.options.unknown_params = EHLO_UNKNOWN_OFFER;
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> A=1 SIZE=1 B\r\nRCPT TO:<b@mx.test> SIZE=x\r\n");
  check(s, {"mail? <> A=1 SIZE=1#1 B size=1", "rcpt? 0 <b@mx.test> SIZE=x"}, {kMailOk, kRcptOk});
  Scenario t;
  t.options.unknown_params = EHLO_UNKNOWN_IGNORE;
  t.prelude("EHLO c.test\r\n").send("MAIL FROM:<> A=1 SIZE=1 B\r\nMAIL FROM:<> SIZE=x\r\n");
  check(t, {"mail? <> SIZE=1#1 size=1", "rejected bad-parameter 501 @13 'MAIL FROM:<> SIZE=x'"},
        {kMailOk, kBadParameter});
}

TEST(UnknownParameters, AreThoseOfAnExtensionThatIsNotOffered) {
  const WithRows own{
      {{own_extension("XTLS", nullptr, EHLO_EXTENSION_TLS_ONLY)}, {own_param("A", "XTLS", kOfBoth)}, {}}};
  Scenario s = own.scenario();
  s.options.extensions = 0;
  s.options.unknown_params = EHLO_UNKNOWN_IGNORE;
  s.prelude("EHLO c.test\r\n").send("MAIL FROM:<> A=1 RET=x SIZE=x\r\n");
  check(s, {"mail? <>"}, {"250 Sender ok"});
}

TEST(UnknownVerbs, BeginWithAWordInAscii) {
  Scenario s;
  s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  s.prelude("EHLO c.test\r\n").send("X\xFF a\r\nX_Y \xFF\r\n");
  check(s, {"rejected unknown-command 500 @0 'X\\xff a'", "command? X_Y '\\xff'"}, {kUnknownCommand, kOk});
}

TEST(UnknownVerbs, AreHandedOverWhereTheirExtensionIsNotOffered) {
  for (const std::string verb : {"HELP", "expn", "XFOO"}) {
    Scenario s;
    s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
    s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
    s.prelude("EHLO c.test\r\n").send(verb + " a  b \r\n" + verb + "\r\n");
    check(s, {"command? " + verb + " 'a  b'", "command? " + verb}, {kOk, kOk});
  }
}

// The session has no part in them, so a yes would make the client begin a handshake, or take itself for somebody.
TEST(UnknownVerbs, AreNeverThoseThatAreFixed) {
  for (const std::string line : {"STARTTLS", "AUTH PLAIN AGEAYg=="}) {
    Scenario s;
    s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
    s.prelude("EHLO c.test\r\n").send(line + "\r\n");
    EXPECT_EQ(s.run(0, 0, {}).wire, lines_of({kNotImplemented})) << line;
  }
}

TEST(UnknownVerbs, AreNothingThatIsServedOrMayBeBdat) {
  Scenario s;
  s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  s.prelude("EHLO c.test\r\n").send("VRFY x\r\nBDATX 5\r\nNOOP\r\n");
  check(s, {"vrfy 'x'", "rejected bad-chunk 501 @0 'BDATX 5'", "close bad-chunk"},
        {kCannotVerify, "501 5.5.4 Bad BDAT command, closing connection"});
  Scenario t;
  t.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  t.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  t.prelude("EHLO c.test\r\n").send("BDAT 5\r\nNOOP\r\n");
  check(t, {"rejected not-implemented 502 @0 'BDAT 5'", "close not-implemented"}, {kNotImplemented});
}

TEST(UnknownVerbs, HaveNoControlCharacter) {
  Scenario s;
  s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  s.options.extensions = EHLO_EXT_BIT(EHLO_EXT_ENHANCEDSTATUSCODES);
  s.prelude("EHLO c.test\r\n").send("EXPN a\tb\r\nXFOO a\tb\r\n XFOO\r\n");
  check(s,
        {"rejected not-implemented 502 @0 'EXPN a\\x09b'", "rejected syntax 501 @6 'XFOO a\\x09b'",
         "rejected syntax 501 @0 ' XFOO'"},
        {kNotImplemented, kSyntax, kSyntax});
}

// ---- search ----

// The name of a verb is looked up by halving, also one that a hostile client invents.
TEST(OwnRows, AreFoundByFewComparisons) {
  std::vector<std::string> names;
  for (int i = 0; i < 256; ++i) names.push_back("X" + std::string(20, 'X') + std::to_string(1000 + i));
  const auto seconds = [&names](std::size_t count) {
    OwnRowsOf own;
    for (std::size_t i = 0; i < count; ++i) own.verbs.push_back(own_verb(names[i].c_str()));
    const ehlo_rows rows = own.rows();
    std::vector<std::max_align_t> memory(ehlo::OwnRows::room_for(&rows) / sizeof(std::max_align_t) + 1);
    const ehlo::OwnRows copy = ehlo::OwnRows::copy(&rows, reinterpret_cast<ehlo::Octet*>(memory.data()));
    return least_seconds([&] {
      for (int i = 0; i < 2000; ++i) EXPECT_EQ(copy.find_verb(ehlo::bytes_of(names[count - 1])), count - 1);
    });
  };
  // 256 rows need nine comparisons, four need three.
  EXPECT_LT(seconds(256), 16 * seconds(4));
}

TEST(OwnRows, AreFoundAlikeInACopyAndWhereTheyAre) {
  const char* const names[] = {"A", "AB", "AB-C", "B", "Z9", "ZZ", "AA", "A-B"};
  std::uint32_t seed = 1;
  const auto below = [&seed](std::uint32_t n) { return (seed = seed * 1664525 + 1013904223) / 65536 % n; };
  for (int round = 0; round < 200; ++round) {
    OwnRowsOf own;
    for (const char* name : names) {
      if (below(2)) own.verbs.push_back(own_verb(name));
      if (below(2)) own.params.push_back(own_param(name, "", EHLO_PARAM_OF_MAIL));
      if (below(2)) own.params.push_back(own_param(name, "", EHLO_PARAM_OF_RCPT));
      if (below(2) && own.verbs.size() > 1) std::swap(own.verbs.front(), own.verbs.back());
      if (below(2) && own.params.size() > 1) std::swap(own.params.front(), own.params.back());
    }
    const ehlo_rows rows = own.rows();
    ASSERT_EQ(ehlo::wrong_rows(&rows), nullptr);
    std::vector<std::max_align_t> memory(ehlo::OwnRows::room_for(&rows) / sizeof(std::max_align_t) + 1);
    const ehlo::OwnRows copy = ehlo::OwnRows::copy(&rows, reinterpret_cast<ehlo::Octet*>(memory.data())), there(&rows);
    for (const std::string_view name : {"a", "aB", "AB-C", "b", "Z9", "ZZ", "AAA", "", "C", "aa", "a-b"}) {
      ASSERT_EQ(copy.find_verb(ehlo::bytes_of(name)), there.find_verb(ehlo::bytes_of(name))) << name;
      for (const std::uint8_t commands : {EHLO_PARAM_OF_MAIL, EHLO_PARAM_OF_RCPT})
        ASSERT_EQ(copy.find_param(ehlo::bytes_of(name), commands), there.find_param(ehlo::bytes_of(name), commands));
    }
  }
}

}  // namespace
