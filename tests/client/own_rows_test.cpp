// Extensions, parameters and verbs of a program's own in client sessions and envelopes.
#include "support/own_rows.h"

#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::ExtensionSet;

// Rows that are there as long as a test runs.
class Own {
 public:
  explicit Own(OwnRowsOf what) : what_(std::move(what)), rows_(what_.rows()) {}
  Dialogue opened(std::string_view lines = "", std::uint32_t flags = 0) const {
    Dialogue dialogue = support::opened(lines, flags);
    dialogue.options.rows = &rows_;
    return dialogue;
  }
  ehlo::ClientOptions options(std::uint32_t flags = 0) const {
    ehlo::ClientOptions options = client_options(flags);
    options.rows = &rows_;
    return options;
  }

 private:
  OwnRowsOf what_;
  ehlo_rows rows_;
};

using Config = Owner<const ehlo::ClientConfig, ehlo::ClientConfig::drop>;
Config config_of(const ehlo::ClientOptions& options) {
  Error error = EHLO_OK;
  return Config(ehlo::ClientConfig::create(options, heap(), error));
}
Error envelope_error(const Config& config, std::string_view params) {
  const auto list = TestEnvelope::split(params);
  ehlo::EnvelopeOptions options{};
  options.struct_size = sizeof options;
  options.sender = "a@c.test";
  options.sender_length = 8;
  options.params = list.data();
  options.param_count = list.size();
  options.config = reinterpret_cast<const ehlo_client_config*>(config.get());
  Error error = EHLO_OK;
  ehlo::Envelope::drop(ehlo::Envelope::create(options, heap(), error));
  return error;
}

Dialogue::Call mail(std::string_view params = "") {
  return [=](ClientLink& link) {
    const auto list = TestEnvelope::split(params);
    return link->mail(bytes_of("a@c.test"), list.data(), list.size());
  };
}
Dialogue::Call rcpt(std::string_view params = "") {
  return [=](ClientLink& link) {
    const auto list = TestEnvelope::split(params);
    return link->rcpt(bytes_of("b@mx.test"), list.data(), list.size());
  };
}
Dialogue::Call lacks(ExtensionSet expected, std::string_view keyword) {
  return [=](ClientLink& link) {
    EXPECT_EQ(extension_names(link->lacks()), extension_names(expected));
    EXPECT_EQ(link->lacks_keyword().text(), keyword);
    return EHLO_OK;
  };
}
std::string mail_line(std::string_view params) {
  return "MAIL FROM:<a@c.test>" + std::string(params.empty() ? "" : " ") + std::string(params) + "\r\n";
}

ehlo_param_row bounded(ehlo_param_row row, std::int64_t least, std::int64_t most, const char* words = nullptr) {
  row.least = least;
  row.most = most;
  row.words = words;
  return row;
}

