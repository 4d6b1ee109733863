// What the server must have announced before something is sent, and what is missing (lacks).
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Body;
using ehlo::Error;
using ehlo::ExtensionId;
using ehlo::ExtensionSet;

Dialogue::Call lacks(ExtensionSet expected) {
  return [expected](ClientLink& link) {
    EXPECT_EQ(extension_names(link->lacks()), extension_names(expected));
    return EHLO_OK;
  };
}

Dialogue::Call lacks_keyword(std::string_view expected) {
  return [expected = std::string(expected)](ClientLink& link) {
    EXPECT_EQ(link->lacks_keyword().text(), expected);
    EXPECT_EQ(link->lacks_keyword().data[link->lacks_keyword().size], '\0');
    return EHLO_OK;
  };
}

// Submitted, and the same by single commands; `commands` stands for whether that is refused too.
struct Row {
  const TestEnvelope& envelope;
  std::string_view lines;
  Error error;
  ExtensionSet missing;
};
void refused(const Row& row, std::uint32_t flags = 0) {
  Dialogue dialogue = opened(row.lines, flags);
  dialogue.refuse(row.error, [&](ClientLink& link) { return link->transact(*row.envelope); }).call(lacks(row.missing));
  dialogue.wants("input command").outstanding(0).check();
}
void sent(const TestEnvelope& envelope, std::string_view lines, std::string_view mail, std::uint32_t flags = 0) {
  Dialogue dialogue = opened(lines, flags);
  dialogue.transact(envelope, std::string(mail) + "\r\n").check();
}

const std::vector<std::string> kBob{"b@mx.test"};

TEST(Offered, IsNeededForEightBitContent) {
  const TestEnvelope envelope("a@c.test", kBob, "", 0, EHLO_BODY_8BITMIME);
  refused({envelope, "SIZE", EHLO_E_NOT_OFFERED, EHLO_EXT_BIT(EHLO_EXT_8BITMIME)});
  refused({envelope, "SIZE", EHLO_E_NOT_OFFERED, EHLO_EXT_BIT(EHLO_EXT_8BITMIME)}, EHLO_CLIENT_FLAG_ANY_PARAMETER);
  sent(envelope, "8BITMIME", "MAIL FROM:<a@c.test> BODY=8BITMIME");
}

// C13, RFC 3030 3: BINARYMIME without CHUNKING is of no use.
TEST(Offered, IsNeededForBinaryContent) {
  const TestEnvelope envelope("a@c.test", kBob, "", 0, EHLO_BODY_BINARYMIME);
  refused({envelope, "8BITMIME\nCHUNKING", EHLO_E_NOT_OFFERED, EHLO_EXT_BIT(EHLO_EXT_BINARYMIME)});
  Dialogue dialogue = opened("8BITMIME\nBINARYMIME");
  dialogue.refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*envelope); }).check();
  sent(envelope, "BINARYMIME\nCHUNKING", "MAIL FROM:<a@c.test> BODY=BINARYMIME");
}

TEST(Offered, IsNeededForNonAscii) {
  const TestEnvelope of_sender("\xC3\xBC@c.test", kBob), of_recipient("a@c.test", {"b@mx.test", "\xC3\xBC@mx.test"}),
      of_flag("a@c.test", kBob, "", 0, EHLO_BODY_7BIT, EHLO_ENVELOPE_FLAG_SMTPUTF8),
      of_value("a@c.test", kBob, "XFOO=\xC3\xBC");
  for (const TestEnvelope* envelope : {&of_sender, &of_recipient, &of_flag})
    for (const std::string_view lines : {"", "8BITMIME", "SMTPUTF8"}) {
      // RFC 6531 3.1: SMTPUTF8 goes with 8BITMIME.
      Dialogue dialogue = opened(lines);
      dialogue.refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(**envelope); }).check();
    }
  refused({of_recipient, "8BITMIME", EHLO_E_NOT_OFFERED, EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8)},
          EHLO_CLIENT_FLAG_ANY_PARAMETER);
  sent(of_sender, "8BITMIME\nSMTPUTF8", "MAIL FROM:<\xC3\xBC@c.test> SMTPUTF8");
  sent(of_recipient, "8BITMIME\nSMTPUTF8 x y", "MAIL FROM:<a@c.test> SMTPUTF8");
  sent(of_flag, "8BITMIME\nSMTPUTF8", "MAIL FROM:<a@c.test> SMTPUTF8");
  sent(of_value, "8BITMIME\nSMTPUTF8", "MAIL FROM:<a@c.test> XFOO=\xC3\xBC SMTPUTF8", EHLO_CLIENT_FLAG_ANY_PARAMETER);
}

