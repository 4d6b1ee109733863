// What the calls of the C API do with NULL for one thing they need while the rest is there: see null_test.cpp.
#pragma once

#include <cstring>

#include "support/client_link.h"
#include "support/link.h"

namespace null_calls {

inline constexpr std::size_t kSome = 5;  // a length of what is NULL

// Sessions and the like that are there, for the pointers beside them.
struct Good {
  Good() {
    ehlo_server_options options = support::capi_options();
    config = ehlo_server_config_new(&options, nullptr, nullptr);
    server = ehlo_server_new(config, nullptr);
    ehlo_client_options client_options;
    ehlo_client_options_init(&client_options, sizeof client_options);
    client_options.hostname = "c.test";
    client_config = ehlo_client_config_new(&client_options, nullptr, nullptr);
    client = ehlo_client_new(client_config, nullptr);
    ehlo_envelope_options sender;
    ehlo_envelope_options_init(&sender, sizeof sender);
    envelope = ehlo_envelope_new(&sender, nullptr, nullptr);
    decoder = ehlo_dot_decoder_new(0, 0, nullptr);
    ehlo_command_text_init(&text, sizeof text);
  }
  ~Good() {
    ehlo_dot_decoder_free(decoder);
    ehlo_envelope_free(envelope);
    ehlo_client_free(client);
    ehlo_client_config_free(client_config);
    ehlo_server_free(server);
    ehlo_server_config_free(config);
  }
  Good(const Good&) = delete;
  Good& operator=(const Good&) = delete;