TEST(OwnRows, OfParametersAreValidatedByTheirKind) {
  const auto row = [](ehlo_kind kind, int flags = 0, int value = EHLO_VALUE_REQUIRED) {
    return own_param("XP", "XEXT", EHLO_PARAM_OF_MAIL, kind, value, flags);
  };
  const struct {
    ehlo_param_row row;
    std::vector<std::string_view> good, bad;
  } rows[] = {
      {row(EHLO_KIND_TEXT, 0, EHLO_VALUE_NONE), {"XP", "xp"}, {"XP=1", "XP XP"}},
      {row(EHLO_KIND_TEXT, 0, EHLO_VALUE_OPTIONAL), {"XP", "XP=a;b"}, {"XP=", "XP=a XP=a", "XP=a=b"}},
      {bounded(row(EHLO_KIND_TEXT), 0, 3), {"XP=abc"}, {"XP=abcd", "XP"}},
      {bounded(row(EHLO_KIND_NUMBER), -2, 9), {"XP=-2", "XP=9"}, {"XP=-3", "XP=10", "XP=+1", "XP=01", "XP=x"}},
      {bounded(row(EHLO_KIND_WORD), 0, 0, "RED BLUE"), {"XP=red", "XP=BLUE"}, {"XP=GREEN", "XP=RED,BLUE", "XP"}},
      {bounded(row(EHLO_KIND_WORDS, EHLO_ROW_FIRST_ALONE), 0, 0, "NO A B"), {"XP=no", "XP=B,a"}, {"XP=NO,A", "XP=A,"}},
      {bounded(row(EHLO_KIND_XTEXT), 0, 6), {"XP=a+2Bb", "XP=a"}, {"XP=a+2bb", "XP=a+0Ab", "XP=abcdefg"}},
      {bounded(row(EHLO_KIND_MAILBOX, EHLO_ROW_NULL_PATH), 0, 99), {"XP=<>", "XP=a@b.c"}, {"XP=a", "XP=a@"}},
      {row(EHLO_KIND_DATE, EHLO_ROW_UTC_ONLY),
       {"XP=2030-01-01T00:00:00Z"},
       {"XP=2030-01-01T00:00:00+01:00", "XP=2030"}},
      {row(EHLO_KIND_KEYWORDS), {"XP=a,b.c:D"}, {"XP=a,,b", "XP=1"}},
  };
  for (const auto& one : rows) {
    SCOPED_TRACE(one.row.kind);
    const Own own({{own_extension("XEXT")}, {one.row}, {}});
    const Config config = config_of(own.options());
    ASSERT_NE(config, nullptr);
    for (const std::string_view params : one.good) {
      own.opened("XEXT").call(mail(params), mail_line(params)).check();
      EXPECT_EQ(envelope_error(config, params), EHLO_OK) << params;
    }
    for (const std::uint32_t flags : {0u, 0u + EHLO_CLIENT_FLAG_ANY_PARAMETER})
      for (const std::string_view params : one.bad) {
        own.opened("XEXT", flags).refuse(EHLO_E_ARGUMENT, mail(params)).wants("input command").check();
        EXPECT_EQ(envelope_error(config, params), EHLO_E_ARGUMENT) << params;
      }
  }
}

TEST(OwnRows, OfParametersAreOfferedByTheirExtensions) {
  ehlo_extension_row needing = own_extension("XNEEDS"), needing_own = own_extension("XNEEDSOWN");
  needing.needs = "DSN";
  needing_own.needs = "XNEEDS";
  const Own own({{own_extension("XEXT", "for servers"), own_extension(nullptr), needing, needing_own,
                  own_extension("XTLS", nullptr, EHLO_EXTENSION_TLS_ONLY),
                  own_extension("XPLAIN", nullptr, EHLO_EXTENSION_NO_TLS),
                  own_extension("XARGS", "for servers", EHLO_EXTENSION_ARGUMENTS),
                  own_extension("XAUTH", nullptr, EHLO_EXTENSION_PLAINTEXT)},
                 {own_param("XP", "XEXT", EHLO_PARAM_OF_MAIL), own_param("XALWAYS", "", EHLO_PARAM_OF_MAIL),
                  own_param("XN", "XNEEDS", EHLO_PARAM_OF_MAIL), own_param("XNN", "XNEEDSOWN", EHLO_PARAM_OF_MAIL),
                  own_param("XT", "XTLS", EHLO_PARAM_OF_MAIL), own_param("XNT", "XPLAIN", EHLO_PARAM_OF_MAIL),
                  own_param("XA", "XARGS", EHLO_PARAM_OF_MAIL), own_param("XD", "DSN", EHLO_PARAM_OF_MAIL),
                  own_param("XE", "XEXT SIZE", EHLO_PARAM_OF_MAIL), own_param("XAU", "XAUTH", EHLO_PARAM_OF_MAIL)},
                 {}});
  constexpr std::uint32_t kTls = EHLO_CLIENT_FLAG_IMPLICIT_TLS;
  const ExtensionSet dsn = EHLO_EXT_BIT(EHLO_EXT_DSN);
  const struct {
    std::string_view params, lines;
    std::uint32_t flags;
    bool offered;
    ExtensionSet missing;
  } rows[] = {{"XP=1", "XEXT", 0, true, 0},
              {"xp", "xext bar", 0, true, 0},
              {"XP=1", "", 0, false, 0},
              {"XP=1", "XP\nXEXTS\nXEX", 0, false, 0},
              {"XALWAYS", "", 0, true, 0},
              {"XN", "XNEEDS\nDSN", 0, true, 0},
              {"XN", "XNEEDS", 0, false, 0},
              {"XNN", "XNEEDSOWN\nXNEEDS\nDSN", 0, true, 0},
              {"XNN", "XNEEDSOWN\nXNEEDS", 0, false, 0},
              {"XNN", "XNEEDSOWN\nDSN", 0, false, 0},
              {"XT", "XTLS", kTls, true, 0},
              {"XT", "XTLS", 0, false, 0},
              {"XNT", "XPLAIN", 0, true, 0},
              {"XNT", "XPLAIN", kTls, false, 0},
              {"XA", "XARGS yes", 0, true, 0},
              {"XA", "XARGS", 0, false, 0},
              {"XAU", "XAUTH", 0, true, 0},
              {"XD", "DSN", 0, true, 0},
              {"XD", "SIZE", 0, false, dsn},
              {"XE", "SIZE", 0, true, 0},
              {"XE", "XEXT", 0, true, 0},
              {"XE", "DSN", 0, false, EHLO_EXT_BIT(EHLO_EXT_SIZE)}};
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.params) + " " + std::string(row.lines));
    const TestEnvelope envelope("a@c.test", {"b@mx.test"}, row.params);
    const auto transact = [&](ClientLink& link) { return link->transact(*envelope); };
    const std::string line = mail_line(row.params);
    const std::string_view keyword = row.params.substr(0, row.params.find('='));
    for (const Dialogue::Call& call : {mail(row.params), Dialogue::Call(transact)}) {
      if (row.offered)
        own.opened(row.lines, row.flags).call(call, line).check();
      else
        own.opened(row.lines, row.flags)
            .refuse(EHLO_E_NOT_OFFERED, call)
            .call(lacks(row.missing, keyword))
            .wants("input command")
            .check();
      own.opened(row.lines, row.flags | EHLO_CLIENT_FLAG_ANY_PARAMETER).call(call, line).check();
    }
  }
}