// RFC 8689 2: REQUIRETLS is announced within TLS alone.
TEST(Offered, IsNeededForRequiretls) {
  const TestEnvelope envelope("a@c.test", kBob, "", 0, EHLO_BODY_7BIT, EHLO_ENVELOPE_FLAG_REQUIRETLS);
  refused({envelope, "REQUIRETLS", EHLO_E_NOT_OFFERED, EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS)});
  refused({envelope, "SIZE", EHLO_E_NOT_OFFERED, EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS)}, EHLO_CLIENT_FLAG_IMPLICIT_TLS);
  sent(envelope, "REQUIRETLS", "MAIL FROM:<a@c.test> REQUIRETLS", EHLO_CLIENT_FLAG_IMPLICIT_TLS);
}

TEST(Offered, ReportsAllThatIsMissing) {
  const TestEnvelope envelope("\xC3\xBC@c.test", kBob, "", 0, EHLO_BODY_8BITMIME, EHLO_ENVELOPE_FLAG_REQUIRETLS);
  refused({envelope, "", EHLO_E_NOT_OFFERED,
           EHLO_EXT_BIT(EHLO_EXT_8BITMIME) | EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8) | EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS)});
}

// RFC 1870 6.1, C14.
TEST(Offered, SizeIsALimit) {
  const TestEnvelope envelope("a@c.test", kBob, "", 1001);
  refused({envelope, "SIZE 1000", EHLO_E_MESSAGE_TOO_LARGE, 0});
  sent(envelope, "SIZE 1001", "MAIL FROM:<a@c.test> SIZE=1001");
  for (const std::string_view lines : {"SIZE", "SIZE 0", "SIZE 99999999999999999999999", "SIZE x"})
    sent(envelope, lines, "MAIL FROM:<a@c.test> SIZE=1001");
  sent(envelope, "", "MAIL FROM:<a@c.test>");
  const TestEnvelope huge("a@c.test", kBob, "", UINT64_MAX);
  sent(huge, "SIZE 18446744073709551615", "MAIL FROM:<a@c.test> SIZE=18446744073709551615");
  refused({huge, "SIZE 4294967296", EHLO_E_MESSAGE_TOO_LARGE, 0});
}

TEST(Offered, IsNeededForParameters) {
  const struct {
    std::string_view params;
    ExtensionSet extension;
    std::string_view line;
  } rows[] = {{"SIZE=5", EHLO_EXT_BIT(EHLO_EXT_SIZE), "SIZE"},
              {"BODY=8BITMIME", EHLO_EXT_BIT(EHLO_EXT_8BITMIME), "8BITMIME"},
              {"RET=FULL", EHLO_EXT_BIT(EHLO_EXT_DSN), "DSN"},
              {"ENVID=x", EHLO_EXT_BIT(EHLO_EXT_DSN), "DSN"},
              {"AUTH=<>", EHLO_EXT_BIT(EHLO_EXT_AUTH), "AUTH PLAIN"}};
  for (const auto& row : rows) {
    const TestEnvelope envelope("a@c.test", kBob, row.params);
    const std::string mail = "MAIL FROM:<a@c.test> " + std::string(row.params);
    refused({envelope, "PIPELINING", EHLO_E_NOT_OFFERED, row.extension});
    refused({envelope, "", EHLO_E_NOT_OFFERED, row.extension});
    sent(envelope, row.line, mail);
    // "let parameters through whose keyword the server did not announce"
    sent(envelope, "", mail, EHLO_CLIENT_FLAG_ANY_PARAMETER);
    // The same for single commands.
    const auto list = TestEnvelope::split(row.params);
    const auto by_hand = [&](ClientLink& link) { return link->mail(bytes_of("a@c.test"), list.data(), list.size()); };
    opened().refuse(EHLO_E_NOT_OFFERED, by_hand).call(lacks(row.extension)).check();
    opened(row.line).call(by_hand, mail + "\r\n").check();
    opened("", EHLO_CLIENT_FLAG_ANY_PARAMETER).call(by_hand, mail + "\r\n").check();
  }
}

