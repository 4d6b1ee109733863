// AUTH (RFC 4954): opaque octets there and back, and nothing of them left behind.
#include "support/client_dialogue.h"
#include "support/guarded_octets.h"
#include "syntax/text.h"

namespace {

using namespace support;
using ehlo::Error;
using ehlo::Verb;

Dialogue::Call auth(std::string mechanism, std::string response) {
  return [=](ClientLink& link) { return link->auth(bytes_of(mechanism), bytes_of(response), true); };
}
Dialogue::Call auth(std::string mechanism) {
  return [=](ClientLink& link) { return link->auth(bytes_of(mechanism), {}, false); };
}
Dialogue::Call respond(std::string response) {
  return [=](ClientLink& link) { return link->auth_respond(bytes_of(response)); };
}
Error cancel(ClientLink& link) { return link->auth_cancel(); }
Dialogue offered(std::string_view lines = "AUTH PLAIN LOGIN CRAM-MD5\nPIPELINING") { return opened(lines); }
Dialogue::Call facts(std::uint32_t expected) {
  return [=](ClientLink& link) {
    EXPECT_EQ(link->facts(), expected);
    return EHLO_OK;
  };
}
constexpr std::uint32_t kEsmtp = EHLO_FACT_ESMTP, kLoggedIn = kEsmtp | EHLO_FACT_AUTHENTICATED;

TEST(Authentication, SendsTheInitialResponse) {
  Dialogue dialogue = offered();
  dialogue.call(auth("PLAIN", std::string("\0user\0pass", 10)), "AUTH PLAIN AHVzZXIAcGFzcw==\r\n").wants("input");
  for (const Dialogue::Call& call : {auth("PLAIN"), respond("x"), Dialogue::Call(cancel)})
    dialogue.refuse(EHLO_E_STATE, call);
  // RFC 4954 4: nothing else within the exchange.
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->command(bytes_of("NOOP"), {}, 0); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->quit(); });
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->mail(bytes_of("a@c.test"), nullptr, 0); });
  dialogue.server("235 2.7.0 welcome\r\n", {"reply AUTH 235 2.7.0"}).wants("input command").call(facts(kLoggedIn));
  // RFC 4954 4: not again after a success.
  dialogue.refuse(EHLO_E_STATE, auth("PLAIN")).check();
}

TEST(Authentication, WritesTheEmptyInitialResponseAsEquals) {
  offered().call(auth("PLAIN", ""), "AUTH PLAIN =\r\n").check();
}

TEST(Authentication, AnswersChallenges) {
  Dialogue dialogue = offered();
  dialogue.call(auth("login"), "AUTH login\r\n").wants("input");
  dialogue.server("334 VXNlcm5hbWU6\r\n", {"challenge AUTH 334"}).wants("input answer").outstanding(0);
  dialogue.refuse(EHLO_E_STATE, [](ClientLink& link) { return link->quit(); });
  dialogue.call(respond("user"), "dXNlcg==\r\n").outstanding(1).refuse(EHLO_E_STATE, respond("again"));
  dialogue.server("334 \r\n", {"challenge AUTH 334"}).wants("input answer");
  dialogue.call(respond(""), "\r\n");
  dialogue.server("334\r\n", {"challenge AUTH 334"}).call(respond(std::string("\0\xff", 2)), "AP8=\r\n");
  dialogue.server("535 5.7.8 no\r\n", {"reply AUTH 535 5.7.8"}).wants("input command").call(facts(kEsmtp));
  dialogue.call(auth("PLAIN"), "AUTH PLAIN\r\n").check();
}

TEST(Authentication, MayBeCancelled) {
  Dialogue dialogue = offered();
  dialogue.call(auth("CRAM-MD5"), "AUTH CRAM-MD5\r\n").refuse(EHLO_E_STATE, cancel);
  dialogue.server("334 PDE+\r\n", {"challenge AUTH 334"}).call(cancel, "*\r\n");
  dialogue.refuse(EHLO_E_STATE, respond("x")).refuse(EHLO_E_STATE, cancel).wants("input").outstanding(1);
  dialogue.server("501 5.7.0 cancelled\r\n", {"reply AUTH 501 5.7.0"})
      .wants("input command")
      .call(facts(kEsmtp))
      .check();
}

