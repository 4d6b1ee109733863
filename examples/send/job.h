/* job.h - what the connections share. */
#ifndef SEND_JOB_H
#define SEND_JOB_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "ehlo.h"
#include "message.h"
#include "options.h"

enum {
  SEND_READ_OCTETS = 65536,
  SEND_OUTPUT_OCTETS = 262144, /* commands, and under TLS content. While content waits to be sent, no more is written */
  SEND_CONTENT_OCTETS = 196608,
  SEND_EVENTS = 32,
  SEND_SPANS = 1024
};

struct send_connection;

struct send_job {
  struct send_options options;
  struct send_message message;
  ehlo_envelope* envelope; /* one for all sessions: they only read it */
  ehlo_client_config* config;
  ehlo_client_config* secure_config; /* used instead if the server is not on this machine */
  SSL_CTX* tls;                      /* NULL: no TLS */

  uv_loop_t loop;
  uv_getaddrinfo_t lookup;
  struct addrinfo* addresses;
  struct send_connection* connections; /* options.connections of them */
  bool implied_starttls;               /* by --auth */
  bool refused;                        /* a recipient was not accepted */
  bool failed;                         /* a connection has failed */

  /* All connections share one buffer of each kind, since only one is handled at a time. */
  unsigned char* input; /* for the session: the tail of the connection, then what it received */
  size_t input_octets;
  unsigned char cipher[SEND_READ_OCTETS]; /* as received by a connection under TLS */
  unsigned char output[SEND_OUTPUT_OCTETS];
  ehlo_client_batch batch;
  ehlo_client_event events[SEND_EVENTS];
  ehlo_span spans[SEND_SPANS];
  uv_buf_t buffers[SEND_SPANS + 1]; /* the output, then the content of the spans */
};

#endif