TEST(Offered, IsNeededForParametersOfRecipients) {
  for (const std::string_view params : {"NOTIFY=NEVER", "ORCPT=rfc822;b@mx.test"}) {
    const TestEnvelope envelope("a@c.test", {"b@mx.test", "c@mx.test " + std::string(params)});
    refused({envelope, "SIZE", EHLO_E_NOT_OFFERED, EHLO_EXT_BIT(EHLO_EXT_DSN)});
    Dialogue dialogue = opened("DSN\nPIPELINING");
    dialogue.transact(envelope, "MAIL FROM:<a@c.test>\r\nRCPT TO:<b@mx.test>\r\nRCPT TO:<c@mx.test> " +
                                    std::string(params) + "\r\nDATA\r\n");
    dialogue.check();
  }
  const TestEnvelope envelope("a@c.test", {"b@mx.test XFOO=1"});
  refused({envelope, "DSN", EHLO_E_NOT_OFFERED, 0});
}

// RFC 1870 3, RFC 3461 4, RFC 4954 5: each parameter belongs to one command. Refused when it is added or submitted.
TEST(Offered, IsNeverAParameterOfTheOtherCommand) {
  const auto goes_out = [](std::string_view of_mail, std::string_view of_rcpt) {
    const auto mail = TestEnvelope::split(of_mail), rcpt = TestEnvelope::split(of_rcpt);
    const ehlo::EnvelopeOptions options{sizeof options, "a@c.test", 8, mail.data(), mail.size(), 0, 0, 0, nullptr};
    Error error = EHLO_OK;
    ehlo::Envelope* envelope = ehlo::Envelope::create(options, heap(), error);
    if (envelope == nullptr) return false;
    error = envelope->add(bytes_of("b@mx.test"), rcpt.data(), rcpt.size());
    if (error == EHLO_OK) {
      ClientLink link(client_options());
      greet(link, "SIZE\n8BITMIME\nDSN\nCHUNKING\nBINARYMIME\nAUTH PLAIN");
      error = link->transact(*envelope);
    }
    ehlo::Envelope::drop(envelope);
    return error == EHLO_OK;
  };
  for (const std::string_view params : {"NOTIFY=NEVER", "ORCPT=rfc822;a"}) {
    EXPECT_FALSE(goes_out(params, "")) << params;
    EXPECT_TRUE(goes_out("", params)) << params;
  }
  for (const std::string_view params : {"SIZE=1", "RET=FULL", "BODY=7BIT", "ENVID=x", "AUTH=<>"}) {
    EXPECT_TRUE(goes_out(params, "")) << params;
    EXPECT_FALSE(goes_out("", params)) << params;
  }
}

TEST(Offered, NonAsciiByHandNeedsTheParameterToo) {
  const auto list = TestEnvelope::split("SMTPUTF8");
  const auto mail = [](std::string_view sender) {
    return [=](ClientLink& link) { return link->mail(bytes_of(sender), nullptr, 0); };
  };
  opened().refuse(EHLO_E_NOT_OFFERED, mail("\xC3\xBC@c.test")).call(lacks(EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8))).check();
  Dialogue dialogue = opened("8BITMIME\nSMTPUTF8\nPIPELINING");
  dialogue.refuse(EHLO_E_NEEDS_SMTPUTF8, mail("\xC3\xBC@c.test"));
  dialogue.call(mail("a@c.test"), "MAIL FROM:<a@c.test>\r\n");
  dialogue.refuse(EHLO_E_NEEDS_SMTPUTF8,
                  [](ClientLink& link) { return link->rcpt(bytes_of("\xC3\xBC@mx.test"), nullptr, 0); });
  dialogue.check();
  Dialogue with = opened("8BITMIME\nSMTPUTF8\nPIPELINING");
  with.call([&](ClientLink& link) { return link->mail(bytes_of("\xC3\xBC@c.test"), list.data(), 1); },
            "MAIL FROM:<\xC3\xBC@c.test> SMTPUTF8\r\n");
  with.call([](ClientLink& link) { return link->rcpt(bytes_of("\xC3\xBC@mx.test"), nullptr, 0); },
            "RCPT TO:<\xC3\xBC@mx.test>\r\n");
  with.call([](ClientLink& link) {
    EXPECT_NE(link->facts() & EHLO_FACT_SMTPUTF8, 0u);
    return EHLO_OK;
  });
  with.check();
}