// RFC 4954 4: an initial response that makes the command longer than 512 octets is not sent with it; it answers the
// first challenge.
TEST(Authentication, KeepsWhatDoesNotFitForTheFirstChallenge) {
  // "AUTH PLAIN " and CRLF are 13 octets, and base64 comes in fours: 496 and 13 fit into 512, 500 do not.
  const std::string fits(372, 'p'), long_one(373, 'p');
  std::string encoded_fits, encoded_long;
  encoded_fits = written([&](ehlo::Writer& out) { ehlo::encode_base64(bytes_of(fits), out); });
  encoded_long = written([&](ehlo::Writer& out) { ehlo::encode_base64(bytes_of(long_one), out); });
  ASSERT_EQ(encoded_fits.size(), 496u);
  ASSERT_EQ(encoded_long.size(), 500u);
  offered().call(auth("PLAIN", fits), "AUTH PLAIN " + encoded_fits + "\r\n").check();
  Dialogue dialogue = offered();
  dialogue.call(auth("PLAIN", long_one), "AUTH PLAIN\r\n").outstanding(1).wants("input");
  dialogue.server("334 \r\n", {"challenge AUTH 334 answered"}, encoded_long + "\r\n").wants("input").outstanding(1);
  dialogue.refuse(EHLO_E_STATE, respond("x")).refuse(EHLO_E_STATE, cancel);
  dialogue.server("235 ok\r\n", {"reply AUTH 235"}).call(facts(kLoggedIn)).check();
}

TEST(Authentication, FillsTheLineExactly) {
  const struct {
    std::size_t mechanism, response, line;
  } rows[] = {{20, 363, 512}, {16, 364, 512}, {17, 364, 513}, {20, 364, 516}, {19, 363, 511}};
  for (const auto& row : rows) {
    const std::string mechanism(row.mechanism, 'M'), response(row.response, 'p');
    const std::string encoded = written([&](ehlo::Writer& out) { ehlo::encode_base64(bytes_of(response), out); });
    const std::string line = "AUTH " + mechanism + " " + encoded + "\r\n";
    ASSERT_EQ(line.size(), row.line);
    Dialogue dialogue = opened("AUTH " + mechanism);
    dialogue.call(auth(mechanism, response), row.line <= 512 ? line : "AUTH " + mechanism + "\r\n").check();
  }
}

TEST(Authentication, ForgetsWhatItKeptWhereItIsNotAskedFor) {
  Dialogue dialogue = offered();
  dialogue.call(auth("PLAIN", std::string(400, 'p')), "AUTH PLAIN\r\n");
  dialogue.server("535 no\r\n", {"reply AUTH 535"});
  dialogue.call([](ClientLink& link) { return link->quit(); }, "QUIT\r\n").check();
}

TEST(Authentication, CancelsWhatIsNoBase64) {
  for (const std::string_view text : {"not*base64", "YQ", "YQ=", "YQ==YQ==", "Y Q=", "=", "YR== ", "\xC3\xBC"}) {
    SCOPED_TRACE(text);
    Dialogue dialogue = offered();
    dialogue.call(auth("PLAIN"), "AUTH PLAIN\r\n");
    dialogue.server("334 " + std::string(text) + "\r\n", {"challenge AUTH 334 bad-base64"}, "*\r\n").wants("input");
    dialogue.refuse(EHLO_E_STATE, respond("x")).refuse(EHLO_E_STATE, cancel);
    dialogue.server("501 cancelled\r\n", {"reply AUTH 501"}).wants("input command").check();
  }
  // What was kept for the first challenge does not go out either.
  Dialogue dialogue = offered();
  dialogue.call(auth("PLAIN", std::string(400, 'p')), "AUTH PLAIN\r\n");
  dialogue.server("334 ?\r\n", {"challenge AUTH 334 bad-base64"}, "*\r\n").check();
}

