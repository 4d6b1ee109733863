// Envelopes: checked when they are built (C3, C16), written the same way each time.
#include "support/client_dialogue.h"
#include "support/guarded_octets.h"

namespace {

using namespace support;
using ehlo::Body;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::ExtensionSet;

constexpr ExtensionSet kAll = ~ExtensionSet{0};

Error create(std::string_view sender, std::string_view params = "", std::uint32_t body = 0, std::uint32_t flags = 0) {
  return TestEnvelope(sender, {}, params, 0, static_cast<Body>(body), flags).error;
}
Error add(std::string_view recipient, std::string_view params = "") {
  const TestEnvelope envelope("a@c.test", {});
  const auto list = TestEnvelope::split(params);
  return envelope->add(guarded(recipient), list.data(), list.size());
}
std::string mail_line(const TestEnvelope& envelope, ExtensionSet usable = kAll) {
  return written([&](ehlo::Writer& out) { envelope->write_mail(usable, out); });
}
ehlo::ParamText param(std::string_view keyword, std::string_view value) {
  return {keyword.data(), keyword.size(), value.data(), value.size()};
}

TEST(Envelope, TakesGoodSenders) {
  for (const std::string_view sender :
       {"", "a@c.test", "a.b+c@c.test", "\"a b\"@c.test", "\"a\\\"b\"@c.test", "\"a>b\"@c.test", "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]", "\xC3\xBC@c.test", "a@\xC3\xBC.test"}) {
    const TestEnvelope envelope(sender, {});
    ASSERT_TRUE(envelope) << sender;
    std::size_t cursor = 0;
    EXPECT_EQ(envelope->next(cursor).text.text(), "MAIL FROM:<" + std::string(sender) + ">");
  }
}

TEST(Envelope, RefusesSendersAgainstTheGrammar) {
  for (const std::string_view sender : {std::string_view("a@b>\r\nRCPT TO:<x"),
                                        std::string_view("a@b> SIZE=1"),
                                        std::string_view("a@b\r\n"),
                                        std::string_view("a@b\n"),
                                        std::string_view("a@b\r"),
                                        octets("a@b\0"),
                                        octets("\0"),
                                        std::string_view(" "),
                                        std::string_view("a b@c.test"),
                                        std::string_view("a@"),
                                        std::string_view("@b"),
                                        std::string_view("a"),
                                        std::string_view("<a@b>"),
                                        std::string_view("a@b>"),
                                        std::string_view("<a@b"),
                                        std::string_view("a@b>x"),
                                        std::string_view("\"a\r\n.\r\n\"@b"),
                                        std::string_view("\"a@b"),
                                        std::string_view("a..b@c.test"),
                                        std::string_view("a@-b"),
                                        std::string_view("a@b..c"),
                                        std::string_view("a@[1.2.3]"),
                                        std::string_view("a@b c"),
                                        std::string_view("@x.test:a@b.test"),
                                        std::string_view("@x.test,@y.test:a@b.test"),
                                        std::string_view("a\t@b"),
                                        std::string_view("a\x7f@b"),
                                        std::string_view("\xff@b"),
                                        std::string_view("\xC0\x80@b"),
                                        std::string_view("postmaster"),
                                        std::string_view("a@b,c@d")}) {
    EXPECT_EQ(create(sender), EHLO_E_ARGUMENT) << printable(sender);
  }
}

TEST(Envelope, TakesGoodRecipients) {
  for (const std::string_view recipient :
       {"b@mx.test", "Postmaster", "postmaster", "\"b c\"@mx.test", "b@[192.0.2.1]", "\xC3\xBC@mx.test"})
    EXPECT_EQ(add(recipient), EHLO_OK) << recipient;
}

TEST(Envelope, RefusesRecipientsAgainstTheGrammar) {
  for (const std::string_view recipient :
       {std::string_view(""), std::string_view("b"), std::string_view("postmaster@"), std::string_view("Postmaster "),
        std::string_view("b@mx.test>\r\nDATA\r\n"), std::string_view("b@mx.test> NOTIFY=NEVER"), octets("b@mx.test\0"),
        std::string_view("b@mx.test\n"), std::string_view("b@mx.test\r"), std::string_view("<b@mx.test>"),
        std::string_view("@x.test:b@mx.test"), std::string_view("\"\r\n\"@mx.test"), std::string_view("\xff@mx.test")})
    EXPECT_EQ(add(recipient), EHLO_E_ARGUMENT) << printable(recipient);
}

// RFC 5321 4.5.3.1: a domain has 255 octets at most; local part and path have no limit of ours.
TEST(Envelope, KnowsTheLengthsOfPaths) {
  const std::string label(62, 'd');
  const std::string domain = label + "." + label + "." + label + "." + label + ".ffg";
  ASSERT_EQ(domain.size(), 255u);
  const std::string good = std::string(500, 'l') + "@" + domain;
  EXPECT_EQ(create(good), EHLO_OK);
  EXPECT_EQ(add(good), EHLO_OK);
  EXPECT_EQ(create(good + "g"), EHLO_E_ARGUMENT);
  EXPECT_EQ(add(good + "g"), EHLO_E_ARGUMENT);
}

TEST(Envelope, RefusesParametersAgainstTheGrammar) {
  const std::string_view keywords[] = {"",   "-X",       "X Y", "X=", "X\r\n", "X\n", octets("X\0"),
                                       "X_", "\xC3\xBC", "X>",  "X\t"};
  for (const std::string_view keyword : keywords) {
    const ehlo::ParamText one{keyword.data(), keyword.size(), nullptr, 0};
    const ehlo::EnvelopeOptions options{sizeof options, "", 0, &one, 1, 0, 0, 0, nullptr};
    Error error = EHLO_OK;
    EXPECT_EQ(ehlo::Envelope::create(options, heap(), error), nullptr) << printable(keyword);
    EXPECT_EQ(error, EHLO_E_ARGUMENT) << printable(keyword);
    const TestEnvelope envelope("a@c.test", {});
    EXPECT_EQ(envelope->add(bytes_of("b@mx.test"), &one, 1), EHLO_E_ARGUMENT) << printable(keyword);
    EXPECT_EQ(envelope->count(), 0u);
  }
  const std::string_view values[] = {"",     "a b",  "a=b",  "a\r\nDATA", "a\n", "\r", octets("a\0b"),
                                     "\x7f", "\xff", "\xC3", " "};
  for (const std::string_view value : values) {
    const ehlo::ParamText one = param("XFOO", value);
    const ehlo::EnvelopeOptions options{sizeof options, "", 0, &one, 1, 0, 0, 0, nullptr};
    Error error = EHLO_OK;
    EXPECT_EQ(ehlo::Envelope::create(options, heap(), error), nullptr) << printable(value);
    EXPECT_EQ(error, EHLO_E_ARGUMENT) << printable(value);
    const TestEnvelope envelope("a@c.test", {});
    EXPECT_EQ(envelope->add(bytes_of("b@mx.test"), &one, 1), EHLO_E_ARGUMENT) << printable(value);
  }
}

TEST(Envelope, RefusesValuesThatTheirExtensionDoesNotKnow) {
  for (const std::string_view params :
       {"SIZE", "SIZE=x", "SIZE=-1", "SIZE=99999999999999999999999", "BODY", "BODY=9BIT", "SMTPUTF8=x", "RET=ALL",
        "RET", "ENVID=a+zz", "REQUIRETLS=1", "AUTH", "SIZE=1 SIZE=2", "size=1 SIZE=1"})
    EXPECT_EQ(create("a@c.test", params), EHLO_E_ARGUMENT) << params;
  for (const std::string_view params :
       {"NOTIFY=x", "NOTIFY=NEVER,SUCCESS", "NOTIFY", "ORCPT=rfc822", "ORCPT=rfc822;a+zz", "NOTIFY=NEVER NOTIFY=NEVER"})
    EXPECT_EQ(add("b@mx.test", params), EHLO_E_ARGUMENT) << params;
  for (const std::string_view params :
       {"SIZE=0", "SIZE=18446744073709551615", "BODY=7BIT", "body=8bitmime", "SMTPUTF8", "RET=HDRS ENVID=a+2Bb",
        "AUTH=<>", "AUTH=a@c.test", "XFOO XBAR=baz", "REQUIRETLS"})
    EXPECT_EQ(create("a@c.test", params), EHLO_OK) << params;
  for (const std::string_view params : {"NOTIFY=NEVER", "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b@mx.test", "XFOO=\xC3\xBC"})
    EXPECT_EQ(add("b@mx.test", params), EHLO_OK) << params;
}

TEST(Envelope, RefusesMoreParametersThanACommandMayCarry) {
  std::string params = "X0=1";
  for (int i = 1; i < 32; ++i) params += " X" + std::to_string(i) + "=1";
  EXPECT_EQ(create("a@c.test", params), EHLO_OK);
  EXPECT_EQ(add("b@mx.test", params), EHLO_OK);
  params += " X32";
  EXPECT_EQ(create("a@c.test", params), EHLO_E_ARGUMENT);
  EXPECT_EQ(add("b@mx.test", params), EHLO_E_ARGUMENT);
}

TEST(Envelope, RefusesOptionsOutOfRange) {
  EXPECT_EQ(create("a@c.test", "", 3), EHLO_E_ARGUMENT);
  EXPECT_EQ(create("a@c.test", "", UINT32_MAX), EHLO_E_ARGUMENT);
  EXPECT_EQ(create("a@c.test", "", 0, 4), EHLO_E_ARGUMENT);
  EXPECT_EQ(create("a@c.test", "", 0, 0x80000000u), EHLO_E_ARGUMENT);
}

TEST(Envelope, ThatRefusesARecipientIsAsBefore) {
  const TestEnvelope envelope("a@c.test", {"b@mx.test"});
  EXPECT_EQ(envelope->add(bytes_of("bad"), nullptr, 0), EHLO_E_ARGUMENT);
  EXPECT_EQ(envelope->add(bytes_of("\xC3\xBC"), nullptr, 0), EHLO_E_ARGUMENT);
  const auto smtputf8 = param("XFOO", "bad value");
  EXPECT_EQ(envelope->add(bytes_of("\xC3\xBC@mx.test"), &smtputf8, 1), EHLO_E_ARGUMENT);
  EXPECT_EQ(envelope->count(), 1u);
  EXPECT_EQ(mail_line(envelope), "MAIL FROM:<a@c.test>") << "no SMTPUTF8 for who was refused";
  EXPECT_EQ(envelope->add(bytes_of("c@mx.test"), nullptr, 0), EHLO_OK);
  std::size_t cursor = 0;
  for (const char* line : {"MAIL FROM:<a@c.test>", "RCPT TO:<b@mx.test>", "RCPT TO:<c@mx.test>"})
    EXPECT_EQ(envelope->next(cursor).text.text(), line);
}

TEST(Envelope, AddsWhatTheSessionHasToSay) {
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "", 1000)), "MAIL FROM:<a@c.test> SIZE=1000");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "", 1000), 0), "MAIL FROM:<a@c.test>") << "only where it is offered";
  EXPECT_EQ(mail_line(TestEnvelope("", {}, "", 0)), "MAIL FROM:<>");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "", 0, EHLO_BODY_8BITMIME)), "MAIL FROM:<a@c.test> BODY=8BITMIME");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "", 0, EHLO_BODY_BINARYMIME)),
            "MAIL FROM:<a@c.test> BODY=BINARYMIME");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "", 0, EHLO_BODY_7BIT, EHLO_ENVELOPE_FLAG_SMTPUTF8)),
            "MAIL FROM:<a@c.test> SMTPUTF8");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "", 0, EHLO_BODY_7BIT, EHLO_ENVELOPE_FLAG_REQUIRETLS)),
            "MAIL FROM:<a@c.test> REQUIRETLS");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {"\xC3\xBC@mx.test"})), "MAIL FROM:<a@c.test> SMTPUTF8");
  EXPECT_EQ(mail_line(TestEnvelope("\xC3\xBC@c.test", {})), "MAIL FROM:<\xC3\xBC@c.test> SMTPUTF8");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "RET=FULL XFOO=bar", 7, EHLO_BODY_8BITMIME,
                                   EHLO_ENVELOPE_FLAG_SMTPUTF8 | EHLO_ENVELOPE_FLAG_REQUIRETLS)),
            "MAIL FROM:<a@c.test> RET=FULL XFOO=bar SIZE=7 BODY=8BITMIME SMTPUTF8 REQUIRETLS");
}

