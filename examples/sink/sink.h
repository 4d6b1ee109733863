/* sink.h - what the connections share. */
#ifndef SINK_H
#define SINK_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "ehlo.h"
#include "options.h"
#include "store.h"
#include "users.h"

enum { SINK_READ_OCTETS = 65536, SINK_WRITE_OCTETS = 65536, SINK_EVENTS = 32, SINK_SPANS = 1024, SINK_PARAMS = 64 };

struct sink_connection;

struct sink {
  struct sink_options options;
  ehlo_server_config* config;
  SSL_CTX* tls;             /* NULL: STARTTLS is not offered */
  struct sink_users* users; /* NULL: AUTH is not offered */
  struct sink_store store;
  bool storing; /* false: messages are only counted */
  uint64_t messages;

  uv_loop_t loop;
  uv_tcp_t listener;
  uv_timer_t sweep; /* ends sessions whose time has passed */
  uv_timer_t grace; /* ends the wait for clients after the first signal */
  uv_signal_t terminate, interrupt;
  bool stopping;
  bool accept_later; /* there was no memory; libuv reports new connections only after this one is accepted */
  struct sink_connection* connections;
  uint32_t last_connection;

  /* All connections share one buffer of each kind, since only one is handled at a time. An idle one has none. */
  unsigned char* input; /* for the session: the tail of the connection, then what it received */
  size_t input_octets;
  unsigned char cipher[SINK_READ_OCTETS]; /* as received by a connection under TLS */
  unsigned char output[SINK_WRITE_OCTETS];
  size_t output_length;
  ehlo_server_batch batch;
  ehlo_server_event events[SINK_EVENTS];
  ehlo_span spans[SINK_SPANS];
  ehlo_param params[SINK_PARAMS];
};

#endif
