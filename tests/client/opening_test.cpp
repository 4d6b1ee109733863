// open: the greeting, EHLO, and HELO where that is refused (RFC 5321 3.1, 3.2, RFC 1869 4.5 to 4.7).
#include "support/client_dialogue.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

Dialogue opening(std::uint32_t flags = 0) {
  Dialogue dialogue(client_options(flags));
  dialogue.call([](ClientLink& link) { return link->open(); });
  return dialogue;
}
Dialogue greeted(std::uint32_t flags = 0) {
  Dialogue dialogue = opening(flags);
  dialogue.server("220 mx.test ESMTP\r\n", {"greeting 220"}, "EHLO c.test\r\n");
  return dialogue;
}
Error quit(ClientLink& link) { return link->quit(); }

TEST(Opening, EndsWithWhatMayBeUsed) {
  Dialogue dialogue = opening();
  dialogue.wants("input").outstanding(1);
  dialogue.server("220-mx.test\r\n220-welcome\r\n220 go\r\n", {"greeting 220"}, "EHLO c.test\r\n").wants("input");
  dialogue.server(
      "250-mx.test greets c.test\r\n250-pipelining\r\n250-SIZE "
      "1000\r\n250-8bitmime\r\n250-SMTPUTF8\r\n250-BINARYMIME\r\n"
      "250-AUTH PLAIN LOGIN\r\n250-STARTTLS\r\n250-REQUIRETLS\r\n250-XUNKNOWN\r\n250 DSN\r\n",
      {"reply EHLO 250", "ready PIPELINING SIZE 8BITMIME DSN STARTTLS AUTH SMTPUTF8"});
  dialogue.wants("input command").outstanding(0).call(quit, "QUIT\r\n").check();
}

TEST(Opening, MayBeAskedForBehindTheGreeting) {
  Dialogue dialogue;
  dialogue.wants("input").server("220 mx.test\r\n", {"greeting 220"}).wants("input command");
  dialogue.call([](ClientLink& link) { return link->open(); }, "EHLO c.test\r\n");
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->open(); });
  dialogue.server("250 mx.test\r\n", {"reply EHLO 250", "ready"}).check();
}

TEST(Opening, IsAskedForOnce) {
  Dialogue dialogue = opening();
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test\r\n", {"greeting 220"}, "EHLO c.test\r\n").check();
}

TEST(Opening, SendsNothingBeforeTheGreeting) {
  Dialogue dialogue;
  for (const Verb verb : {EHLO_VERB_EHLO, EHLO_VERB_HELO, EHLO_VERB_LHLO})
    dialogue.refuse(EHLO_E_STATE, [verb](ClientLink& link) { return link->hello(verb); });
  dialogue.refuse(EHLO_E_STATE, quit).check();
}

// RFC 5321 3.1: a greeting that is a refusal leaves QUIT.
TEST(Opening, IsOverWhereTheGreetingIsARefusal) {
  for (const std::string code : {"554", "500", "450", "499"}) {
    Dialogue dialogue = opening();
    dialogue.server(code + " no\r\n", {"greeting " + code, "ready hello-refused"}).wants("input command");
    dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->open(); });
    dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); });
    dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->command(bytes_of("NOOP"), {}, 0); });
    dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->reset(); });
    dialogue.call(quit, "QUIT\r\n").server("221 bye\r\n", {"reply QUIT 221", "closed"}).wants("close").check();
    Dialogue without;
    without.server(code + " no\r\n", {"greeting " + code}).call(quit, "QUIT\r\n").check();
  }
}

TEST(Opening, FallsBackToHelo) {
  for (const std::string code : {"500", "501", "502", "504", "550", "554"}) {
    Dialogue dialogue = greeted();
    dialogue.server(code + "-no\r\n" + code + " PIPELINING\r\n", {"reply EHLO " + code}, "HELO c.test\r\n");
    dialogue.server("250-mx.test\r\n250 PIPELINING\r\n", {"reply HELO 250", "ready"}).wants("input command");
    dialogue.call([](ClientLink& link) {
      EXPECT_EQ(link->facts(), 0u);
      EXPECT_EQ(link->capabilities().usable, 0u);
      return EHLO_OK;
    });
    dialogue.check();
  }
}

TEST(Opening, DoesNotFallBackForOtherCodes) {
  for (const std::string code : {"503", "530", "535", "552", "599", "451", "450", "400"}) {
    Dialogue dialogue = greeted();
    dialogue.server(code + " no\r\n", {"reply EHLO " + code, "ready hello-refused"}).wants("input command");
    dialogue.call(quit, "QUIT\r\n").check();
  }
}