TEST(Envelope, AddsNothingTwice) {
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "size=5", 1000)), "MAIL FROM:<a@c.test> size=5");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "body=8BITMIME", 0, EHLO_BODY_8BITMIME)),
            "MAIL FROM:<a@c.test> body=8BITMIME");
  EXPECT_EQ(mail_line(TestEnvelope("\xC3\xBC@c.test", {}, "SMTPutf8", 0, EHLO_BODY_7BIT, EHLO_ENVELOPE_FLAG_SMTPUTF8)),
            "MAIL FROM:<\xC3\xBC@c.test> SMTPutf8");
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "RequireTLS", 0, EHLO_BODY_7BIT, EHLO_ENVELOPE_FLAG_REQUIRETLS)),
            "MAIL FROM:<a@c.test> RequireTLS");
  // What only looks like it is another parameter.
  EXPECT_EQ(mail_line(TestEnvelope("a@c.test", {}, "SIZEX=5", 9)), "MAIL FROM:<a@c.test> SIZEX=5 SIZE=9");
}

TEST(Envelope, HoldsManyRecipients) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 5000; ++i) recipients.push_back("b" + std::to_string(i) + "@mx.test");
  const TestEnvelope envelope("a@c.test", recipients);
  EXPECT_EQ(envelope->count(), 5000u);
  std::size_t cursor = 0;
  envelope->next(cursor);
  for (const std::string& recipient : recipients)
    ASSERT_EQ(envelope->next(cursor).text.text(), "RCPT TO:<" + recipient + ">");
}