// C15: a server may go on for ever.
TEST(Authentication, CancelsTheChallengeThatIsOneTooMany) {
  Dialogue dialogue = offered();
  dialogue.options.max_auth_challenges = 3;
  dialogue.call(auth("PLAIN"), "AUTH PLAIN\r\n");
  for (int i = 0; i < 3; ++i) dialogue.server("334 YQ==\r\n", {"challenge AUTH 334"}).call(respond("x"), "eA==\r\n");
  dialogue.call([](ClientLink& link) {
    link.feed("334 YQ==\r\n");
    const Lines events = link.take_events();
    EXPECT_EQ(events.size(), 1u);
    EXPECT_TRUE(events[0].starts_with("challenge AUTH 334 ")) << "an error is reported";
    EXPECT_EQ(link.take_wire(), "*\r\n");
    return EHLO_OK;
  });
  dialogue.wants("input").server("501 ok\r\n", {"reply AUTH 501"});
  // The next exchange counts anew.
  dialogue.call(auth("PLAIN"), "AUTH PLAIN\r\n").server("334 YQ==\r\n", {"challenge AUTH 334"}).check();
}

// RFC 4954 4: what was cancelled can only be refused. Another challenge would go on for ever, and nobody is logged in
// by an exchange that was given up.
TEST(Authentication, EndsWhereACancelledExchangeIsNotRefused) {
  for (const std::string_view code : {"334", "235", "250", "354"}) {
    const std::string reply = std::string(code) + " YQ==\r\n";
    Dialogue by_session = offered();
    by_session.call(auth("PLAIN"), "AUTH PLAIN\r\n");
    by_session.server("334 ?\r\n", {"challenge AUTH 334 bad-base64"}, "*\r\n");
    by_session.server(reply, {"error unexpected-code"}).call(facts(kEsmtp)).wants("close").check();
    Dialogue by_program = offered();
    by_program.call(auth("PLAIN"), "AUTH PLAIN\r\n").server("334 YQ==\r\n", {"challenge AUTH 334"});
    by_program.call(cancel, "*\r\n").server(reply, {"error unexpected-code"});
    by_program.call(facts(kEsmtp)).wants("close").check();
    Dialogue one_too_many = offered();
    one_too_many.options.max_auth_challenges = 1;
    one_too_many.call(auth("PLAIN"), "AUTH PLAIN\r\n").server("334 YQ==\r\n", {"challenge AUTH 334"});
    one_too_many.call(respond("x"), "eA==\r\n");
    one_too_many.server("334 YQ==\r\n", {"challenge AUTH 334 bad-sequence"}, "*\r\n");
    one_too_many.server(reply, {"error unexpected-code"}).call(facts(kEsmtp)).wants("close").check();
  }
}

TEST(Authentication, NeedsAMechanismOfTheList) {
  Dialogue dialogue = offered("AUTH PLAIN XOAUTH2\nAUTH=LOGIN");
  for (const char* mechanism : {"CRAM-MD5", "PLAI", "PLAINX", "XOAUTH"})
    dialogue.refuse(EHLO_E_NOT_OFFERED, auth(mechanism));
  dialogue.call([](ClientLink& link) {
    EXPECT_EQ(link->lacks(), 0u) << "no known extension brings a mechanism";
    EXPECT_EQ(link->lacks_keyword().text(), "XOAUTH");
    return EHLO_OK;
  });
  for (const char* mechanism : {"", "PLAIN X", "PLAIN\r\n", "PL\tAIN", "PL=AIN"})
    dialogue.refuse(EHLO_E_ARGUMENT, auth(mechanism));
  dialogue.refuse(EHLO_E_ARGUMENT, auth(std::string("PLAIN\0", 6)));
  dialogue.call(auth("xoauth2"), "AUTH xoauth2\r\n").check();
  offered("AUTH PLAIN XOAUTH2\nAUTH=LOGIN").call(auth("LOGIN"), "AUTH LOGIN\r\n").check();
  Dialogue without = opened("SIZE");
  without.refuse(EHLO_E_NOT_OFFERED, auth("PLAIN")).call([](ClientLink& link) {
    EXPECT_EQ(link->lacks(), EHLO_EXT_BIT(EHLO_EXT_AUTH));
    EXPECT_EQ(link->lacks_keyword().text(), "PLAIN");
    return EHLO_OK;
  });
  without.check();
}

