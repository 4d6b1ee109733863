/* pace.c - connections that send slowly. */
#include "pace.h"

#include <stdlib.h>

#include "output.h"

enum { TICKS_A_SECOND = 20 };

struct load_pace {
  uv_timer_t timer; /* first, so that a pointer to it is a pointer to the struct */
  struct load_connection* connection;
  uint64_t since; /* when sending began, in milliseconds of the loop */
  uint64_t sent;  /* octets since then */
  size_t at, length;
  char buffer[LOAD_OUTPUT_LEAST];
};

bool load_pace_is_behind(const struct load_connection* c) { return c->pace->at < c->pace->length; }

/* Time without anything to send does not count. */
static bool refill(struct load_pace* pace) {
  struct load_connection* c = pace->connection;
  if (load_pace_is_behind(c)) return true;
  pace->at = 0;
  pace->length = load_output_copy(c, pace->buffer, sizeof pace->buffer);
  if (pace->length > 0) return true;
  pace->since = uv_now(&c->load->loop);
  pace->sent = 0;
  return false;
}

/* Returns the number of octets sent; 0: the kernel accepts none now. */
static size_t send_some(struct load_pace* pace, uint64_t allowed) {
  struct load_connection* c = pace->connection;
  const size_t left = pace->length - pace->at;
  uv_buf_t buffer = uv_buf_init(pace->buffer + pace->at, (unsigned)(allowed < left ? allowed : left));
  int sent = uv_try_write((uv_stream_t*)&c->socket, &buffer, 1);
  c->broken = sent < 0 && sent != UV_EAGAIN;
  return sent < 0 ? 0 : (size_t)sent;
}

static void on_tick(uv_timer_t* timer) {
  struct load_pace* pace = (struct load_pace*)timer;
  struct load_connection* c = pace->connection;
  const uint64_t now = uv_now(&c->load->loop);
  while (!c->broken && refill(pace)) {
    const uint64_t due = (now - pace->since) * c->load->options.rate_octets / 1000;
    if (due <= pace->sent) break;
    const size_t sent = send_some(pace, due - pace->sent);
    if (sent == 0) break;
    pace->at += sent;
    pace->sent += sent;
    c->moved = now;
  }
  load_connection_advance(c);
}

bool load_pace_start(struct load_connection* c) {
  const uint32_t rate = c->load->options.rate_octets;
  const uint64_t period = 1000 / (rate < TICKS_A_SECOND ? rate : TICKS_A_SECOND);
  struct load_pace* pace = calloc(1, sizeof *pace);
  if (pace == NULL) return false;
  pace->connection = c;
  pace->since = uv_now(&c->load->loop);
  uv_timer_init(&c->load->loop, &pace->timer);
  uv_timer_start(&pace->timer, on_tick, period, period);
  c->pace = pace;
  return true;
}

static void on_closed(uv_handle_t* timer) { free(timer); }

void load_pace_stop(struct load_connection* c) {
  if (c->pace != NULL) uv_close((uv_handle_t*)&c->pace->timer, on_closed);
  c->pace = NULL;
}