TEST(Envelope, ReadsNothingBehindItsTexts) {
  const GuardedBytes address("b@mx.test"), keyword("XFOO"), value("bar");
  const ehlo::ParamText one{reinterpret_cast<const char*>(keyword.data()), keyword.size(),
                            reinterpret_cast<const char*>(value.data()), value.size()};
  const TestEnvelope envelope("a@c.test", {});
  EXPECT_EQ(envelope->add({address.data(), address.size()}, &one, 1), EHLO_OK);
  std::size_t cursor = 0;
  envelope->next(cursor);
  EXPECT_EQ(envelope->next(cursor).text.text(), "RCPT TO:<b@mx.test> XFOO=bar");
}

// RFC 3030 3: binary content goes with its parameter alone, so the two ways to say what the content needs must agree.
TEST(Envelope, RefusesABodyThatContradictsItsParameter) {
  const struct {
    std::string_view params;
    Body body;
    Error error;
  } rows[] = {{"BODY=7BIT", EHLO_BODY_BINARYMIME, EHLO_E_ARGUMENT},
              {"BODY=7BIT", EHLO_BODY_8BITMIME, EHLO_E_ARGUMENT},
              {"BODY=8BITMIME", EHLO_BODY_BINARYMIME, EHLO_E_ARGUMENT},
              {"XFOO body=8bitmime", EHLO_BODY_BINARYMIME, EHLO_E_ARGUMENT},
              {"BODY=BINARYMIME", EHLO_BODY_8BITMIME, EHLO_E_ARGUMENT},
              {"BODY=7BIT", EHLO_BODY_7BIT, EHLO_OK},
              {"body=binarymime", EHLO_BODY_BINARYMIME, EHLO_OK},
              {"BODY=BINARYMIME", EHLO_BODY_7BIT, EHLO_OK},
              {"BODY=8BITMIME", EHLO_BODY_7BIT, EHLO_OK}};
  for (const auto& row : rows)
    EXPECT_EQ(create("a@c.test", row.params, static_cast<std::uint32_t>(row.body)), row.error) << row.params;
}