TEST(Offered, RefusedArgumentsByHandLeaveNoTrace) {
  Dialogue dialogue = opened("PIPELINING");
  for (const std::string_view sender : {"a@b>\r\nRCPT TO:<x", "a b@c", "<a@b>", "a", "@x:a@b"})
    dialogue.refuse(EHLO_E_ARGUMENT, [=](ClientLink& link) { return link->mail(bytes_of(sender), nullptr, 0); });
  dialogue.outstanding(0).wants("input command");
  dialogue.call([](ClientLink& link) { return link->mail({}, nullptr, 0); }, "MAIL FROM:<>\r\n");
  for (const std::string_view recipient : {"", "b@c>\r\nDATA", "b", "<b@c>"})
    dialogue.refuse(EHLO_E_ARGUMENT, [=](ClientLink& link) { return link->rcpt(bytes_of(recipient), nullptr, 0); });
  dialogue.call([](ClientLink& link) { return link->rcpt(bytes_of("Postmaster"), nullptr, 0); },
                "RCPT TO:<Postmaster>\r\n");
  dialogue.outstanding(2).server("250 ok\r\n250 ok\r\n", {"reply MAIL 250 #1", "reply RCPT 250 #1 @0"}).check();
}

TEST(Offered, OneEnvelopeServesManySessions) {
  const TestEnvelope envelope("a@c.test", {"b@mx.test"}, "", 12);
  for (int i = 0; i < 3; ++i) {
    sent(envelope, "", "MAIL FROM:<a@c.test>");
    sent(envelope, "SIZE", "MAIL FROM:<a@c.test> SIZE=12");
  }
}

// The same by hand and while the envelope is built, whatever was announced or is let through.
TEST(Offered, ParametersOfTheOtherCommandAreArguments) {
  const std::string_view announced = "SIZE\n8BITMIME\nDSN\nSMTPUTF8\nAUTH PLAIN\nNOTIFY\nORCPT\nPIPELINING";
  const auto call = [](bool recipient, std::string_view params) {
    return [=](ClientLink& link) {
      const auto list = TestEnvelope::split(params);
      return recipient ? link->rcpt(bytes_of("b@mx.test"), list.data(), list.size())
                       : link->mail(bytes_of("a@c.test"), list.data(), list.size());
    };
  };
  for (const std::uint32_t flags : {0u, 0u + EHLO_CLIENT_FLAG_ANY_PARAMETER}) {
    Dialogue dialogue = opened(announced, flags);
    for (const std::string_view params : {"NOTIFY=NEVER", "ORCPT=rfc822;a", "NOTIFY", "notify=x"}) {
      dialogue.refuse(EHLO_E_ARGUMENT, call(false, params));
      EXPECT_EQ(TestEnvelope("a@c.test", kBob, params).error, EHLO_E_ARGUMENT) << params;
    }
    dialogue.call(call(false, ""), "MAIL FROM:<a@c.test>\r\n");
    const TestEnvelope envelope("a@c.test", {});
    for (const std::string_view params : {"SIZE=1", "SIZE=1x", "size", "BODY=7BIT", "RET=FULL", "ENVID=x", "AUTH=<>",
                                          "SMTPUTF8", "REQUIRETLS", "XFOO=1 SIZE=1"}) {
      dialogue.refuse(EHLO_E_ARGUMENT, call(true, params));
      const auto list = TestEnvelope::split(params);
      EXPECT_EQ(envelope->add(bytes_of("b@mx.test"), list.data(), list.size()), EHLO_E_ARGUMENT) << params;
    }
    EXPECT_EQ(envelope->count(), 0u);
    dialogue.outstanding(1).call(call(true, "NOTIFY=NEVER"), "RCPT TO:<b@mx.test> NOTIFY=NEVER\r\n").check();
  }
}

// A line that looks like the parameter is not the extension that brings it.
TEST(Offered, IsTheExtensionAndNotTheKeywordOfItsParameter) {
  const struct {
    std::string_view line, params;
    ExtensionSet missing;
  } rows[] = {{"BODY", "BODY=8BITMIME", EHLO_EXT_BIT(EHLO_EXT_8BITMIME)},
              {"BODY 8BITMIME", "BODY=8BITMIME", EHLO_EXT_BIT(EHLO_EXT_8BITMIME)},
              {"RET", "RET=FULL", EHLO_EXT_BIT(EHLO_EXT_DSN)},
              {"ENVID", "ENVID=x", EHLO_EXT_BIT(EHLO_EXT_DSN)},
              {"REQUIRETLS", "REQUIRETLS", EHLO_EXT_BIT(EHLO_EXT_REQUIRETLS)}};
  for (const auto& row : rows) {
    const TestEnvelope envelope("a@c.test", kBob, row.params);
    refused({envelope, row.line, EHLO_E_NOT_OFFERED, row.missing});
    const auto list = TestEnvelope::split(row.params);
    const auto mail = [&](ClientLink& link) { return link->mail(bytes_of("a@c.test"), list.data(), list.size()); };
    opened(row.line).refuse(EHLO_E_NOT_OFFERED, mail).call(lacks(row.missing)).wants("input command").check();
  }
}

