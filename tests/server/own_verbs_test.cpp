// Verbs of the program's rows: what of them the program is asked, when they may come, and what answers them.
#include "support/own_rows.h"
#include "support/scenario.h"

namespace {

using namespace support;

// Rows of verbs, as options have them.
struct Verbs {
  OwnRowsOf own;
  ehlo_rows rows;

  explicit Verbs(std::vector<ehlo_verb_row> verbs) : own{{}, {}, std::move(verbs)}, rows(own.rows()) {}
};

ehlo_verb_row verb_row(const char* name, ehlo_argument argument, std::uint32_t flags) {
  return own_verb(name, "", argument, EHLO_COMMAND_SMTP | EHLO_COMMAND_LMTP | flags);
}

Scenario with_verbs(const Verbs& verbs) {
  Scenario s;
  s.options.rows = &verbs.rows;
  return s;
}

constexpr std::uint32_t kAnyTime = EHLO_COMMAND_ANY_TIME | EHLO_COMMAND_OPTIONAL;

TEST(ServerOwnVerbs, HandOverTheirArgumentByItsKind) {
  const Verbs verbs(
      {verb_row("XNONE", EHLO_ARGUMENT_NONE, kAnyTime), verb_row("XTEXT", EHLO_ARGUMENT_TEXT, kAnyTime),
       verb_row("XHOST", EHLO_ARGUMENT_HOST, kAnyTime), verb_row("XDOMAINS", EHLO_ARGUMENT_DOMAINS, kAnyTime),
       verb_row("XPATH", EHLO_ARGUMENT_PATH, kAnyTime), verb_row("XSIZE", EHLO_ARGUMENT_SIZE, kAnyTime),
       verb_row("XURI", EHLO_ARGUMENT_URI, kAnyTime), verb_row("XNODE", EHLO_ARGUMENT_NODE, kAnyTime),
       verb_row("XATTR", EHLO_ARGUMENT_ATTRIBUTES, kAnyTime), verb_row("XMECH", EHLO_ARGUMENT_MECHANISM, kAnyTime),
       verb_row("XCHUNK", EHLO_ARGUMENT_CHUNK, kAnyTime)});
  const struct {
    std::string line, event;
  } rows[] = {
      {"xNone", "command? xNone"},
      {"XTEXT a  b", "command? XTEXT 'a  b'"},
      {"XTEXT", "command? XTEXT"},
      {"XHOST [192.0.2.1]", "command? XHOST '[192.0.2.1]' kind=2 literal"},
      {"XDOMAINS a.test,b.test", "command? XDOMAINS 'a.test,b.test'"},
      {"XPATH FROM:<a@c.test>", "command? XPATH <a@c.test>"},
      {"XSIZE 17 4", "command? XSIZE '4' 17"},
      {"XURI imap://a.test/x LAST", "command? XURI 'imap://a.test/x' last"},
      {"XNODE @x.test", "command? XNODE 'x.test' kind=64"},
      {"XATTR NAME=a ADDR=+5Bb", "command? XATTR NAME=a ADDR=+5Bb"},
      {"XMECH PLAIN AGEAYg==", "command? XMECH 'PLAIN AGEAYg==' secret"},
      {"XCHUNK 5 LAST", "command? XCHUNK 5 last"},
  };
  for (const auto& row : rows) {
    Scenario s = with_verbs(verbs);
    s.prelude("EHLO c.test\r\n").send(row.line + " \r\n");
    check(s, {row.event}, {kOk});
  }
}

TEST(ServerOwnVerbs, RefuseAnArgumentThatIsNotOfItsKind) {
  const Verbs verbs({verb_row("XNONE", EHLO_ARGUMENT_NONE, 0), verb_row("XNODE", EHLO_ARGUMENT_NODE, 0),
                     verb_row("XTEXT", EHLO_ARGUMENT_TEXT, 0), verb_row("XPATH", EHLO_ARGUMENT_PATH, 0),
                     verb_row("XCHUNK", EHLO_ARGUMENT_CHUNK, 0)});
  const struct {
    std::string line, event, reply;
  } rows[] = {
      {"XNONE x", "rejected syntax 501 @6 'XNONE x'", kSyntax},
      {"XNODE local", "rejected syntax 501 @11 'XNODE local'", kSyntax},
      {"XTEXT", "rejected syntax 501 @5 'XTEXT'", kSyntax},
      // Content follows only after BDAT.
      {"XCHUNK", "rejected syntax 501 @6 'XCHUNK'", kSyntax},
      {"XCHUNK x", "rejected syntax 501 @7 'XCHUNK x'", kSyntax},
      {"XTEXT a\tb", "rejected syntax 501 @7 'XTEXT a\\x09b'", kSyntax},
      {"XPATH FROM:<\xC3\xBC@c.test>", "rejected needs-smtputf8 553 @11 'XPATH FROM:<\\xc3\\xbc@c.test>'",
       kNeedsSmtputf8},
  };
  for (const auto& row : rows) {
    // The position counts from the line, wherever that stands.
    for (const bool behind : {false, true}) {
      Scenario s = with_verbs(verbs);
      s.prelude("EHLO c.test\r\n").send((behind ? "NOOP\r\n" : "") + row.line + "\r\n");
      std::vector<std::string> events{row.event}, replies{row.reply};
      if (behind) events.insert(events.begin(), "noop"), replies.insert(replies.begin(), kOk);
      check(s, events, replies);
    }
  }
}

TEST(ServerOwnVerbs, StandWhereTheirFlagsSay) {
  const Verbs verbs({verb_row("XCOMMAND", EHLO_ARGUMENT_NONE, 0),
                     verb_row("XINSIDE", EHLO_ARGUMENT_NONE, EHLO_COMMAND_IN_TRANSACTION),
                     verb_row("XANY", EHLO_ARGUMENT_NONE, EHLO_COMMAND_ANY_TIME),
                     verb_row("XEHLO", EHLO_ARGUMENT_NONE, EHLO_COMMAND_NEEDS_EHLO),
                     verb_row("XAUTH", EHLO_ARGUMENT_NONE, EHLO_COMMAND_NEEDS_AUTH)});
  const std::string mail = "MAIL FROM:<a@c.test>\r\n", rcpt = "RCPT TO:<b@mx.test>\r\n";
  const std::string preludes[] = {"",
                                  "HELO c.test\r\n",
                                  "EHLO c.test\r\n",
                                  "EHLO c.test\r\n" + mail,
                                  "EHLO c.test\r\n" + mail + rcpt,
                                  "EHLO c.test\r\n" + mail + rcpt + "BDAT 1\r\nx",
                                  "EHLO c.test\r\nAUTH PLAIN AGEAYg==\r\n"};
  const struct {
    const char* line;
    const char* codes[7];
  } rows[] = {{"XCOMMAND", {"503", "250", "250", "503", "503", "503", "250"}},
              {"XINSIDE", {"503", "250", "250", "250", "250", "250", "250"}},
              {"XANY", {"250", "250", "250", "250", "250", "250", "250"}},
              {"XEHLO", {"503", "503", "250", "503", "503", "503", "250"}},
              {"XAUTH", {"530", "530", "530", "530", "530", "530", "250"}}};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < std::size(preludes); ++i) {
      Scenario s = with_verbs(verbs);
      s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
      s.options.mechanisms = "PLAIN";
      s.prelude(preludes[i]).send(std::string(row.line) + "\r\n");
      EXPECT_EQ(s.run(0, 0, {}).wire.substr(0, 3), row.codes[i]) << row.line << " after " << preludes[i];
    }
  }
}

