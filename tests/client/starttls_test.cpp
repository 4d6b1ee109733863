// STARTTLS (RFC 3207) and TLS from the first octet (RFC 8314).
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

const TestEnvelope kOne("a@c.test");

Error starttls(ClientLink& link) { return link->starttls(); }
Error tls_started(ClientLink& link) { return link->tls_started(); }
Error open(ClientLink& link) { return link->open(); }
Error plain(ClientLink& link) { return link->auth(bytes_of("PLAIN"), bytes_of("x"), true); }

Dialogue secured(std::uint32_t flags = 0) {
  Dialogue dialogue = opened("STARTTLS\nPIPELINING\nAUTH PLAIN\nREQUIRETLS", flags);
  dialogue.call(starttls, "STARTTLS\r\n").server("220 go\r\n", {"tls STARTTLS 220"});
  return dialogue;
}

TEST(StartTls, BeginsAnew) {
  Dialogue dialogue = opened("STARTTLS\nPIPELINING\nSIZE 10\nREQUIRETLS");
  dialogue.call(starttls, "STARTTLS\r\n").wants("input");
  dialogue.refuse(EHLO_E_STATE, tls_started).refuse(EHLO_E_STATE, [](ClientLink& link) { return link->quit(); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->command(bytes_of("NOOP"), {}, 0); });
  dialogue.server("220 go\r\n", {"tls STARTTLS 220"}).wants("tls").timeout(EHLO_TIMEOUT_TLS, 300);
  for (const Dialogue::Call& call :
       {Dialogue::Call(open), Dialogue::Call(starttls), Dialogue::Call([](ClientLink& link) { return link->quit(); }),
        Dialogue::Call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }),
        Dialogue::Call([](ClientLink& link) { return link->release(); })})
    dialogue.refuse(EHLO_E_STATE, call);
  dialogue.call(tls_started).wants("input command").call([](ClientLink& link) {
    // RFC 3207 4.2: what was learnt before is void.
    EXPECT_EQ(link->facts(), static_cast<std::uint32_t>(EHLO_FACT_TLS));
    EXPECT_EQ(link->capabilities().usable, 0u);
    EXPECT_EQ(link->capabilities().offered, 0u);
    EXPECT_FALSE(link->capabilities().has_size_limit);
    EXPECT_TRUE(link->hello_reply().empty());
    return EHLO_OK;
  });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->transact(*kOne); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); });
  dialogue.refuse(EHLO_E_STATE, tls_started);
  dialogue.call(open, "EHLO c.test\r\n");
  // RFC 3207 4.2, RFC 8689 2: no STARTTLS within TLS; REQUIRETLS only there.
  dialogue.server("250-mx.test\r\n250-STARTTLS\r\n250 REQUIRETLS\r\n", {"reply EHLO 250", "ready REQUIRETLS"});
  dialogue.call([](ClientLink& link) {
    EXPECT_NE(link->starttls(), EHLO_OK);
    return EHLO_OK;
  });
  dialogue.check();
}

TEST(StartTls, GoesOnInClearWhereItIsRefused) {
  for (const std::string code : {"454", "501", "554", "502"}) {
    Dialogue dialogue = opened("STARTTLS\nSIZE");
    dialogue.call(starttls, "STARTTLS\r\n").server(code + " no\r\n", {"reply STARTTLS " + code});
    dialogue.wants("input command").call([](ClientLink& link) {
      EXPECT_EQ(link->facts(), static_cast<std::uint32_t>(EHLO_FACT_ESMTP));
      return EHLO_OK;
    });
    dialogue.refuse(EHLO_E_STATE, tls_started).transact(kOne, "MAIL FROM:<a@c.test>\r\n").check();
  }
}

TEST(StartTls, NeedsAnOffer) {
  Dialogue dialogue = opened("PIPELINING");
  dialogue.refuse(EHLO_E_NOT_OFFERED, starttls).call([](ClientLink& link) {
    EXPECT_EQ(link->lacks(), EHLO_EXT_BIT(EHLO_EXT_STARTTLS));
    return EHLO_OK;
  });
  dialogue.wants("input command").check();
}

TEST(StartTls, NeedsAnEmptyPipeline) {
  Dialogue dialogue = opened("PIPELINING\nSTARTTLS");
  dialogue.call([](ClientLink& link) { return link->reset(); }, "RSET\r\n").refuse(EHLO_E_STATE, starttls);
  dialogue.server("250 ok\r\n", {"reply RSET 250"}).call(starttls, "STARTTLS\r\n").check();
}