// What brings a parameter that no row knows is not known either: DELIVERBY brings BY, and no DELIVERBY (RFC 2852 4).
TEST(Offered, IsNotAParameterThatNoRowKnows) {
  for (const std::string_view params : {"DELIVERBY=1", "XFOO", "xfoo=bar"}) {
    const TestEnvelope envelope("a@c.test", kBob, params);
    const std::string mail = "MAIL FROM:<a@c.test> " + std::string(params);
    const auto list = TestEnvelope::split(params);
    const auto by_hand = [&](ClientLink& link) { return link->mail(bytes_of("a@c.test"), list.data(), list.size()); };
    for (const std::string_view lines : {"", "DELIVERBY", "DELIVERBY 60\nXFOO", "XFOO bar"}) {
      refused({envelope, lines, EHLO_E_NOT_OFFERED, 0});
      opened(lines).refuse(EHLO_E_NOT_OFFERED, by_hand).call(lacks(0)).check();
      sent(envelope, lines, mail, EHLO_CLIENT_FLAG_ANY_PARAMETER);
      opened(lines, EHLO_CLIENT_FLAG_ANY_PARAMETER).call(by_hand, mail + "\r\n").check();
    }
  }
}

// Of a parameter, in the program's own words.
TEST(Offered, NamesTheParameterThatIsNot) {
  const struct {
    std::string_view params, keyword;
    ExtensionSet missing;
  } rows[] = {{"SIZE=1 XFoo=b", "XFoo", 0}, {"SIZE=1 RET=FULL", "RET", EHLO_EXT_BIT(EHLO_EXT_DSN)}};
  for (const auto& row : rows) {
    const TestEnvelope of_mail("a@c.test", kBob, row.params);
    refused({of_mail, "SIZE", EHLO_E_NOT_OFFERED, row.missing});
    const auto list = TestEnvelope::split(row.params);
    const auto mail = [&](ClientLink& link) { return link->mail(bytes_of("a@c.test"), list.data(), list.size()); };
    const auto submit = [&](ClientLink& link) { return link->transact(*of_mail); };
    for (const Dialogue::Call& call : {Dialogue::Call(mail), Dialogue::Call(submit)})
      opened("SIZE").refuse(EHLO_E_NOT_OFFERED, call).call(lacks_keyword(row.keyword)).check();
  }
  const TestEnvelope of_rcpt("a@c.test", {"b@mx.test", "c@mx.test NOTIFY=NEVER", "d@mx.test XFoo"});
  opened("DSN")
      .refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*of_rcpt); })
      .call(lacks_keyword("XFoo"))
      .check();
}

TEST(Offered, NamesNoParameterWhereAnExtensionIsMissing) {
  const TestEnvelope unknown("a@c.test", kBob, "XFoo"), eight_bit("a@c.test", kBob, "", 0, EHLO_BODY_8BITMIME);
  Dialogue dialogue = opened();
  dialogue.refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*unknown); });
  dialogue.call(lacks_keyword("XFoo"));
  dialogue.refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*eight_bit); });
  dialogue.call(lacks_keyword("")).call(lacks(EHLO_EXT_BIT(EHLO_EXT_8BITMIME)));
  dialogue.refuse(EHLO_E_NOT_OFFERED, [](ClientLink& link) { return link->starttls(); });
  dialogue.call(lacks_keyword("")).call(lacks(EHLO_EXT_BIT(EHLO_EXT_STARTTLS))).check();
}

TEST(Offered, KeepsTheBeginningOfALongKeyword) {
  for (const std::size_t size : {63u, 64u, 500u}) {
    const std::string keyword(size, 'X');
    const TestEnvelope envelope("a@c.test", kBob, keyword);
    opened()
        .refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*envelope); })
        .call(lacks_keyword(keyword.substr(0, 63)))
        .check();
  }
}