// RFC 5321 3.2: the reply to HELO has no extensions, and no parameter stands after it.
TEST(OwnRows, OfParametersAreOfNoUseBehindHelo) {
  const Own own({{own_extension("XEXT"), own_extension(nullptr)},
                 {own_param("XP", "XEXT", EHLO_PARAM_OF_MAIL), own_param("XALWAYS", "", EHLO_PARAM_OF_MAIL)},
                 {}});
  Dialogue dialogue = own.opened("XEXT");
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_HELO); }, "HELO c.test\r\n");
  dialogue.server(hello_reply("XEXT"), {"reply HELO 250", "ready"});
  for (const std::string_view params : {"XP", "XALWAYS"}) dialogue.refuse(EHLO_E_NOT_OFFERED, mail(params));
  dialogue.call(mail(), mail_line("")).check();
}

TEST(OwnRows, OfParametersBelongToTheirCommand) {
  const Own own({{own_extension("XEXT")},
                 {own_param("XM", "XEXT", EHLO_PARAM_OF_MAIL), own_param("XR", "XEXT", EHLO_PARAM_OF_RCPT),
                  own_param("XB", "XEXT", kOfBoth),
                  bounded(own_param("X2", "XEXT", EHLO_PARAM_OF_MAIL, EHLO_KIND_NUMBER, EHLO_VALUE_REQUIRED), 0, 9),
                  own_param("X2", "XEXT", EHLO_PARAM_OF_RCPT)},
                 {}});
  for (const std::uint32_t flags : {0u, 0u + EHLO_CLIENT_FLAG_ANY_PARAMETER}) {
    Dialogue dialogue = own.opened("XEXT\nPIPELINING", flags);
    dialogue.refuse(EHLO_E_ARGUMENT, mail("XR")).refuse(EHLO_E_ARGUMENT, mail("X2=a"));
    dialogue.call(mail("XM XB=1 X2=3"), mail_line("XM XB=1 X2=3")).refuse(EHLO_E_ARGUMENT, rcpt("XM"));
    dialogue.call(rcpt("XB XR=a X2=a"), "RCPT TO:<b@mx.test> XB XR=a X2=a\r\n").check();
  }
}