TEST(Authentication, RefusesResponsesAboveTheLimit) {
  Dialogue dialogue = offered();
  dialogue.options.max_auth_line_octets = 1026;
  dialogue.refuse(EHLO_E_SPACE, auth("PLAIN", std::string(769, 'p'))).wants("input command");
  dialogue.call(auth("PLAIN", std::string(768, 'p')), "AUTH PLAIN\r\n");
  dialogue.server("334 \r\n", {"challenge AUTH 334 answered"}).unchecked();
  dialogue.server("334 \r\n", {"challenge AUTH 334"}).refuse(EHLO_E_SPACE, respond(std::string(769, 'p')));
  dialogue.wants("input answer").call(respond("x"), "eA==\r\n").check();
}

TEST(Authentication, TakesOtherCodesByTheirFirstDigit) {
  for (const std::string code : {"235", "250", "299"})
    offered()
        .call(auth("PLAIN"), "AUTH PLAIN\r\n")
        .server(code + " ok\r\n", {"reply AUTH " + code})
        .call(facts(kLoggedIn))
        .check();
  for (const std::string code : {"454", "432", "504", "534", "538", "599"})
    offered()
        .call(auth("PLAIN"), "AUTH PLAIN\r\n")
        .server(code + " no\r\n", {"reply AUTH " + code})
        .call(facts(kEsmtp))
        .check();
  offered()
      .call(auth("PLAIN"), "AUTH PLAIN\r\n")
      .server("354 go\r\n", {"error unexpected-code"})
      .wants("close")
      .check();
}

TEST(Authentication, MarksOutputThatIsSecret) {
  constexpr std::uint32_t kSecret = EHLO_FACT_SECRET_OUTPUT;
  ClientLink link(client_options(), {64, 1, 8, 0, 0});
  greet(link, "AUTH PLAIN");
  EXPECT_EQ(link->facts() & kSecret, 0u);
  link->auth(bytes_of("PLAIN"), bytes_of("secret"), true);
  while ((link->wants() & EHLO_WANT_OUTPUT) != 0) {
    EXPECT_NE(link->facts() & kSecret, 0u);
    link.take_output();
  }
  EXPECT_EQ(link->facts() & kSecret, 0u);
  link.feed("334 \r\n");
  EXPECT_EQ(link->facts() & kSecret, 0u);
  link->auth_respond(bytes_of("more secret"));
  while ((link->wants() & EHLO_WANT_OUTPUT) != 0) {
    EXPECT_NE(link->facts() & kSecret, 0u);
    link.take_output();
  }
  link.feed("535 no\r\n");
  link->quit();
  EXPECT_EQ(link->facts() & kSecret, 0u);
}

// What was kept for a challenge that never came is secret no more.
TEST(Authentication, MarksNoOutputBehindAResponseThatWasNotAskedFor) {
  constexpr std::uint32_t kSecret = EHLO_FACT_SECRET_OUTPUT;
  for (const std::string_view reply : {"535 no\r\n", "235 ok\r\n", "334 ?\r\n"}) {
    ClientLink link(client_options());
    greet(link, "AUTH PLAIN");
    ASSERT_EQ(link->auth(bytes_of("PLAIN"), bytes_of(std::string(400, 'p')), true), EHLO_OK);
    EXPECT_NE(link->facts() & kSecret, 0u);
    link.pump();
    link.feed(reply);
    EXPECT_EQ(link->facts() & kSecret, 0u) << reply;
    if (reply.starts_with("334")) link.feed("501 no\r\n");
    ASSERT_EQ(link->command(bytes_of("NOOP"), {}, 0), EHLO_OK);
    EXPECT_EQ(link->facts() & kSecret, 0u) << reply;
  }
}