// C1: octets after the 220, in the same read or in one before the handshake, are nobody's who is trusted.
TEST(StartTls, EndsWithAnythingBehindThe220) {
  const std::string injected = "250-mx.test\r\n250 AUTH PLAIN\r\n";
  for (std::size_t count = 1; count <= injected.size(); ++count) {
    Dialogue dialogue = opened("STARTTLS");
    dialogue.call(starttls, "STARTTLS\r\n");
    dialogue.server("220 go\r\n" + injected.substr(0, count), {"tls STARTTLS 220", "error tls-injection"});
    dialogue.wants("close").refuse(EHLO_E_STATE, tls_started).refuse(EHLO_E_STATE, open).check();
  }
  for (const std::string_view octet : {"\r", "\n", " ", "2", "\x16"}) {
    Dialogue dialogue = secured();
    dialogue.wants("tls").server(octet, {"error tls-injection"}).wants("close").check();
  }
}

// TLS is not asked for while events are to be fetched, with which octets may come that were read before.
TEST(StartTls, IsAskedForWhenAllInputWasShown) {
  ClientLink link(client_options());
  greet(link, "STARTTLS");
  link->starttls();
  link.pump();
  std::vector<ehlo::ClientEvent> events(8);
  ehlo::ClientBatch batch{events.data(), sizeof(ehlo_client_event), 8, 0, EHLO_OK};
  const std::string_view input = "220 go\r\nX";
  const std::size_t used = link->receive(bytes_of(input), batch);
  // Either it was found with the 220, or the session wants it shown again before the handshake.
  std::size_t shown = used;
  for (int i = 0; i < 4 && link->wants() != EHLO_WANT_CLOSE; ++i) {
    EXPECT_EQ(link->wants() & EHLO_WANT_TLS, 0u);
    EXPECT_NE(link->wants() & (EHLO_WANT_INPUT | EHLO_WANT_EVENTS), 0u);
    shown += link->receive(bytes_of(input.substr(shown)), batch);
  }
  EXPECT_EQ(wants_text(link->wants()), "close");
  EXPECT_EQ(link->tls_started(), EHLO_E_STATE);
}

TEST(StartTls, EndsWhereTheHandshakeFails) {
  Dialogue dialogue = secured();
  dialogue.call([](ClientLink& link) { return link->tls_failed(); }, "", {"error tls-failed"});
  dialogue.wants("close").refuse(EHLO_E_STATE, [](ClientLink& link) { return link->tls_failed(); }).check();
  Dialogue early = opened("STARTTLS");
  early.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->tls_failed(); }).check();
}

TEST(StartTls, ForgetsTheLogin) {
  Dialogue dialogue = opened("STARTTLS\nAUTH PLAIN");
  dialogue.call(plain, "AUTH PLAIN eA==\r\n").server("235 ok\r\n", {"reply AUTH 235"});
  dialogue.call(starttls, "STARTTLS\r\n").server("220 go\r\n", {"tls STARTTLS 220"}).call(tls_started);
  dialogue.call(open, "EHLO c.test\r\n");
  dialogue.server("250-mx.test\r\n250 AUTH PLAIN\r\n", {"reply EHLO 250", "ready AUTH"});
  dialogue.call(plain, "AUTH PLAIN eA==\r\n").check();
}

// C2: nothing of value goes out in clear where TLS is required.
TEST(RequireTls, RefusesAuthMailAndSubmissionsBeforeTls) {
  Dialogue dialogue = opened("STARTTLS\nAUTH PLAIN", EHLO_CLIENT_FLAG_REQUIRE_TLS);
  dialogue.refuse(EHLO_E_TLS_REQUIRED, plain);
  dialogue.refuse(EHLO_E_TLS_REQUIRED, [](ClientLink& link) { return link->transact(*kOne); });
  dialogue.refuse(EHLO_E_TLS_REQUIRED, [](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); });
  dialogue.call(starttls, "STARTTLS\r\n").server("454 no\r\n", {"reply STARTTLS 454"});
  dialogue.refuse(EHLO_E_TLS_REQUIRED, plain);
  dialogue.call(starttls, "STARTTLS\r\n").server("220 go\r\n", {"tls STARTTLS 220"}).call(tls_started);
  dialogue.call(open, "EHLO c.test\r\n").server("250 mx.test\r\n", {"reply EHLO 250", "ready"});
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\n").check();
}

TEST(ImplicitTls, IsActiveFromTheFirstOctet) {
  Dialogue dialogue(client_options(EHLO_CLIENT_FLAG_IMPLICIT_TLS | EHLO_CLIENT_FLAG_REQUIRE_TLS));
  dialogue.call([](ClientLink& link) {
    EXPECT_EQ(link->facts(), static_cast<std::uint32_t>(EHLO_FACT_TLS));
    return link->open();
  });
  dialogue.server("220 mx.test\r\n", {"greeting 220"}, "EHLO c.test\r\n");
  dialogue.server("250-mx.test\r\n250-STARTTLS\r\n250 REQUIRETLS\r\n", {"reply EHLO 250", "ready REQUIRETLS"});
  dialogue.transact(kOne, "MAIL FROM:<a@c.test>\r\n").check();
}

}  // namespace