TEST(ServerOwnVerbs, AreSparedByPoliciesWhereTheirFlagsSay) {
  const Verbs verbs({verb_row("XNEITHER", EHLO_ARGUMENT_NONE, EHLO_COMMAND_ANY_TIME),
                     verb_row("XTLS", EHLO_ARGUMENT_NONE, EHLO_COMMAND_ANY_TIME | EHLO_COMMAND_BEFORE_TLS),
                     verb_row("XAUTH", EHLO_ARGUMENT_NONE, EHLO_COMMAND_ANY_TIME | EHLO_COMMAND_BEFORE_AUTH)});
  for (const std::uint32_t policy : {EHLO_SERVER_FLAG_REQUIRE_TLS, EHLO_SERVER_FLAG_REQUIRE_AUTH}) {
    const bool tls = policy == EHLO_SERVER_FLAG_REQUIRE_TLS;
    Scenario s = with_verbs(verbs);
    s.options.flags |= policy;
    s.prelude("EHLO c.test\r\n").send("XNEITHER\r\nXTLS\r\nXAUTH\r\n");
    const std::string no = tls ? kTlsRequired : kAuthRequired, error = tls ? "tls-required" : "auth-required";
    const auto rejected = [&](const std::string& line) { return "rejected " + error + " 530 @0 '" + line + "'"; };
    check(s,
          {rejected("XNEITHER"), tls ? "command? XTLS" : rejected("XTLS"), tls ? rejected("XAUTH") : "command? XAUTH"},
          {no, tls ? kOk : no, tls ? no : kOk});
  }
}