TEST(Opening, DoesNotFallBackWhereThatIsNotWanted) {
  Dialogue dialogue = greeted(EHLO_CLIENT_FLAG_NO_HELO);
  dialogue.server("502 what\r\n", {"reply EHLO 502", "ready hello-refused"}).wants("input command");
  // It can be said by hand.
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_HELO); }, "HELO c.test\r\n");
  dialogue.server("250 mx.test\r\n", {"reply HELO 250", "ready"}).check();
}

TEST(Opening, EndsWhereHeloIsRefusedToo) {
  for (const std::string code : {"550", "502", "421"}) {
    Dialogue dialogue = greeted();
    dialogue.server("502 what\r\n", {"reply EHLO 502"}, "HELO c.test\r\n");
    Lines events{"reply HELO " + code, "ready hello-refused"};
    if (code == "421") events.push_back("closed");
    dialogue.server(code + " no\r\n", events).wants(code == "421" ? "close" : "input command").check();
  }
}

TEST(Opening, EndsWithTheSession) {
  greeted().eof({"error connection-lost"}).wants("close").check();
  opening().eof({"error connection-lost"}).wants("close").check();
  opening().timed_out({"error timeout"}).wants("close").check();
  greeted().abort({"error shutdown"}).wants("close").check();
}

TEST(Hello, MaySendAnyOfTheTwo) {
  Dialogue dialogue;
  dialogue.server("220 mx.test\r\n", {"greeting 220"});
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_HELO); }, "HELO c.test\r\n");
  dialogue.server("250 mx.test\r\n", {"reply HELO 250", "ready"});
  // RFC 5321 4.1.4: again at any time.
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }, "EHLO c.test\r\n");
  dialogue.server("250-mx.test\r\n250 SIZE\r\n", {"reply EHLO 250", "ready SIZE"});
  for (const Verb verb : std::initializer_list<Verb>{EHLO_VERB_UNKNOWN, EHLO_VERB_MAIL, EHLO_VERB_QUIT, 77})
    dialogue.call([verb](ClientLink& link) {
      EXPECT_NE(link->hello(verb), EHLO_OK);
      return EHLO_OK;
    });
  // RFC 2920 3.1: EHLO is the last of a group, and nothing stands before it that is not answered.
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }, "EHLO c.test\r\n");
  dialogue.refuse(EHLO_E_STATE, quit).refuse(EHLO_E_STATE, [](ClientLink& link) {
    return link->hello(EHLO_VERB_EHLO);
  });
  dialogue.check();
}

TEST(Hello, ThatIsRefusedTakesBackWhatWasOffered) {
  Dialogue dialogue = opened("PIPELINING\nSIZE 10");
  dialogue.call([](ClientLink& link) { return link->hello(EHLO_VERB_EHLO); }, "EHLO c.test\r\n");
  dialogue.server("550 no\r\n", {"reply EHLO 550"}).call([](ClientLink& link) {
    EXPECT_EQ(link->capabilities().usable, 0u);
    EXPECT_TRUE(link->hello_reply().empty());
    return EHLO_OK;
  });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); }).check();
}

TEST(Hello, NamesUsAsConfigured) {
  for (const std::string_view name : {"mail.c.test", "[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost"}) {
    const std::string host(name);
    ehlo::ClientOptions options = client_options();
    options.hostname = host.c_str();
    Dialogue dialogue(options);
    dialogue.call([](ClientLink& link) { return link->open(); });
    dialogue.server("220 mx.test\r\n", {"greeting 220"}, "EHLO " + host + "\r\n").check();
  }
}

TEST(Capabilities, CanBeLookedUp) {
  ClientLink link(client_options());
  EXPECT_TRUE(link->hello_reply().empty());
  link->open();
  link.feed("220 mx.test\r\n");
  const std::string reply = "250-mx.test hi\r\n250-SIZE 5000000000\r\n250 XFOO bar baz\r\n";
  link.feed(reply);
  EXPECT_EQ(link->hello_reply().text(), reply);
  EXPECT_EQ(link->capabilities().usable, EHLO_EXT_BIT(EHLO_EXT_SIZE));
  EXPECT_TRUE(link->capabilities().has_size_limit);
  EXPECT_EQ(link->capabilities().size_limit, 5000000000u);
  EXPECT_EQ(link->facts(), static_cast<std::uint32_t>(EHLO_FACT_ESMTP));
  link->hello(EHLO_VERB_EHLO);
  link.pump();
  link.feed("250 mx.test\r\n");
  EXPECT_EQ(link->hello_reply().text(), "250 mx.test\r\n");
  EXPECT_FALSE(link->capabilities().has_size_limit);
}

}  // namespace
