/* connection.c - one connection to the server: moves octets between its socket and its session. */
#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "pace.h"
#include "session.h"
#include "work.h"

enum { MOST_NOTES = 20 };

static bool is_closing(const struct load_connection* c) { return uv_is_closing((const uv_handle_t*)&c->socket) != 0; }

void load_connection_note(struct load_connection* c, const char* what, const char* detail) {
  struct load* load = c->load;
  if (load->options.quiet || load->notes++ >= MOST_NOTES) return;
  fprintf(stderr, "load: connection %u: %s%s%s\n", (unsigned)c->number, what, *detail == '\0' ? "" : ": ", detail);
  if (load->notes == MOST_NOTES) fputs("load: there may be more, but enough has been said\n", stderr);
}

static void fail(struct load_connection* c, const char* what, const char* detail) {
  c->has_failed = true;
  load_connection_note(c, what, detail);
  load_connection_close(c, false);
}

static void drop_tail(struct load_connection* c) {
  free(c->tail);
  c->tail = NULL;
  c->tail_length = 0;
}

static void on_closed(uv_handle_t* handle) {
  struct load_connection* c = (struct load_connection*)handle;
  drop_tail(c);
  ehlo_client_free(c->session);
  c->session = NULL;
  c->active = false;
  load_work_connected(c);
  load_work_next(c);
}

void load_connection_close(struct load_connection* c, bool reset) {
  if (is_closing(c)) return;
  load_pace_stop(c);
  if (!reset || uv_tcp_close_reset(&c->socket, on_closed) != 0) uv_close((uv_handle_t*)&c->socket, on_closed);
}

/* In the middle of a message, and all octets so far have been sent. */
static void vanish(struct load_connection* c) {
  struct load* load = c->load;
  if (c->writing || c->broken || !load_output_is_at_end(c) || (c->pace != NULL && load_pace_is_behind(c))) return;
  load_connection_close(c, load->vanished++ % 2 == 1);
}

static void send_more(struct load_connection* c) {
  do load_session_next(c);
  while (c->pace == NULL && load_output(c));
}

void load_connection_advance(struct load_connection* c) {
  if (is_closing(c) || c->session == NULL) return;
  send_more(c);
  vanish(c);
  if ((ehlo_client_wants(c->session) & EHLO_WANT_CLOSE) != 0) load_connection_close(c, false);
}

static void keep_tail(struct load_connection* c, const unsigned char* bytes, size_t length) {
  if (length == 0 && c->tail == NULL) return;
  drop_tail(c);
  if (length == 0 || is_closing(c)) return;
  c->tail = malloc(length);
  if (c->tail == NULL) {
    fail(c, "out of memory", "");
    return;
  }
  memcpy(c->tail, bytes, length);
  c->tail_length = length;
}

/* Shows the session the input buffer. */
static void run(struct load_connection* c, size_t length) {
  struct load* load = c->load;
  const unsigned char* input = load->input;
  size_t used;
  if (c->tail_length > 0) memcpy(load->input, c->tail, c->tail_length);
  length += c->tail_length;
  do {
    used = ehlo_client_receive(c->session, input, length, &load->batch);
    for (uint32_t i = 0; i < load->batch.event_count; i++) load_session_event(c, input, &load->events[i]);
    input += used;
    length -= used;
    load_connection_advance(c);
  } while (!is_closing(c) && ((used > 0 && length > 0) || (ehlo_client_wants(c->session) & EHLO_WANT_EVENTS) != 0));
  keep_tail(c, input, length);
}

/* The server has closed. The session reports the outcome of each recipient. */
static void lost(struct load_connection* c) {
  c->broken = true;
  ehlo_client_eof(c->session);
  run(c, 0);
  load_connection_close(c, false);
}

static void on_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  (void)buffer;
  struct load_connection* c = (struct load_connection*)stream;
  if (length == 0) return;
  c->moved = uv_now(&c->load->loop);
  if (length < 0)
    lost(c);
  else
    run(c, (size_t)length);
}

/* libuv calls this, reads, and calls on_read at once, so all connections can share one buffer. The tail must fit in
 * front of the new octets: the session leaves at most one reply, and the buffer has room for it. */
static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer) {
  (void)suggested;
  struct load_connection* c = (struct load_connection*)handle;
  struct load* load = c->load;
  *buffer = uv_buf_init((char*)load->input + c->tail_length, (unsigned)(load->input_octets - c->tail_length));
}

static void begin(struct load_connection* c) {
  c->session = ehlo_client_new(c->load->config, NULL);
  bool good = c->session != NULL && (c->load->options.rate_octets == 0 || load_pace_start(c));
  if (good && ehlo_client_open(c->session) == EHLO_OK)
    load_connection_advance(c);
  else
    fail(c, "out of memory", "");
}

static void on_connect(uv_connect_t* request, int status) {
  struct load_connection* c = (struct load_connection*)request->handle;
  if (status == UV_ECANCELED) return; /* the connection is being closed */
  if (status == 0) status = uv_tcp_nodelay(&c->socket, 1);
  if (status == 0) status = uv_read_start((uv_stream_t*)&c->socket, on_alloc, on_read);
  c->moved = uv_now(&c->load->loop);
  load_work_connected(c);
  if (status == 0)
    begin(c);
  else
    fail(c, "cannot connect", uv_strerror(status));
}

void load_connection_check_time(struct load_connection* c) {
  const uint64_t limit = 1000 * (uint64_t)c->load->options.timeout;
  bool rests = c->role == LOAD_IDLES && c->ready && !c->quitting;
  if (is_closing(c) || rests || uv_now(&c->load->loop) - c->moved < limit) return;
  if (c->session != NULL) {
    c->broken = true;
    ehlo_client_timed_out(c->session);
    run(c, 0);
  } else {
    fail(c, "cannot connect", "it takes too long");
  }
  load_connection_close(c, false);
}

void load_connection_open(struct load_connection* c) {
  struct load* load = c->load;
  c->number = ++load->connections;
  c->active = c->counted = true;
  c->writing = c->broken = c->ready = c->quitting = c->content_given = false;
  c->submitted = c->waiting = c->recipients = 0;
  c->given = 0;
  c->moved = uv_now(&load->loop);
  load->connecting++;
  uv_tcp_init(&load->loop, &c->socket);
  int status = uv_tcp_connect(&c->connect, &c->socket, (const struct sockaddr*)&load->address, on_connect);
  if (status < 0) fail(c, "cannot connect", uv_strerror(status));
}