// What a server announced before is forgotten.
TEST(Offered, IsWhatTheLastHelloAnnounced) {
  const TestEnvelope envelope("a@c.test", kBob, "RET=FULL");
  Dialogue dialogue = opened("DSN");
  dialogue.transact(envelope, "MAIL FROM:<a@c.test> RET=FULL\r\n").server("550 no\r\n").unchecked();
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }, "EHLO c.test\r\n");
  dialogue.server(hello_reply("SIZE")).unchecked();
  dialogue.refuse(EHLO_E_NOT_OFFERED, [&](ClientLink& link) { return link->transact(*envelope); }).check();
}

// The value says which of two extensions is missing; one that both know is brought by either.
TEST(Offered, SaysWhichExtensionBringsTheValue) {
  const struct {
    std::string_view params;
    ExtensionSet missing;
  } rows[] = {{"BODY=8bitmime", EHLO_EXT_BIT(EHLO_EXT_8BITMIME)},
              {"BODY=BINARYMIME", EHLO_EXT_BIT(EHLO_EXT_BINARYMIME)},
              {"body=7BIT", EHLO_EXT_BIT(EHLO_EXT_8BITMIME) | EHLO_EXT_BIT(EHLO_EXT_BINARYMIME)}};
  for (const auto& row : rows) {
    const auto list = TestEnvelope::split(row.params);
    const auto mail = [&](ClientLink& link) { return link->mail(bytes_of("a@c.test"), list.data(), list.size()); };
    opened("SIZE").refuse(EHLO_E_NOT_OFFERED, mail).call(lacks(row.missing)).check();
    // Also where another extension brings the parameter, and not this value.
    const std::string line = "MAIL FROM:<a@c.test> " + std::string(row.params) + "\r\n";
    for (const std::string_view lines : {"8BITMIME", "SIZE"})
      opened(lines, EHLO_CLIENT_FLAG_ANY_PARAMETER).call(mail, line).check();
  }
}

Dialogue::Call offers(std::string_view keyword, bool offered, std::string_view arguments = "-") {
  return [=](ClientLink& link) {
    ehlo::Span span{1, 1};
    EXPECT_EQ(link->offers(bytes_of(keyword), span), offered) << keyword;
    EXPECT_EQ(ehlo::present(span) ? link->hello_reply().at(span).text() : std::string_view("-"), arguments) << keyword;
    return EHLO_OK;
  };
}

// Known or not, in any case: all that the reply says, with TLS or without.
TEST(Offered, IsLookedUpByKeyword) {
  Dialogue dialogue;
  dialogue.call(offers("SIZE", false)).call([](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test\r\n").unchecked().call(offers("SIZE", false));
  dialogue.server(hello_reply("SIZE 1000\nXFOO  bar  baz  \nREQUIRETLS\nDELIVERBY 60\nx-y\nSIZE 2000")).unchecked();
  dialogue.call(offers("SIZE", true, "2000")).call(offers("size", true, "2000")).call(offers("XFOO", true, "bar  baz"));
  dialogue.call(offers("REQUIRETLS", true)).call(offers("deliverby", true, "60")).call(offers("X-Y", true));
  for (const std::string_view none : {"", "mx.test", "XFO", "XFOOO", "bar", "XFOO bar", "SIZE=", "BY", "DSN", "60"})
    dialogue.call(offers(none, false));
  // A new hello, and what it says.
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }, "EHLO c.test\r\n");
  dialogue.server(hello_reply("DSN")).unchecked().call(offers("DSN", true)).call(offers("SIZE", false));
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_HELO); }, "HELO c.test\r\n");
  // RFC 5321 3.2: the reply to HELO has no extensions.
  dialogue.server(hello_reply("DSN")).unchecked().call(offers("DSN", false)).check();
}

// "AUTH=" is how some servers wrote it before it was a standard, and Exchange writes X-EXPS.
TEST(Offered, IsLookedUpWithoutTheEqualsSign) {
  opened("AUTH=LOGIN PLAIN\nX-EXPS=NTLM LOGIN\nSIZE=100")
      .call(offers("AUTH", true, "LOGIN PLAIN"))
      .call(offers("x-exps", true, "NTLM LOGIN"))
      .call(offers("SIZE", false))
      .check();
  opened("X-EXPS GSSAPI\nx-exps=\nAUTH").call(offers("X-EXPS", true)).call(offers("AUTH", true)).check();
}

}  // namespace
