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
  SEND_OUTPUT_OCTETS = 262144, /* commands; under TLS content too. With content on its way no more is made */
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
  ehlo_client_config* secure_config; /* in its place where the server turns out not to be on this machine */
  SSL_CTX* tls;                      /* NULL: TLS is not asked for */

  uv_loop_t loop;
  uv_getaddrinfo_t lookup;
  struct addrinfo* addresses;
  struct send_connection* connections; /* options.connections of them */
  bool implied_starttls;               /* --auth asks for it */
  bool refused;                        /* a recipient was not accepted */
  bool failed;                         /* a connection has failed */

  /* One buffer of each kind serves all connections, since one is worked on at a time. */
  unsigned char* input; /* for the session: what a connection had left over, then what it received */
  size_t input_octets;
  unsigned char cipher[SEND_READ_OCTETS]; /* as received by a connection under TLS */
  unsigned char output[SEND_OUTPUT_OCTETS];
  ehlo_client_batch batch;
  ehlo_client_event events[SEND_EVENTS];
  ehlo_span spans[SEND_SPANS];
  uv_buf_t buffers[SEND_SPANS + 1]; /* the output, then what the spans stand for */
};

#endif
