/* load.h - what the connections share. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "content.h"
#include "ehlo.h"
#include "options.h"

enum { LOAD_READ_OCTETS = 65536, LOAD_OUTPUT_OCTETS = 65536, LOAD_EVENTS = 64, LOAD_SPANS = 1000 };

struct load_connection;

struct load {
  struct load_options options;
  struct load_content content;
  ehlo_envelope* envelope; /* one for all messages */
  ehlo_client_config* config;

  uv_loop_t loop;
  struct sockaddr_storage address;
  uv_timer_t sweep; /* ends connections without progress */
  uv_timer_t hold;
  uv_signal_t terminate, interrupt;

  struct load_connection* slots; /* options.idle, then options.connections of them; each is reused */
  uint32_t launched;             /* the number of slots that were started */
  uint32_t connecting;
  uint32_t resting;      /* slots that have sent their last message */
  uint32_t idle_settled; /* idle connections that are open, or have failed */
  uint32_t idle_open;
  bool holding;   /* the idle connections stay open */
  bool releasing; /* the idle connections send QUIT */

  uint32_t claimed; /* messages that a connection has begun */
  uint32_t vanishing;
  uint32_t accepted, failed, vanished, held;
  uint32_t connections; /* opened so far */
  uint32_t notes;
  uint64_t started, ended; /* nanoseconds */
  uv_rusage_t usage_started, usage_ended;

  /* All connections share one buffer of each kind, since only one is handled at a time. */
  unsigned char* input; /* for the session: the tail of the connection, then what it received */
  size_t input_octets;
  char output[LOAD_OUTPUT_OCTETS];
  ehlo_client_batch batch;
  ehlo_client_event events[LOAD_EVENTS];
  ehlo_span spans[LOAD_SPANS];
  uv_buf_t buffers[LOAD_SPANS + 1]; /* the output, then the content of the spans */
};

#endif