TEST(ServerOwnVerbs, AreAnsweredByTheirRow) {
  ehlo_verb_row queue = verb_row("XQUEUE", EHLO_ARGUMENT_NONE, EHLO_COMMAND_DECLINED);
  queue.yes_code = 251;
  queue.yes_enhanced = EHLO_ENHANCED(2, 1, 9);
  queue.yes_text = "Queued";
  queue.no_code = 458;
  queue.no_enhanced = EHLO_ENHANCED(4, 5, 0);
  queue.no_text = "Unable to queue";
  ehlo_verb_row words = verb_row("XWORDS", EHLO_ARGUMENT_NONE, 0);
  words.no_enhanced = EHLO_ENHANCED(5, 7, 1);
  words.no_text = "not for you";
  const Verbs verbs({queue, verb_row("XBARE", EHLO_ARGUMENT_NONE, 0), words});
  Scenario s = with_verbs(verbs);
  s.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  const struct {
    const char* line;
    std::function<ehlo::Error(ehlo::Server&, std::uint32_t)> answer;
    std::string reply;
  } rows[] = {
      {"XQUEUE", [](auto& s, auto id) { return s.accept(id); }, "251 2.1.9 Queued"},
      {"XQUEUE", [](auto& s, auto id) { return s.decline(id); }, "458 4.5.0 Unable to queue"},
      // Of a yes in words of the program's the status code is that of the row.
      {"XQUEUE", [](auto& s, auto id) { return s.reply(id, answer_of(250, "", "all")); }, "250 2.1.9 all"},
      {"XQUEUE", [](auto& s, auto id) { return s.reply(id, answer_of(450, "", "none")); }, "450 4.0.0 none"},
      {"XBARE", [](auto& s, auto id) { return s.accept(id); }, kOk},
      {"XBARE", [](auto& s, auto id) { return s.decline(id); }, kNotImplemented},
      // What the row leaves open, and what it does not.
      {"XWORDS", [](auto& s, auto id) { return s.decline(id); }, "502 5.7.1 not for you"},
      // Of no row at all.
      {"XWHAT", [](auto& s, auto id) { return s.accept(id); }, kOk},
      {"XWHAT", [](auto& s, auto id) { return s.decline(id); }, kUnknownCommand},
  };
  for (const auto& row : rows) {
    for (const std::size_t capacity : {std::size_t{4096}, std::size_t{1}}) {
      Sizes sizes;
      sizes.output = capacity;
      Link link(
          s.options,
          [&](Link& l, const ehlo::Event& event, const std::string& text) {
            EXPECT_EQ(text, "command? " + std::string(row.line));
            EXPECT_EQ(row.answer(l.server(), event.id), EHLO_OK);
            return true;
          },
          sizes);
      link.feed("EHLO c.test\r\n");
      link.forget();
      link.feed(std::string(row.line) + "\r\nNOOP\r\n");
      EXPECT_EQ(link.said(), lines_of({row.reply, kOk}));
    }
  }
}

TEST(ServerOwnVerbs, TakeA3yzWhereTheirRowSaysSo) {
  const Verbs verbs({verb_row("XGO", EHLO_ARGUMENT_NONE, EHLO_COMMAND_REPLY_3YZ)});
  const auto asked = [&] {
    auto link =
        std::make_unique<Link>(with_verbs(verbs).options, [](Link& l, const ehlo::Event& e, const std::string& t) {
          return !t.starts_with("command") && Link::accept_all(l, e, t);
        });
    link->feed("EHLO c.test\r\nXGO\r\n");
    link->forget();
    return link;
  };
  auto link = asked();
  const std::uint32_t id = link->open_ask("command? XGO");
  EXPECT_EQ(link->server().reply(id, answer_of(199, "", "x")), EHLO_E_ARGUMENT);
  EXPECT_EQ(link->server().reply(id, answer_of(354, "2.0.0", "x")), EHLO_E_ARGUMENT);
  EXPECT_EQ(link->server().reply(id, answer_of(354, "", "Send it")), EHLO_OK);
  link->feed("NOOP\r\n");
  EXPECT_EQ(link->said(), lines_of({"354 Send it", kOk}));
  // After the end of the session it would let the client go on.
  link = asked();
  EXPECT_EQ(link->server().shutdown({}), EHLO_OK);
  EXPECT_EQ(link->server().reply(link->open_ask("command? XGO"), answer_of(354, "", "Send it")), EHLO_OK);
  link->pump();
  const std::string closing = "421 4.3.2 mx.test Service shutting down, closing connection";
  EXPECT_EQ(link->said(), lines_of({closing, closing}));
}