TEST(Envelope, DoesNotGrowWhileItIsSubmitted) {
  for (const std::string_view lines : {"", "PIPELINING"}) {
    const TestEnvelope envelope("a@c.test");
    ehlo::ClientOptions options = client_options();
    options.max_recipients = 1;
    ClientLink link(options);
    link->open();
    link.feed("220 mx.test\r\n");
    link.feed(lines.empty() ? "250 mx.test\r\n" : "250-mx.test\r\n250 PIPELINING\r\n");
    link.take_wire();
    link.take_events();
    ASSERT_EQ(link->transact(*envelope), EHLO_OK);
    EXPECT_EQ(envelope->add(bytes_of("late@mx.test"), nullptr, 0), EHLO_E_STATE);
    link.pump();
    for (const char* reply : {"250 ok\r\n", "550 no\r\n", lines.empty() ? "250 ok\r\n" : "503 no\r\n"})
      link.feed(reply);
    if (!lines.empty()) link.feed("250 ok\r\n");
    EXPECT_EQ(link.take_wire(), lines.empty() ? "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRSET\r\n"
                                              : "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nRSET\r\n");
    std::vector<std::string> expected{"reply MAIL 250 #1", "reply RCPT 550 #1 @0",
                                      "outcome 550 #1 @0 failed recipient"};
    if (!lines.empty()) expected.push_back("reply DATA 503 #1");
    expected.insert(expected.end(), {"reply RSET 250", "done #1"});
    EXPECT_EQ(link.take_events(), expected);
    EXPECT_EQ(wants_text(link->wants()), "input command");
    EXPECT_EQ(envelope->add(bytes_of("late@mx.test"), nullptr, 0), EHLO_OK);
    EXPECT_EQ(link->transact(*envelope), EHLO_E_ARGUMENT) << "now it has 2";
  }
}

}  // namespace