  ehlo_server_config* config;
  ehlo_server* server;
  ehlo_client_config* client_config;
  ehlo_client* client;
  ehlo_envelope* envelope;
  ehlo_dot_decoder* decoder;
  ehlo_command_text text;
  ehlo_span spans[8] = {};
  ehlo_server_event events[EHLO_SERVER_EVENTS_MIN] = {};
  ehlo_client_event client_events[EHLO_CLIENT_EVENTS_MIN] = {};
  ehlo_allocator half = {nullptr, nullptr, nullptr};
  char out[256] = {};
  std::size_t size = 7, other_size = 7;
  std::uint32_t count = 7, bits = 7;
  std::int32_t done = 7, error = 7;
};

inline bool is_argument(std::int64_t rc) { return rc == EHLO_E_ARGUMENT; }
inline bool is_nothing(ehlo_timeout timeout) { return timeout.kind == EHLO_TIMEOUT_NONE && timeout.seconds == 0; }

// A batch of a server without arrays, or with too few of them.
inline bool refuses(ehlo_server* server, const void* input, std::size_t length, ehlo_server_event* events,
                    ehlo_span* spans) {
  ehlo_server_batch batch{};
  batch.events = events;
  batch.event_size = sizeof *batch.events;
  batch.event_cap = EHLO_SERVER_EVENTS_MIN;
  batch.spans = spans;
  batch.span_cap = EHLO_SPANS_MIN;
  batch.event_count = batch.span_count = batch.param_count = 7;
  return ehlo_server_receive(server, input, length, &batch) == 0 && is_argument(batch.error) &&
         batch.event_count + batch.span_count + batch.param_count == 0;
}
inline bool refuses(ehlo_client* client, const void* input, std::size_t length, ehlo_client_event* events) {
  ehlo_client_batch batch{};
  batch.events = events;
  batch.event_size = sizeof *batch.events;
  batch.event_cap = EHLO_CLIENT_EVENTS_MIN;
  batch.event_count = 7;
  return ehlo_client_receive(client, input, length, &batch) == 0 && is_argument(batch.error) && batch.event_count == 0;
}

inline bool server_step_refuses(Good& g) {
  ehlo_server_answer answers[2] = {};
  answers[1].kind = EHLO_SERVER_ANSWER_REPLY;
  answers[1].text = {0, kSome};
  ehlo_server_batch batch{};
  ehlo_progress progress{};
  ehlo_server_advance(nullptr, answers, sizeof *answers, 2, nullptr, kSome, nullptr, kSome, &batch, nullptr, kSome,
                      &progress);
  bool good = is_argument(answers[0].error) && is_argument(answers[1].error) && progress.refused == 2 &&
              progress.wants == EHLO_WANT_CLOSE && progress.consumed + progress.written == 0 &&
              is_argument(batch.error);
  ehlo_server_advance(g.server, nullptr, sizeof *answers, kSome, nullptr, kSome, nullptr, kSome, nullptr, nullptr,
                      kSome, &progress);
  good = good && progress.refused == 0 && progress.consumed + progress.written == 0;
  ehlo_server_advance(g.server, nullptr, 0, 0, nullptr, 0, nullptr, 0, nullptr, nullptr, 0, nullptr);
  return good;
}

inline bool client_step_refuses(Good& g) {
  ehlo_client_batch batch{};
  ehlo_progress progress{};
  ehlo_client_advance(nullptr, nullptr, kSome, &batch, nullptr, kSome, &progress);
  const bool good =
      progress.wants == EHLO_WANT_CLOSE && progress.consumed + progress.written == 0 && is_argument(batch.error);
  ehlo_client_advance(g.client, nullptr, kSome, nullptr, nullptr, kSome, &progress);
  ehlo_client_advance(g.client, nullptr, 0, nullptr, nullptr, 0, nullptr);
  return good && progress.consumed + progress.written == 0;
}

inline bool command_write_refuses(Good& g) {
  bool good = is_argument(ehlo_command_write(nullptr, g.out, sizeof g.out));
  g.text.verb = EHLO_VERB_MAIL;
  good = good && is_argument(ehlo_command_write(&g.text, nullptr, kSome));
  g.text.text_length = kSome;
  good = good && is_argument(ehlo_command_write(&g.text, g.out, sizeof g.out));
  g.text.text_length = 0;
  g.text.params_length = kSome;
  good = good && is_argument(ehlo_command_write(&g.text, g.out, sizeof g.out));
  g.text.params_length = 0;
  return good && ehlo_command_write(&g.text, nullptr, 0) == 14;
}

inline bool envelope_new_refuses(Good& g) {
  ehlo_envelope_options options;
  ehlo_envelope_options_init(&options, sizeof options);
  bool good = ehlo_envelope_new(nullptr, nullptr, &g.error) == nullptr && is_argument(g.error) &&
              ehlo_envelope_new(nullptr, nullptr, nullptr) == nullptr &&
              ehlo_envelope_new(&options, &g.half, &g.error) == nullptr && is_argument(g.error);
  options.sender_length = kSome;
  good = good && ehlo_envelope_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
  options.sender_length = 0;
  options.param_count = 1;
  good = good && ehlo_envelope_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
  const ehlo_param_text nothing{nullptr, kSome, nullptr, kSome};
  options.params = &nothing;
  return good && ehlo_envelope_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
}

// Of the server's options nothing is needed but the name.
inline bool config_new_refuses(Good& g) {
  ehlo_server_options options = support::capi_options();
  bool good = ehlo_server_config_new(nullptr, nullptr, &g.error) == nullptr && is_argument(g.error) &&
              ehlo_server_config_new(nullptr, nullptr, nullptr) == nullptr &&
              ehlo_server_config_new(&options, &g.half, &g.error) == nullptr && is_argument(g.error);
  options.line_count = 1;
  options.line_size = sizeof(ehlo_keyword_line);
  good = good && ehlo_server_config_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
  const ehlo_keyword_line line{};
  options.lines = &line;
  good = good && ehlo_server_config_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
  options.line_count = 0;
  const ehlo_verb_row verb{};
  ehlo_rows rows{};
  rows.verb_size = sizeof verb;
  rows.verb_count = 1;
  options.rows = &rows;
  good = good && ehlo_server_config_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
  rows.verbs = &verb;
  good = good && ehlo_server_config_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
  options = support::capi_options();
  options.hostname = nullptr;
  return good && ehlo_server_config_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
}

inline bool client_config_new_refuses(Good& g) {
  ehlo_client_options options;
  ehlo_client_options_init(&options, sizeof options);
  options.hostname = "c.test";
  const bool good = ehlo_client_config_new(nullptr, nullptr, &g.error) == nullptr && is_argument(g.error) &&
                    ehlo_client_config_new(nullptr, nullptr, nullptr) == nullptr &&
                    ehlo_client_config_new(&options, &g.half, &g.error) == nullptr && is_argument(g.error);
  options.hostname = nullptr;
  return good && ehlo_client_config_new(&options, nullptr, &g.error) == nullptr && is_argument(g.error);
}

inline bool body_refuses(Good& g) {
  return is_argument(ehlo_client_body(nullptr, "x", 1, 0, g.spans, 8, &g.count, &g.size)) && g.count == 0 &&
         g.size == 0 && is_argument(ehlo_client_body(g.client, nullptr, kSome, 0, g.spans, 8, &g.count, &g.size)) &&
         is_argument(ehlo_client_body(g.client, "x", 1, 0, nullptr, 8, &g.count, &g.size)) &&
         is_argument(ehlo_client_body(g.client, "x", 1, 0, g.spans, 8, nullptr, &g.size)) &&
         is_argument(ehlo_client_body(g.client, "x", 1, 0, g.spans, 8, &g.count, nullptr));
}

inline bool body_copy_refuses(Good& g) {
  return is_argument(ehlo_client_body_copy(nullptr, "x", 1, 0, g.out, 256, &g.size, &g.other_size)) && g.size == 0 &&
         g.other_size == 0 &&
         is_argument(ehlo_client_body_copy(g.client, nullptr, kSome, 0, g.out, 256, &g.size, &g.other_size)) &&
         is_argument(ehlo_client_body_copy(g.client, "x", 1, 0, nullptr, 256, &g.size, &g.other_size)) &&
         is_argument(ehlo_client_body_copy(g.client, "x", 1, 0, g.out, 256, nullptr, &g.other_size)) &&
         is_argument(ehlo_client_body_copy(g.client, "x", 1, 0, g.out, 256, &g.size, nullptr));
}

inline bool feed_refuses(Good& g) {
  const auto feed = [&](ehlo_dot_decoder* decoder, const void* input, ehlo_span* spans, std::uint32_t* count,
                        std::uint32_t* bits, std::int32_t* done) {
    return ehlo_dot_decoder_feed(decoder, input, kSome, spans, 8, count, bits, done) == 0;
  };
  return feed(nullptr, "a\r\n.\r", g.spans, &g.count, &g.bits, &g.done) &&
         feed(g.decoder, nullptr, g.spans, &g.count, &g.bits, &g.done) &&
         feed(g.decoder, "a\r\n.\r", nullptr, &g.count, &g.bits, &g.done) &&
         feed(g.decoder, "a\r\n.\r", g.spans, nullptr, &g.bits, &g.done) &&
         feed(g.decoder, "a\r\n.\r", g.spans, &g.count, nullptr, &g.done) &&
         feed(g.decoder, "a\r\n.\r", g.spans, &g.count, &g.bits, nullptr);
}

// Parsers: what is parsed, what is filled, and where what is wrong goes, which may be NULL.
inline bool command_parse_refuses(Good&) {
  ehlo_command command;
  ehlo_param params[2];
  std::size_t at = 7;
  return is_argument(ehlo_command_parse(nullptr, kSome, nullptr, &command, params, sizeof *params, 2, &at)) &&
         at == 0 &&
         is_argument(ehlo_command_parse(nullptr, 0, nullptr, &command, params, sizeof *params, 2, nullptr)) &&
         is_argument(ehlo_command_parse("NOOP\r\n", 6, nullptr, nullptr, params, sizeof *params, 2, nullptr)) &&
         is_argument(ehlo_command_parse("NOOP\r\n", 6, nullptr, &command, nullptr, sizeof *params, 2, nullptr)) &&
         ehlo_command_parse("NOOP\r\n", 6, nullptr, &command, nullptr, 0, 0, nullptr) == EHLO_OK;
}

inline bool params_parse_refuses(Good& g) {
  ehlo_param params[2];
  return is_argument(
             ehlo_params_parse(nullptr, kSome, EHLO_VERB_MAIL, nullptr, params, sizeof *params, 2, &g.size, nullptr)) &&
         is_argument(
             ehlo_params_parse("SIZE=1", 6, EHLO_VERB_MAIL, nullptr, nullptr, sizeof *params, 2, &g.size, nullptr)) &&
         is_argument(
             ehlo_params_parse("SIZE=1", 6, EHLO_VERB_MAIL, nullptr, params, sizeof *params, 2, nullptr, nullptr)) &&
         ehlo_params_parse("SIZE=1", 6, EHLO_VERB_MAIL, nullptr, params, sizeof *params, 2, &g.size, nullptr) ==
             EHLO_OK &&
         g.size == 1;
}

inline bool path_parse_refuses(Good&) {
  ehlo_path path;
  return is_argument(ehlo_path_parse(nullptr, kSome, 0, 0, 0, &path, nullptr)) &&
         is_argument(ehlo_path_parse("<>", 2, 0, 0, 0, nullptr, nullptr)) &&
         ehlo_path_parse(nullptr, 0, 0, 0, 0, &path, nullptr) == EHLO_E_SYNTAX;
}

inline bool plain_parse_refuses(Good& g) {
  ehlo_span* const s = g.spans;
  return is_argument(ehlo_auth_plain_parse(nullptr, kSome, s, s, s)) &&
         is_argument(ehlo_auth_plain_parse("\0a\0b", 4, nullptr, s, s)) &&
         is_argument(ehlo_auth_plain_parse("\0a\0b", 4, s, nullptr, s)) &&
         is_argument(ehlo_auth_plain_parse("\0a\0b", 4, s, s, nullptr));
}

inline bool reply_parse_refuses(Good& g) {
  ehlo_reply reply;
  return is_argument(ehlo_reply_parse(nullptr, kSome, nullptr, &reply, &g.size)) && g.size == 0 &&
         is_argument(ehlo_reply_parse("250 x\r\n", 7, nullptr, nullptr, nullptr)) &&
         ehlo_reply_parse(nullptr, 0, nullptr, &reply, nullptr) == EHLO_E_INCOMPLETE;
}

inline bool reply_line_refuses(Good& g) {
  std::size_t at = 0;
  g.spans[0] = {3, 3};
  return ehlo_reply_line(nullptr, kSome, &at, g.spans) == 0 && g.spans[0].off == EHLO_ABSENT && g.spans[0].len == 0 &&
         ehlo_reply_line("250 x\r\n", 7, nullptr, g.spans) == 0 && ehlo_reply_line("250 x\r\n", 7, &at, nullptr) == 0 &&
         at == 0;
}

inline bool hello_parse_refuses(Good& g) {
  ehlo_hello hello;
  return is_argument(ehlo_hello_parse(nullptr, kSome, 0, nullptr, &hello, &g.size)) && g.size == 0 &&
         is_argument(ehlo_hello_parse("250 x\r\n", 7, 0, nullptr, nullptr, nullptr));
}

inline bool hello_next_refuses(Good&) {
  ehlo_capability capability;
  std::size_t at = 0;
  return ehlo_hello_next(nullptr, kSome, &at, &capability) == 0 &&
         ehlo_hello_next("250-x\r\n250 SIZE\r\n", 17, nullptr, &capability) == 0 &&
         ehlo_hello_next("250-x\r\n250 SIZE\r\n", 17, &at, nullptr) == 0;
}

template <class Code>
bool coder_refuses(Code code) {
  char out[8];
  return is_argument(code(nullptr, kSome, out, sizeof out)) && is_argument(code("YQ==", 4, nullptr, 8));
}

inline bool param_writer_refuses(decltype(ehlo_param_write) write) {
  char out[64];
  return is_argument(write(EHLO_PARAM_ENVID, 0, nullptr, kSome, out, sizeof out)) &&
         is_argument(write(EHLO_PARAM_SIZE, 1, nullptr, 0, nullptr, 64)) &&
         write(EHLO_PARAM_SIZE, 1, nullptr, 0, out, 64) > 0;
}

inline bool client_line_refuses(decltype(ehlo_client_mail) call, Good& g) {
  const ehlo_param_text nothing{nullptr, kSome, nullptr, 0};
  return is_argument(call(nullptr, "a@b", 3, nullptr, 0)) && is_argument(call(g.client, nullptr, kSome, nullptr, 0)) &&
         is_argument(call(g.client, "a@b", 3, nullptr, 1)) && is_argument(call(g.client, "a@b", 3, &nothing, 1));
}

}  // namespace null_calls