TEST(ServerOwnVerbs, EndTheirGroupWhereTheirRowSaysSo) {
  for (const bool ends : {false, true}) {
    const Verbs verbs({verb_row("XFOO", EHLO_ARGUMENT_NONE, ends * std::uint32_t{EHLO_COMMAND_ENDS_GROUP})});
    Link link(with_verbs(verbs).options);
    link.take_output();
    link.feed("EHLO c.test\r\n");
    link.feed("XFOO\r\nRSET\r\n");
    EXPECT_EQ((link.server().facts() & EHLO_FACT_ILL_PIPELINED) != 0, ends);
  }
}

// Answered late, whatever is sent after it: nothing of that is read before the answer.
TEST(ServerOwnVerbs, HoldBackWhatIsBehindThemUntilTheyAreAnswered) {
  const Verbs verbs({verb_row("XNODE", EHLO_ARGUMENT_NODE, EHLO_COMMAND_IN_TRANSACTION),
                     verb_row("XTEXT", EHLO_ARGUMENT_TEXT, kAnyTime)});
  const std::string input =
      "XTEXT one\r\nEHLO c.test\r\nMAIL FROM:<a@c.test>\r\nXNODE @x.test\r\nRCPT TO:<b@mx.test>\r\n"
      "RCPT TO:<c@mx.test>\r\nXTEXT two\r\nVRFY x\r\nDATA\r\nhi\r\n.\r\nXNODE bad\r\nXTEXT\r\nQUIT\r\n";
  const auto run = [&](std::size_t cut, std::size_t stride, Sizes sizes) {
    struct Ask {
      std::uint32_t id;
      bool refused;
    };
    std::vector<Ask> open;
    ehlo::ServerOptions options = with_verbs(verbs).options;
    options.command_asks = EHLO_VERB_BIT(EHLO_VERB_VRFY);
    Link link(
        options,
        [&open](Link&, const ehlo::Event& event, const std::string& text) {
          open.push_back({event.id, text.starts_with("rcpt? 1") || text.ends_with("'two'")});
          return false;
        },
        sizes);
    // Asks are answered when nothing else can be done, the last first.
    const auto answer = [&] {
      while (!open.empty()) {
        const Ask ask = open.back();
        open.pop_back();
        EXPECT_EQ(ask.refused ? link.server().decline(ask.id) : link.server().accept(ask.id), EHLO_OK);
        if (open.empty()) link.pump();
      }
    };
    for (std::size_t at = 0; at < input.size();) {
      const std::size_t left = input.size() - at;
      std::size_t octets = stride != 0 ? std::min(stride, left) : at < cut ? cut - at : left;
      if (stride == 0 && cut == 0) octets = left;
      link.feed(std::string_view(input).substr(at, octets));
      at += octets;
      answer();
    }
    answer();
    return Outcome{link.events(), link.wire(), link.bodies(), link.server().wants(), link.server().protocol_name()};
  };
  const Outcome whole = run(0, 0, {});
  EXPECT_EQ(whole.events,
            (std::vector<std::string>{"greeting", "command? XTEXT 'one'", "hello EHLO c.test", "mail? <a@c.test>",
                                      "command? XNODE 'x.test' kind=64", "rcpt? 0 <b@mx.test>", "rcpt? 1 <c@mx.test>",
                                      "command? XTEXT 'two'", "vrfy? 'x'", "data", "message? 4",
                                      "rejected syntax 501 @9 'XNODE bad'", "command? XTEXT", "quit", "close"}));
  const std::string declined = "451 4.3.0 Requested action aborted: local error in processing";
  EXPECT_TRUE(whole.wire.ends_with(lines_of(
      {kMailOk, kOk, kRcptOk, declined, kNotImplemented, kCannotVerify, kGoAhead, kMessageOk, kSyntax, kOk, kBye})))
      << whole.wire;
  try_cuts(input.size(), [&](std::size_t cut, std::size_t stride, bool smallest, const std::string& how) {
    const Outcome other = run(cut, stride, smallest ? kSmallest : Sizes{});
    EXPECT_EQ(other.events, whole.events) << how;
    EXPECT_EQ(printable(other.wire), printable(whole.wire)) << how;
    EXPECT_EQ(other.wants, whole.wants) << how;
    return other == whole;
  });
}

