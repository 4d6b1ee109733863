// Every function of the C API with NULL for what it needs: an error or nothing, never a crash. A symbol that is added
// needs a row here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "null_calls.h"

namespace {

using namespace null_calls;

struct Row {
  const char* symbol;
  bool (*refuses)(Good& good);
};

#define ROW(symbol, ...)                                                          \
  {                                                                               \
#symbol, [](Good & g) -> bool { return static_cast<void>(g), (__VA_ARGS__); } \
  }
#define NULL_IS_ARGUMENT(symbol) ROW(symbol, is_argument(symbol(nullptr)))
#define NULL_IS_HARMLESS(symbol) ROW(symbol, (symbol(nullptr), true))
#define INIT(symbol) ROW(symbol, (symbol(nullptr, kSome), symbol(nullptr, 64), true))

const Row kRows[] = {
    ROW(ehlo_auth_plain_parse, plain_parse_refuses(g)),
    ROW(ehlo_auth_plain_write, is_argument(ehlo_auth_plain_write(nullptr, kSome, "a", 1, "b", 1, g.out, 64)) &&
                                   is_argument(ehlo_auth_plain_write("", 0, nullptr, kSome, "b", 1, g.out, 64)) &&
                                   is_argument(ehlo_auth_plain_write("", 0, "a", 1, nullptr, kSome, g.out, 64)) &&
                                   is_argument(ehlo_auth_plain_write("", 0, "a", 1, "b", 1, nullptr, 64)) &&
                                   ehlo_auth_plain_write(nullptr, 0, "a", 1, "b", 1, nullptr, 0) == 4),
    ROW(ehlo_base64_decode, coder_refuses(ehlo_base64_decode)),
    ROW(ehlo_base64_encode, coder_refuses(ehlo_base64_encode)),
    NULL_IS_HARMLESS(ehlo_client_abort),
    NULL_IS_ARGUMENT(ehlo_client_abort_data),
    ROW(ehlo_client_auth, is_argument(ehlo_client_auth(nullptr, "PLAIN", 5, nullptr, 0)) &&
                              is_argument(ehlo_client_auth(g.client, nullptr, kSome, nullptr, kSome))),
    NULL_IS_ARGUMENT(ehlo_client_auth_cancel),
    ROW(ehlo_client_auth_respond, is_argument(ehlo_client_auth_respond(nullptr, "x", 1)) &&
                                      is_argument(ehlo_client_auth_respond(g.client, nullptr, kSome))),
    ROW(ehlo_client_bdat, is_argument(ehlo_client_bdat(nullptr, "x", 1, 1, nullptr)) &&
                              is_argument(ehlo_client_bdat(g.client, nullptr, kSome, 1, &g.size))),
    ROW(ehlo_client_body, body_refuses(g)),
    ROW(ehlo_client_body_copy, body_copy_refuses(g)),
    ROW(ehlo_client_command, is_argument(ehlo_client_command(nullptr, "XFOO", 4, "", 0, 0)) &&
                                 is_argument(ehlo_client_command(g.client, nullptr, kSome, "", 0, 0)) &&
                                 is_argument(ehlo_client_command(g.client, "XFOO", 4, nullptr, kSome, 0))),
    NULL_IS_HARMLESS(ehlo_client_config_free),
    ROW(ehlo_client_config_max_reply, ehlo_client_config_max_reply(nullptr) == 0),
    ROW(ehlo_client_config_new, client_config_new_refuses(g)),
    NULL_IS_ARGUMENT(ehlo_client_data),
    NULL_IS_HARMLESS(ehlo_client_eof),
    ROW(ehlo_client_event_name, *ehlo_client_event_name(UINT32_MAX) != '\0'),
    ROW(ehlo_client_extensions, ehlo_client_extensions(nullptr) == 0),
    ROW(ehlo_client_facts, ehlo_client_facts(nullptr) == 0),
    NULL_IS_HARMLESS(ehlo_client_free),
    ROW(ehlo_client_hello, is_argument(ehlo_client_hello(nullptr, EHLO_VERB_EHLO))),
    ROW(ehlo_client_hello_reply, ehlo_client_hello_reply(nullptr, &g.size) == nullptr && g.size == 0 &&
                                     ehlo_client_hello_reply(g.client, nullptr) == nullptr),
    ROW(ehlo_client_lacks, ehlo_client_lacks(nullptr) == 0),
    ROW(ehlo_client_lacks_keyword, ehlo_client_lacks_keyword(nullptr, &g.size) == nullptr && g.size == 0 &&
                                       ehlo_client_lacks_keyword(g.client, nullptr) == nullptr),
    ROW(ehlo_client_mail, client_line_refuses(ehlo_client_mail, g)),
    ROW(ehlo_client_new,
        ehlo_client_new(nullptr, nullptr) == nullptr && ehlo_client_new(g.client_config, &g.half) == nullptr),
    ROW(ehlo_client_offers, is_argument(ehlo_client_offers(nullptr, "SIZE", 4, nullptr)) &&
                                is_argument(ehlo_client_offers(g.client, nullptr, kSome, nullptr)) &&
                                ehlo_client_offers(g.client, nullptr, 0, nullptr) == 0),
    NULL_IS_ARGUMENT(ehlo_client_open),
    ROW(ehlo_client_options_check, std::string_view(ehlo_client_options_check(nullptr)) == "struct_size"),
    INIT(ehlo_client_options_init),
    ROW(ehlo_client_output,
        ehlo_client_output(nullptr, g.out, 64) == 0 && ehlo_client_output(g.client, nullptr, 64) == 0),
    ROW(ehlo_client_outstanding, ehlo_client_outstanding(nullptr) == 0),
    NULL_IS_ARGUMENT(ehlo_client_quit),
    ROW(ehlo_client_rcpt, client_line_refuses(ehlo_client_rcpt, g)),
    ROW(ehlo_client_receive,
        ehlo_client_receive(g.client, "x", 1, nullptr) == 0 && refuses(nullptr, "x", 1, g.client_events) &&
            refuses(g.client, nullptr, kSome, g.client_events) && refuses(g.client, "x", 1, nullptr)),
    NULL_IS_ARGUMENT(ehlo_client_release),
    NULL_IS_ARGUMENT(ehlo_client_rset),
    ROW(ehlo_client_size_limit,
        ehlo_client_size_limit(g.client, nullptr) == 0 && ehlo_client_size_limit(nullptr, nullptr) == 0),
    NULL_IS_ARGUMENT(ehlo_client_starttls),
    ROW(ehlo_client_advance, client_step_refuses(g)),
    ROW(ehlo_client_transact,
        is_argument(ehlo_client_transact(nullptr, g.envelope)) && is_argument(ehlo_client_transact(g.client, nullptr))),
    NULL_IS_HARMLESS(ehlo_client_timed_out),
    ROW(ehlo_client_timeout, is_nothing(ehlo_client_timeout(nullptr))),
    NULL_IS_ARGUMENT(ehlo_client_tls_failed),
    NULL_IS_ARGUMENT(ehlo_client_tls_started),
    ROW(ehlo_client_transaction, ehlo_client_transaction(nullptr) == 0),
    ROW(ehlo_client_wants, ehlo_client_wants(nullptr) == EHLO_WANT_CLOSE),
    ROW(ehlo_command_parse, command_parse_refuses(g)),
    INIT(ehlo_command_text_init),
    ROW(ehlo_command_write, command_write_refuses(g)),
    NULL_IS_HARMLESS(ehlo_server_config_free),
    ROW(ehlo_server_config_max_line, ehlo_server_config_max_line(nullptr) == 0),
    ROW(ehlo_server_config_new, config_new_refuses(g)),
    ROW(ehlo_dot_decoder_feed, feed_refuses(g)),
    ROW(ehlo_dot_decoder_first, ehlo_dot_decoder_first(nullptr, EHLO_SEEN_BARE_LF) == UINT64_MAX),
    NULL_IS_HARMLESS(ehlo_dot_decoder_free),
    ROW(ehlo_dot_decoder_new, ehlo_dot_decoder_new(0, 0, &g.half) == nullptr),
    ROW(ehlo_envelope_add, client_line_refuses(
                               [](ehlo_client* client, const char* path, std::size_t length,
                                  const ehlo_param_text* params, std::size_t count) {
                                 // The client stands for the envelope here.
                                 return ehlo_envelope_add(reinterpret_cast<ehlo_envelope*>(client), path, length,
                                                          params, count);
                               },
                               g)),
    ROW(ehlo_envelope_count, ehlo_envelope_count(nullptr) == 0),
    NULL_IS_HARMLESS(ehlo_envelope_free),
    ROW(ehlo_envelope_new, envelope_new_refuses(g)),
    INIT(ehlo_envelope_options_init),
    ROW(ehlo_error, ehlo_error(0) != nullptr),
    ROW(ehlo_error_name, *ehlo_error_name(1) != '\0'),
    ROW(ehlo_server_event_name, *ehlo_server_event_name(UINT32_MAX) != '\0'),
    ROW(ehlo_server_event_param,
        [](Good& good) {
          ehlo_server_batch batch{};
          good.events[0].params = {0, 1};
          return ehlo_server_event_param(nullptr, good.events, EHLO_PARAM_SIZE) == nullptr &&
                 ehlo_server_event_param(&batch, nullptr, EHLO_PARAM_SIZE) == nullptr &&
                 ehlo_server_event_param(&batch, good.events, EHLO_PARAM_SIZE) == nullptr;
        }(g)),
    ROW(ehlo_extension_bit, ehlo_extension_bit(nullptr, kSome) == 0 && ehlo_extension_bit(nullptr, 0) == 0),
    ROW(ehlo_extension_info, ehlo_extension_info(UINT32_MAX) == nullptr),
    ROW(ehlo_extension_name, *ehlo_extension_name(0) != '\0'),
    ROW(ehlo_hello_has_mechanism, ehlo_hello_has_mechanism(nullptr, kSome, "PLAIN", 5) == 0 &&
                                      ehlo_hello_has_mechanism("250 AUTH PLAIN\r\n", 16, nullptr, kSome) == 0),
    ROW(ehlo_hello_next, hello_next_refuses(g)),
    ROW(ehlo_hello_parse, hello_parse_refuses(g)),
    ROW(ehlo_hello_write, is_argument(ehlo_hello_write(nullptr, kSome, "", 0, g.out, 64)) &&
                              is_argument(ehlo_hello_write("x", 1, nullptr, kSome, g.out, 64)) &&
                              is_argument(ehlo_hello_write("x", 1, "", 0, nullptr, 64))),
    ROW(ehlo_local_part_quote, coder_refuses(ehlo_local_part_quote)),
    ROW(ehlo_local_part_unquote, coder_refuses(ehlo_local_part_unquote)),
    ROW(ehlo_orcpt_decode, is_argument(ehlo_orcpt_decode(nullptr, kSome, g.out, 64)) &&
                               is_argument(ehlo_orcpt_decode("rfc822;a", 8, nullptr, 64))),
    ROW(ehlo_param_info, ehlo_param_info(UINT32_MAX) == nullptr),
    ROW(ehlo_param_named, ehlo_param_named(nullptr, kSome) == nullptr && ehlo_param_named(nullptr, 0) == nullptr),
    ROW(ehlo_param_unsigned, ehlo_param_unsigned(nullptr) == 0),
    ROW(ehlo_param_value_write, param_writer_refuses(ehlo_param_value_write)),
    ROW(ehlo_param_write, param_writer_refuses(ehlo_param_write)),
    ROW(ehlo_params_parse, params_parse_refuses(g)),
    INIT(ehlo_parse_options_init),
    ROW(ehlo_path_parse, path_parse_refuses(g)),
    ROW(ehlo_reply_line, reply_line_refuses(g)),
    ROW(ehlo_reply_parse, reply_parse_refuses(g)),
    ROW(ehlo_reply_write, is_argument(ehlo_reply_write(250, 0, nullptr, kSome, g.out, 64)) &&
                              is_argument(ehlo_reply_write(250, 0, "x", 1, nullptr, 64)) &&
                              ehlo_reply_write(250, EHLO_ENHANCED_NONE, nullptr, 0, nullptr, 0) == 5),
    ROW(ehlo_server_accept, is_argument(ehlo_server_accept(nullptr, 1))),
    ROW(ehlo_server_challenge, is_argument(ehlo_server_challenge(nullptr, 1, "x", 1)) &&
                                   is_argument(ehlo_server_challenge(g.server, 1, nullptr, kSome))),
    ROW(ehlo_server_decline, is_argument(ehlo_server_decline(nullptr, 1))),
    NULL_IS_HARMLESS(ehlo_server_eof),
    ROW(ehlo_server_facts, ehlo_server_facts(nullptr) == 0),
    NULL_IS_HARMLESS(ehlo_server_free),
    ROW(ehlo_server_new, ehlo_server_new(nullptr, nullptr) == nullptr && ehlo_server_new(g.config, &g.half) == nullptr),
    ROW(ehlo_server_options_check, std::string_view(ehlo_server_options_check(nullptr)) == "struct_size"),
    INIT(ehlo_server_options_init),
    ROW(ehlo_server_output,
        ehlo_server_output(nullptr, g.out, 64) == 0 && ehlo_server_output(g.server, nullptr, 64) == 0),
    ROW(ehlo_server_protocol_name, std::strcmp(ehlo_server_protocol_name(nullptr), "") == 0),
    ROW(ehlo_server_receive,
        ehlo_server_receive(g.server, "x", 1, nullptr) == 0 && refuses(nullptr, "x", 1, g.events, g.spans) &&
            refuses(g.server, nullptr, kSome, g.events, g.spans) && refuses(g.server, "x", 1, nullptr, g.spans) &&
            refuses(g.server, "x", 1, g.events, nullptr)),
    ROW(ehlo_server_refuse_message, is_argument(ehlo_server_refuse_message(nullptr, 554, 0, nullptr, 0))),
    NULL_IS_ARGUMENT(ehlo_server_release),
    ROW(ehlo_server_reply, is_argument(ehlo_server_reply(nullptr, 1, 250, 0, nullptr, 0))),
    ROW(ehlo_server_shutdown, is_argument(ehlo_server_shutdown(nullptr, 0, nullptr, 0))),
    ROW(ehlo_server_advance, server_step_refuses(g)),
    NULL_IS_HARMLESS(ehlo_server_timed_out),
    ROW(ehlo_server_timeout, is_nothing(ehlo_server_timeout(nullptr))),
    NULL_IS_ARGUMENT(ehlo_server_tls_failed),
    NULL_IS_ARGUMENT(ehlo_server_tls_started),
    ROW(ehlo_server_wants, ehlo_server_wants(nullptr) == EHLO_WANT_CLOSE),
    ROW(ehlo_verb_info, ehlo_verb_info(UINT32_MAX) == nullptr),
    ROW(ehlo_verb_name, *ehlo_verb_name(UINT32_MAX) != '\0'),
    ROW(ehlo_verb_named, ehlo_verb_named(nullptr, kSome) == nullptr && ehlo_verb_named(nullptr, 0) == nullptr),
    ROW(ehlo_version, *ehlo_version() != '\0'),
    ROW(ehlo_version_number, ehlo_version_number() != 0),
    ROW(ehlo_xtext_decode, is_argument(ehlo_xtext_decode(nullptr, kSome, 0, g.out, 64)) &&
                               is_argument(ehlo_xtext_decode("a", 1, 0, nullptr, 64))),
    ROW(ehlo_xtext_encode, coder_refuses(ehlo_xtext_encode)),
};

#undef ROW
#undef NULL_IS_ARGUMENT
#undef NULL_IS_HARMLESS
#undef INIT

TEST(MisuseOfNull, IsAnErrorOrNothingInEveryCall) {
  for (const Row& row : kRows) {
    Good good;
    ASSERT_NE(good.server, nullptr);
    ASSERT_NE(good.client, nullptr);
    EXPECT_TRUE(row.refuses(good)) << row.symbol;
  }
}

TEST(MisuseOfNull, IsTriedWithEverySymbol) {
  std::ifstream file(SYMBOLS);
  ASSERT_TRUE(file.is_open());
  std::vector<std::string> symbols, rows;
  for (std::string symbol; file >> symbol;) symbols.push_back(symbol);
  for (const Row& row : kRows) rows.emplace_back(row.symbol);
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(rows, symbols);
}

}  // namespace