// So that what the library learns tomorrow changes nothing for a program that has it today.
TEST(OwnRows, WinOverWhatTheLibraryKnows) {
  const Own own({{own_extension("REQUIRETLS"), own_extension("DSN")},
                 {own_param("REQUIRETLS", "REQUIRETLS", EHLO_PARAM_OF_MAIL, EHLO_KIND_TEXT, EHLO_VALUE_REQUIRED),
                  own_param("RET", "DSN", EHLO_PARAM_OF_MAIL)},
                 {own_verb("VRFY", "", EHLO_ARGUMENT_NONE)}});
  Dialogue dialogue = own.opened("REQUIRETLS\nDSN\nSIZE");
  dialogue.call([](ClientLink& link) {
    EXPECT_EQ(extension_names(link->capabilities().usable), " SIZE");
    ehlo::Span arguments;
    EXPECT_TRUE(link->offers(bytes_of("DSN"), arguments)) << "it is about the reply alone";
    return EHLO_OK;
  });
  dialogue.refuse(EHLO_E_ARGUMENT, [](ClientLink& link) { return link->command(bytes_of("VRFY"), bytes_of("x"), 0); });
  dialogue.call([](ClientLink& link) { return link->command(bytes_of("vrfy"), {}, 0); }, "VRFY\r\n");
  dialogue.server("250 ok\r\n", {"reply ? 250"});
  // ENVID and NOTIFY went with the extension that brought them.
  dialogue.refuse(EHLO_E_NOT_OFFERED, mail("ENVID=x")).refuse(EHLO_E_ARGUMENT, mail("REQUIRETLS"));
  dialogue.call(mail("RET=ANY REQUIRETLS=yes"), mail_line("RET=ANY REQUIRETLS=yes")).check();

  const TestEnvelope required("a@c.test", {"b@mx.test"}, "", 0, EHLO_BODY_7BIT, EHLO_ENVELOPE_FLAG_REQUIRETLS);
  own.opened("REQUIRETLS", EHLO_CLIENT_FLAG_IMPLICIT_TLS)
      .refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*required); })
      .check();
}

TEST(OwnRows, HaveNoFixedNames) {
  const auto refused = [](const OwnRowsOf& own) {
    const ehlo_rows rows = own.rows();
    ehlo::ClientOptions options = client_options();
    options.rows = &rows;
    const char* field = ehlo::wrong_option(options);
    EXPECT_EQ(config_of(options) == nullptr, field != nullptr);
    return std::string(field == nullptr ? "" : field);
  };
  EXPECT_EQ(refused({{own_extension("XEXT")}, {own_param("XP", "XEXT", kOfBoth)}, {own_verb("XVERB", "XEXT")}}), "");
  for (const char* verb : {"EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "STARTTLS",
                           "AUTH", "BDATX", "x", ""})
    EXPECT_EQ(refused({{}, {}, {own_verb(verb)}}), "rows.verbs") << verb;
  for (const char* param : {"SIZE", "BODY", "SMTPUTF8", "AUTH", "x", "X=Y", ""})
    EXPECT_EQ(refused({{}, {own_param(param, "", kOfBoth)}, {}}), "rows.params") << param;
  for (const char* extension : {"SIZE", "PIPELINING", "STARTTLS", "AUTH", "CHUNKING", "x y"})
    EXPECT_EQ(refused({{own_extension(extension)}, {}, {}}), "rows.extensions") << extension;
  EXPECT_EQ(refused({{}, {own_param("XP", "XNONE", kOfBoth)}, {}}), "rows.params") << "an extension that nobody knows";
}

// A program with a later header has larger rows.
TEST(OwnRows, MayHaveLargerElements) {
  struct Larger {
    ehlo_verb_row row;
    const char* more;
  };
  const Larger verbs[] = {{own_verb("XFIRST"), "?"}, {own_verb("XSECOND"), "?"}};
  for (const std::size_t size : {sizeof(Larger), sizeof(ehlo_verb_row) - 8, std::size_t{0}}) {
    ehlo_rows rows = rows_of(nullptr, 0, nullptr, 0, &verbs[0].row, 2);
    rows.verb_size = static_cast<std::uint32_t>(size);
    ehlo::ClientOptions options = client_options();
    options.rows = &rows;
    const bool known = size == sizeof(Larger);
    EXPECT_STREQ(ehlo::wrong_option(options), known ? nullptr : "rows.verbs") << size;
    if (!known) continue;
    ClientLink link(options);
    greet(link, "");
    link.take_wire();
    EXPECT_EQ(link->command(bytes_of("XSECOND"), bytes_of("x"), 0), EHLO_OK);
    link.pump();
    EXPECT_EQ(link.take_wire(), "XSECOND x\r\n");
  }
}