// A row in the place of the library's: its argument, its answers, and its own id.
TEST(ServerOwnVerbs, StandInThePlaceOfOursByTheirRowAlone) {
  ehlo_verb_row vrfy = verb_row("VRFY", EHLO_ARGUMENT_NODE, 0);
  vrfy.no_code = 550;
  vrfy.no_text = "no such node";
  const Verbs verbs({verb_row("XFOO", EHLO_ARGUMENT_NONE, 0), vrfy});
  std::vector<std::uint32_t> ids;
  Link link(with_verbs(verbs).options, [&](Link& l, const ehlo::Event& event, const std::string& text) {
    ids.push_back(event.verb);
    return text.starts_with("command") ? l.server().decline(event.id) == EHLO_OK : Link::accept_all(l, event, text);
  });
  link.feed("VRFY @x.test\r\nEHLO c.test\r\n");
  EXPECT_EQ(link.take_events(),
            (std::vector<std::string>{"greeting", "rejected bad-sequence 503 @0 'VRFY @x.test'", "hello EHLO c.test"}));
  link.forget();
  link.feed("vrfy @x.test\r\nVRFY bob\r\nXFOO\r\n");
  EXPECT_EQ(link.take_events(), (std::vector<std::string>{"command? vrfy 'x.test' kind=64",
                                                          "rejected syntax 501 @8 'VRFY bob'", "command? XFOO"}));
  EXPECT_EQ(link.said(), lines_of({"550 5.0.0 no such node", kSyntax, kNotImplemented}));
  EXPECT_EQ(ids, (std::vector<std::uint32_t>{EHLO_VERB_OWN + 1, EHLO_VERB_OWN}));
}

// Ours does not come back where the row of the program is not there.
TEST(ServerOwnVerbs, StandInThePlaceOfOursAlsoWhereTheyAreNotOffered) {
  const Verbs verbs({own_verb("VRFY", "", EHLO_ARGUMENT_TEXT, EHLO_COMMAND_LMTP | EHLO_COMMAND_ANY_TIME)});
  Scenario s = with_verbs(verbs);
  s.prelude("EHLO c.test\r\n").send("VRFY bob\r\n");
  check(s, {"rejected unknown-command 500 @0 'VRFY bob'"}, {kUnknownCommand});
  Scenario t = with_verbs(verbs);
  t.options.unknown_verbs = EHLO_UNKNOWN_OFFER;
  t.prelude("EHLO c.test\r\n").send("VRFY bob\r\n");
  check(t, {"command? VRFY 'bob'"}, {kOk});
}

TEST(ServerOwnVerbs, AreKnownWithTheExtensionsThatBringThem) {
  const OwnRowsOf own{{own_extension("XTLS", nullptr, EHLO_EXTENSION_TLS_ONLY),
                       own_extension("XARGS", nullptr, EHLO_EXTENSION_ARGUMENTS)},
                      {},
                      {own_verb("XA", "XTLS", EHLO_ARGUMENT_TEXT, kPlainVerb),
                       own_verb("XB", "XARGS DSN", EHLO_ARGUMENT_TEXT, kPlainVerb),
                       own_verb("XC", "", EHLO_ARGUMENT_TEXT, kPlainVerb)}};
  const ehlo_rows rows = own.rows();
  const auto outcome = [](const std::string& verb, bool known) {
    return known ? "command? " + verb : "rejected not-implemented 502 @0 '" + verb + "'";
  };
  for (const bool dsn : {false, true}) {
    for (const bool tls : {false, true}) {
      Scenario s;
      s.options.rows = &rows;
      if (!dsn) s.options.extensions &= ~EHLO_EXT_BIT(EHLO_EXT_DSN);
      if (tls) {
        s.options.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
        s.send("EHLO c.test\r\nSTARTTLS\r\n").tls_started();
      }
      s.prelude("EHLO c.test\r\n").send("XA\r\nXB\r\nXC\r\n");
      check(s, {outcome("XA", tls), outcome("XB", dsn), outcome("XC", true)},
            {tls ? kOk : kNotImplemented, dsn ? kOk : kNotImplemented, kOk});
    }
  }
}

TEST(ServerOwnVerbs, CountAsOtherCommandsDo) {
  const Verbs verbs({verb_row("XFOO", EHLO_ARGUMENT_NONE, EHLO_COMMAND_ANY_TIME)});
  Scenario s = with_verbs(verbs);
  s.options.max_idle_commands = 2;
  s.send("XFOO\r\nXFOO\r\nXFOO\r\n");
  check(s, {"greeting", "command? XFOO", "command? XFOO", "close too-many-commands"},
        {kGreeting, kOk, kOk, "421 4.7.0 mx.test Too many commands without a message, closing connection"});
}

}  // namespace
