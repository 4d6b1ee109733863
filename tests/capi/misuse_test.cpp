// Wrong calls give an error and change nothing.
#include <gtest/gtest.h>

#include <string>

#include "support/link.h"

namespace {

using support::capi_options;
using support::CapiSession;

class Misuse : public testing::Test {
 protected:
  Misuse() {
    ehlo_server_options options = capi_options();
    config_ = ehlo_server_config_new(&options, nullptr, nullptr);
    server_ = ehlo_server_new(config_, nullptr);
  }
  ~Misuse() override {
    ehlo_server_free(server_);
    ehlo_server_config_free(config_);
  }
  ehlo_server_config* config_;
  ehlo_server* server_;
};

TEST_F(Misuse, OfIdsIsRefused) {
  CapiSession session(server_);
  for (const std::uint32_t id : {0u, 1u, 2u, 3u, 1000u, UINT32_MAX}) {
    EXPECT_EQ(ehlo_server_accept(server_, id), EHLO_E_ID) << id;
    EXPECT_EQ(ehlo_server_decline(server_, id), EHLO_E_ID) << id;
    EXPECT_EQ(ehlo_server_reply(server_, id, 250, 0, "x", 1), EHLO_E_ID) << id;
    EXPECT_EQ(ehlo_server_challenge(server_, id, "x", 1), EHLO_E_ID) << id;
  }
  session.take_wire();
  session.feed("NOOP\r\n");
  EXPECT_EQ(session.wire(), "250 2.0.0 Ok\r\n");
}

TEST_F(Misuse, OfTheMomentIsRefused) {
  CapiSession session(server_);
  EXPECT_EQ(ehlo_server_tls_started(server_), EHLO_E_STATE);
  EXPECT_EQ(ehlo_server_tls_failed(server_), EHLO_E_STATE);
  EXPECT_EQ(ehlo_server_refuse_message(server_, 554, 0, "x", 1), EHLO_E_STATE);
  session.feed("QUIT\r\n");
  EXPECT_EQ(ehlo_server_refuse_message(server_, 554, 0, "x", 1), EHLO_E_STATE);
}

TEST_F(Misuse, OfShutdownTextsIsRefused) {
  CapiSession session(server_);
  EXPECT_EQ(ehlo_server_shutdown(server_, 0, "a\rb", 3), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_server_shutdown(server_, EHLO_ENHANCED(5, 0, 0), "x", 1), EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_server_shutdown(server_, EHLO_ENHANCED(4, 1000, 0), "x", 1), EHLO_E_ARGUMENT);
  session.take_wire();
  session.feed("NOOP\r\n");
  EXPECT_EQ(session.wire(), "250 2.0.0 Ok\r\n");
  EXPECT_EQ(ehlo_server_shutdown(server_, 0, nullptr, 0), EHLO_OK);
  session.take_wire();
  session.feed("");
  EXPECT_EQ(session.wire(), "421 4.3.2 mx.test Service shutting down, closing connection\r\n");
}

TEST(MisuseOfNothing, IsHarmless) {
  ehlo_server_free(nullptr);
  ehlo_server_config_free(nullptr);
  ehlo_dot_decoder_free(nullptr);
}

TEST(MisuseOfConfig, HasItsReason) {
  ehlo_server_options options = capi_options();
  options.hostname = nullptr;
  std::int32_t error = EHLO_OK;
  EXPECT_EQ(ehlo_server_config_new(&options, nullptr, &error), nullptr);
  EXPECT_EQ(error, EHLO_E_ARGUMENT);
  EXPECT_EQ(ehlo_server_config_new(&options, nullptr, nullptr), nullptr);
  options = capi_options();
  ehlo_server_config* config = ehlo_server_config_new(&options, nullptr, &error);
  EXPECT_EQ(error, EHLO_OK);
  ehlo_server_config_free(config);
}

TEST(MisuseOfDecoders, WritesNothingIntoTooSmallAPlace) {
  char out[8] = "-------";
  EXPECT_EQ(ehlo_base64_decode("Zm9vYmFy", 8, out, 5), 6);
  EXPECT_STREQ(out, "-------");
  EXPECT_EQ(ehlo_base64_encode("foo", 3, out, 3), 4);
  EXPECT_STREQ(out, "-------");
  EXPECT_EQ(ehlo_xtext_decode("a+2Bb", 5, 0, out, 2), 3);
  EXPECT_STREQ(out, "-------");
  EXPECT_EQ(ehlo_local_part_unquote("\"a b\"", 5, out, 2), 3);
  EXPECT_STREQ(out, "-------");
  EXPECT_EQ(ehlo_local_part_quote("a b", 3, out, 4), 5);
  EXPECT_STREQ(out, "-------");
  EXPECT_EQ(ehlo_orcpt_decode("rfc822;a+2Bb", 12, out, 2), 3);
  EXPECT_STREQ(out, "-------");
  EXPECT_EQ(ehlo_base64_decode("Zm9v", 4, nullptr, 0), 3);
  EXPECT_EQ(ehlo_base64_decode("Zm9", 3, nullptr, 0), EHLO_E_BAD_BASE64);
  EXPECT_EQ(ehlo_xtext_decode("+", 1, 0, nullptr, 0), EHLO_E_SYNTAX);
  EXPECT_EQ(ehlo_local_part_unquote("\"a", 2, nullptr, 0), EHLO_E_SYNTAX);
  EXPECT_EQ(ehlo_local_part_quote("a\n", 2, nullptr, 0), EHLO_E_ARGUMENT);
}

TEST(MisuseOfParsers, HasTheErrorsOfTheHeader) {
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  ehlo_command command;
  ehlo_param params[40];
  std::size_t at = 99;
  const auto parse = [&](const std::string& line, std::size_t cap) {
    return ehlo_command_parse(line.data(), line.size(), &options, &command, params, sizeof *params, cap, &at);
  };
  EXPECT_EQ(parse("MAIL FROM:<a@b> SIZE=1 RET=FULL\r\n", 1), EHLO_E_SPACE);
  EXPECT_EQ(parse("MAIL FROM:<a@b> SIZE=1 RET=FULL\r\n", 2), EHLO_OK);
  EXPECT_EQ(parse("MAIL FROM:<a@b> FOO\r\n", 2), EHLO_E_UNKNOWN_PARAMETER);
  EXPECT_EQ(at, 16u);
  // "one line, with its CRLF".
  EXPECT_NE(parse("NOOP", 2), EHLO_OK);
  EXPECT_NE(parse("NOOP\n", 2), EHLO_OK);
  EXPECT_NE(parse("NOOP\r\nNOOP\r\n", 2), EHLO_OK);
  EXPECT_NE(parse("", 2), EHLO_OK);
  EXPECT_NE(parse("VRFY \xC3 SMTPUTF8\r\n", 2), EHLO_OK) << "RFC 6531 3.7.4.2: UTF-8 and nothing else";
  std::string many = "A0=1";
  for (int i = 1; i < 33; ++i) many += " A" + std::to_string(i) + "=1";
  std::size_t count = 0;
  // "The most parameters that one command may carry; more is EHLO_E_BAD_PARAMETER."
  EXPECT_EQ(
      ehlo_params_parse(many.data(), many.size(), EHLO_VERB_MAIL, &options, params, sizeof *params, 40, &count, &at),
      EHLO_E_BAD_PARAMETER);
  EXPECT_EQ(ehlo_params_parse("SIZE=1", 6, EHLO_VERB_DATA, &options, params, sizeof *params, 40, &count, &at),
            EHLO_E_ARGUMENT);
}

TEST(MisuseOfParsers, TakesPathsWhole) {
  ehlo_path path;
  std::size_t at = 0;
  EXPECT_EQ(ehlo_path_parse("<a@b>", 5, 1, 0, 0, &path, nullptr), EHLO_OK);
  EXPECT_EQ(ehlo_path_parse("<a@b>\r\n", 7, 1, 0, 0, &path, &at), EHLO_E_SYNTAX);
  EXPECT_EQ(ehlo_path_parse("<>", 2, 1, 0, 0, &path, &at), EHLO_E_SYNTAX);
  EXPECT_EQ(ehlo_path_parse("<>", 2, 0, 0, 0, &path, &at), EHLO_OK);
  EXPECT_EQ(ehlo_path_parse("<\xC3\xBC@b>", 6, 0, 0, 0, &path, &at), EHLO_E_NEEDS_SMTPUTF8);
  EXPECT_EQ(ehlo_path_parse("<\xC3\xBC@b>", 6, 0, 1, 0, &path, &at), EHLO_OK);
}

TEST(DotDecoderOfTheCApi, ReportsWhatWasSeenAndWhere) {
  ehlo_dot_decoder* decoder = ehlo_dot_decoder_new(0, 0, nullptr);
  ehlo_span spans[8];
  std::uint32_t count = 0, violations = 0;
  std::int32_t done = 0;
  EXPECT_EQ(ehlo_dot_decoder_feed(decoder, "a\nb\r\n.\r\nx", 9, spans, 8, &count, &violations, &done), 8u);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(violations, static_cast<std::uint32_t>(EHLO_SEEN_BARE_LF));
  EXPECT_EQ(ehlo_dot_decoder_first(decoder, EHLO_SEEN_BARE_LF), 1u);
  EXPECT_EQ(ehlo_dot_decoder_first(decoder, EHLO_SEEN_BARE_CR), UINT64_MAX);
  ehlo_dot_decoder_free(decoder);
}

TEST(DotDecoderOfTheCApi, ConsumesNothingWithoutRoomForThreeSpans) {
  ehlo_dot_decoder* decoder = ehlo_dot_decoder_new(0, 0, nullptr);
  std::uint32_t count = 7, violations = 7;
  std::int32_t done = 7;
  EXPECT_EQ(ehlo_dot_decoder_feed(decoder, "a\r\n.\r\n", 6, nullptr, 0, &count, &violations, &done), 0u);
  ehlo_span spans[3];
  EXPECT_EQ(ehlo_dot_decoder_feed(decoder, "a\r\n.\r\n", 6, spans, 2, &count, &violations, &done), 0u);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(violations, 0u);
  EXPECT_EQ(done, 0);
  EXPECT_EQ(ehlo_dot_decoder_feed(decoder, "a\r\n.\r\n", 6, spans, 3, &count, &violations, &done), 6u);
  EXPECT_EQ(done, 1);
  ehlo_dot_decoder_free(decoder);
}

}  // namespace