TEST(Authentication, ThatIsRefusedHasSentNothing) {
  ehlo::ClientOptions options = client_options();
  options.command_octets = 2048;
  options.max_auth_line_octets = 8192;
  ClientLink link(options);
  greet(link, "AUTH PLAIN\nPIPELINING");
  link.take_wire();
  ASSERT_EQ(link->reset(), EHLO_OK);
  const std::string large(3000, 'p');
  EXPECT_EQ(link->auth(bytes_of("PLAIN"), bytes_of(large), true), EHLO_E_STATE);
  EXPECT_EQ(link->facts() & EHLO_FACT_SECRET_OUTPUT, 0u);
  EXPECT_EQ(link->outstanding(), 1u);
  link.pump();
  EXPECT_EQ(link.take_wire(), "RSET\r\n");
  link.feed("250 ok\r\n");
  EXPECT_EQ(link->auth(bytes_of("PLAIN"), bytes_of(std::string(6200, 'p')), true), EHLO_E_SPACE);
  link.pump();
  EXPECT_EQ(link.take_wire(), "");
  // What fits into its own limit needs no room among the commands.
  ASSERT_EQ(link->auth(bytes_of("PLAIN"), bytes_of(large), true), EHLO_OK);
  link.pump();
  EXPECT_EQ(link.take_wire(), "AUTH PLAIN\r\n");
  link.feed("334 \r\n");
  const std::string encoded = written([&](ehlo::Writer& out) { ehlo::encode_base64(bytes_of(large), out); });
  EXPECT_EQ(link.take_wire(), encoded + "\r\n");
}

// RFC 4954 4, RFC 8314: unless the program says that it may. What else is wrong is said in the order of state,
// argument, TLS, offer.
TEST(Authentication, NeedsTlsUnlessPlaintextIsAllowed) {
  Dialogue dialogue(client_options());
  dialogue.options.flags &= ~EHLO_CLIENT_FLAG_PLAINTEXT_AUTH;
  dialogue.refuse(EHLO_E_STATE, auth("PLAIN"));
  dialogue.call([](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test\r\n").unchecked().server(hello_reply("AUTH PLAIN\nSTARTTLS")).unchecked();
  dialogue.refuse(EHLO_E_ARGUMENT, auth("PL AIN")).refuse(EHLO_E_ARGUMENT, auth(""));
  for (const char* mechanism : {"PLAIN", "LOGIN"})
    dialogue.refuse(EHLO_E_TLS_REQUIRED, auth(mechanism)).refuse(EHLO_E_TLS_REQUIRED, auth(mechanism, "secret"));
  dialogue.wants("input command").outstanding(0);
  dialogue.call([](ClientLink& link) { return link->command(bytes_of("NOOP"), {}, 0); }, "NOOP\r\n");
  dialogue.refuse(EHLO_E_STATE, auth("PLAIN"));
  dialogue.server("250 ok\r\n", {"reply NOOP 250"});
  dialogue.call([](ClientLink& link) { return link->starttls(); }, "STARTTLS\r\n");
  dialogue.server("220 go\r\n", {"tls STARTTLS 220"});
  dialogue.call([](ClientLink& link) { return link->tls_started(); });
  dialogue.call([](ClientLink& link) { return link->open(); }, "EHLO c.test\r\n");
  dialogue.server(hello_reply("AUTH PLAIN")).unchecked();
  dialogue.refuse(EHLO_E_NOT_OFFERED, auth("LOGIN")).call(auth("PLAIN"), "AUTH PLAIN\r\n").check();
}

TEST(Authentication, NeedsNothingMoreWithTlsFromTheFirstOctet) {
  Dialogue dialogue(client_options(EHLO_CLIENT_FLAG_IMPLICIT_TLS));
  dialogue.options.flags &= ~EHLO_CLIENT_FLAG_PLAINTEXT_AUTH;
  dialogue.call([](ClientLink& link) { return link->open(); });
  dialogue.server("220 mx.test\r\n").unchecked().server(hello_reply("AUTH PLAIN")).unchecked();
  dialogue.call(auth("PLAIN", "x"), "AUTH PLAIN eA==\r\n").check();
}

// What is required of everything is required of AUTH, whatever else is allowed.
TEST(Authentication, NeedsTlsThatIsRequiredThoughPlaintextIsAllowed) {
  Dialogue dialogue = opened("AUTH PLAIN", EHLO_CLIENT_FLAG_REQUIRE_TLS);
  dialogue.refuse(EHLO_E_TLS_REQUIRED, auth("PLAIN")).wants("input command").check();
}

}  // namespace