// The configuration has a copy, and the texts of the program may go.
TEST(OwnRows, AreCopied) {
  char extension[] = "XEXT", param[] = "XP", words[] = "RED BLUE", owner[] = "XEXT", verb[] = "XVERB";
  ehlo_extension_row extensions[] = {own_extension(extension)};
  ehlo_param_row params[] = {bounded(own_param(param, owner, EHLO_PARAM_OF_MAIL, EHLO_KIND_WORD), 0, 0, words)};
  ehlo_verb_row verbs[] = {own_verb(verb, owner)};
  ehlo_rows rows = rows_of(extensions, 1, params, 1, verbs, 1);
  ehlo::ClientOptions options = client_options();
  options.rows = &rows;
  ClientLink link(options);
  for (char* text : {extension, param, words, owner, verb}) std::memset(text, 'Z', std::strlen(text));
  extensions[0] = own_extension("XNONE");
  params[0] = {};
  verbs[0] = {};
  rows = {};
  greet(link, "XEXT");
  link.take_wire();
  EXPECT_EQ(link->command(bytes_of("xverb"), {}, 0), EHLO_OK);
  link.pump();
  link.feed("250 ok\r\n");
  const auto list = TestEnvelope::split("XP=BLUE");
  EXPECT_EQ(link->mail(bytes_of("a@c.test"), list.data(), 1), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.take_wire(), "XVERB\r\n" + mail_line("XP=BLUE"));
}

// An envelope is validated when it is built, by the rows that it was given, and then by those of each session.
TEST(OwnRows, OfEnvelopesAndSessionsMayDiffer) {
  const auto number = [](const char* keyword) {
    return bounded(own_param(keyword, "XEXT", EHLO_PARAM_OF_MAIL, EHLO_KIND_NUMBER, EHLO_VALUE_REQUIRED), 0, 9);
  };
  const Own own({{own_extension("XEXT")}, {number("XP")}, {}});
  const TestEnvelope good("a@c.test", {"b@mx.test"}, "XP=9"), bad("a@c.test", {"b@mx.test"}, "XP=10");
  own.opened("XEXT").transact(good, mail_line("XP=9")).check();
  for (const std::string_view lines : {"", "XEXT"})
    for (const std::uint32_t flags : {0u, 0u + EHLO_CLIENT_FLAG_ANY_PARAMETER})
      own.opened(lines, flags)
          .refuse(EHLO_E_ARGUMENT, [&](ClientLink& link) { return link->transact(*bad); })
          .wants("input command")
          .check();
  own.opened("").refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*good); }).check();
  // One that knows less.
  opened("XEXT").refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*good); }).check();
}

// RFC 8689: what the session would add is not added where the program gave it, by a row of its own or by ours.
TEST(OwnRows, OfWhatIsImpliedAreNotDoubled) {
  const Own own({{}, {own_param("REQUIRETLS", "REQUIRETLS", EHLO_PARAM_OF_MAIL)}, {}});
  const Config config = config_of(own.options());
  const auto list = TestEnvelope::split("REQUIRETLS=x");
  ehlo::EnvelopeOptions options{};
  options.struct_size = sizeof options;
  options.params = list.data();
  options.param_count = 1;
  options.flags = EHLO_ENVELOPE_FLAG_REQUIRETLS;
  options.config = reinterpret_cast<const ehlo_client_config*>(config.get());
  Error error = EHLO_OK;
  const Owner<ehlo::Envelope, ehlo::Envelope::drop> envelope(ehlo::Envelope::create(options, heap(), error));
  ASSERT_NE(envelope, nullptr);
  ASSERT_EQ(envelope->add(bytes_of("b@mx.test"), nullptr, 0), EHLO_OK);
  own.opened("REQUIRETLS", EHLO_CLIENT_FLAG_IMPLICIT_TLS)
      .call([&](ClientLink& link) { return link->transact(*envelope); }, "MAIL FROM:<> REQUIRETLS=x\r\n")
      .check();
}

}  // namespace
