/* connection.c - one client: moves octets between its socket, TLS and its session. */
#include "connection.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "tls.h"
#include "trace.h"
#include "transport.h"

enum { WRITE_SECONDS = 300, LINGER_SECONDS = 2 };

static void resume(struct sink_connection* c);

static bool is_closing(const struct sink_connection* c) { return uv_is_closing((const uv_handle_t*)&c->socket) != 0; }

/* ---- output ---- */

static void send_cipher(struct sink_connection* c) {
  const unsigned char* bytes;
  size_t length = tls_pending(c->tls, &bytes);
  if (length == 0) return;
  sink_transport_send(c, bytes, length, resume);
  tls_sent(c->tls);
}

static void flush_output(struct sink_connection* c) {
  struct sink* sink = c->sink;
  size_t length = sink->output_length;
  sink->output_length = 0;
  if (length == 0 || is_closing(c)) return;
  if (sink->options.trace) sink_trace_output(c->number, sink->output, length);
  if (c->tls == NULL)
    sink_transport_send(c, sink->output, length, resume);
  else if (c->secure && tls_write(c->tls, sink->output, length))
    send_cipher(c);
  else
    sink_connection_close(c);
}

bool sink_connection_take_output(struct sink_connection* c) {
  struct sink* sink = c->sink;
  bool taken = false;
  for (;;) {
    size_t room = SINK_WRITE_OCTETS - sink->output_length;
    size_t length = ehlo_server_output(c->session, sink->output + sink->output_length, room);
    if (length == 0) return taken;
    taken = true;
    sink->output_length += length;
    if (length < room) return taken;
    flush_output(c);
  }
}

/* ---- the end ---- */

static void drop_tail(struct sink_connection* c) {
  if (c->tail != NULL) OPENSSL_cleanse(c->tail, c->tail_length); /* it may be a part of an AUTH line */
  free(c->tail);
  c->tail = NULL;
  c->tail_length = 0;
}

static void on_closed(uv_handle_t* handle) {
  struct sink_connection* c = (struct sink_connection*)handle;
  if (c->previous != NULL)
    c->previous->next = c->next;
  else
    c->sink->connections = c->next;
  if (c->next != NULL) c->next->previous = c->previous;
  sink_session_forget(c);
  drop_tail(c);
  SSL_free(c->tls);
  ehlo_server_free(c->session);
  free(c);
}

void sink_connection_close(struct sink_connection* c) {
  if (!is_closing(c)) uv_close((uv_handle_t*)&c->socket, on_closed);
}

/* Closing a socket with unread input resets the connection, and the client may then lose our last reply. So if the
 * client may still be sending, wait a moment for the end of its side. */
static void end_stream(struct sink_connection* c) {
  if (c->linger)
    sink_transport_finish(c);
  else
    sink_connection_close(c);
}

static void finish(struct sink_connection* c) {
  if (c->ending || is_closing(c)) return;
  c->ending = true;
  c->active_at = uv_now(&c->sink->loop);
  if (c->secure) {
    (void)SSL_shutdown(c->tls); /* sends close_notify; an answer is not needed */
    send_cipher(c);
  }
  if (c->queued == 0) end_stream(c);
}

/* ---- input ---- */

static bool keep_tail(struct sink_connection* c, const unsigned char* bytes, size_t length) {
  if (c->tail != NULL) drop_tail(c);
  if (length == 0) return true;
  c->tail = malloc(length);
  if (c->tail == NULL) return false;
  memcpy(c->tail, bytes, length);
  c->tail_length = length;
  return true;
}

/* Copies the tail in front of the next input. */
static size_t load_tail(struct sink_connection* c) {
  if (c->tail_length > 0) memcpy(c->sink->input, c->tail, c->tail_length);
  return c->tail_length;
}

static void start_tls(struct sink_connection* c) {
  drop_tail(c); /* plaintext after STARTTLS: the session has seen it, and TLS must not */
  c->tls = tls_new(c->sink->tls);
  c->active_at = uv_now(&c->sink->loop);
  if (c->tls == NULL) sink_connection_close(c);
}

static void handle_events(struct sink_connection* c, unsigned char* input) {
  const ehlo_server_batch* batch = &c->sink->batch;
  for (uint32_t i = 0; i < batch->event_count && !is_closing(c); i++) {
    const ehlo_server_event* event = &batch->events[i];
    bool is_repeated = event->type == EHLO_SERVER_EVENT_MESSAGE && c->decided;
    if (c->sink->options.trace && !is_repeated) sink_trace_event(c->number, input, event);
    sink_session_event(c, input, event);
  }
}

/* Shows the session `length` octets of the input buffer, and then the rest again while the session makes progress: it
 * may have waited only for an answer or for room for replies. The replies are sent together. */
static void run(struct sink_connection* c, size_t length) {
  struct sink* sink = c->sink;
  unsigned char* input = sink->input;
  for (bool progress = true; progress && c->queued == 0 && !is_closing(c);) {
    size_t used = ehlo_server_receive(c->session, input, length, &sink->batch);
    if (used > 0) c->active_at = uv_now(&sink->loop);
    handle_events(c, input);
    input += used;
    length -= used;
    progress = sink_connection_take_output(c) || used > 0 || sink->batch.event_count > 0;
  }
  flush_output(c);
  uint32_t wants = ehlo_server_wants(c->session);
  if (!keep_tail(c, input, length))
    sink_connection_close(c);
  else if (wants & EHLO_WANT_CLOSE)
    finish(c);
  else if ((wants & EHLO_WANT_TLS) && c->tls == NULL)
    start_tls(c);
}

/* The client has closed: the session drops an open message, and nobody reads a reply. */
static void lost(struct sink_connection* c) {
  drop_tail(c);
  ehlo_server_eof(c->session);
  run(c, 0);
  sink_connection_close(c);
}

static bool handshake(struct sink_connection* c) {
  int result = tls_handshake(c->tls);
  send_cipher(c);
  if (result > 0) {
    c->secure = true;
    c->active_at = uv_now(&c->sink->loop);
    sink_session_forget(c);
    if (c->sink->options.trace) sink_trace_note(c->number, SSL_get_version(c->tls), SSL_get_cipher_name(c->tls));
    return ehlo_server_tls_started(c->session) == EHLO_OK;
  }
  if (result < 0) {
    if (c->sink->options.trace) sink_trace_note(c->number, "TLS handshake", tls_error());
    ehlo_server_tls_failed(c->session);
    run(c, 0);
    sink_connection_close(c);
  }
  return false;
}

static void run_tls(struct sink_connection* c) {
  if (!c->secure && !handshake(c)) return;
  while (c->queued == 0 && !c->ending && !is_closing(c)) {
    size_t kept = load_tail(c);
    int length = tls_read(c->tls, c->sink->input + kept, c->sink->input_octets - kept);
    if (length == 0) return;
    if (length > 0)
      run(c, kept + (size_t)length);
    else
      lost(c);
  }
}

static void on_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  struct sink_connection* c = (struct sink_connection*)stream;
  if (length == 0) return;
  if (length < 0 && c->ending)
    sink_connection_close(c);
  else if (length < 0)
    lost(c);
  else if (c->ending)
    return; /* input after the end of the session */
  else if (c->tls == NULL)
    run(c, load_tail(c) + (size_t)length);
  else if (tls_feed(c->tls, buffer->base, (size_t)length))
    run_tls(c);
  else
    lost(c);
}

/* libuv calls this, reads, and calls on_read at once, so all connections can share one buffer. The tail must fit in
 * front of the new octets: the session leaves at most one line, and the buffer has room for it. */
static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer) {
  (void)suggested;
  struct sink_connection* c = (struct sink_connection*)handle;
  struct sink* sink = c->sink;
  if (c->tls != NULL)
    *buffer = uv_buf_init((char*)sink->cipher, sizeof sink->cipher);
  else
    *buffer = uv_buf_init((char*)sink->input + c->tail_length, (unsigned)(sink->input_octets - c->tail_length));
}

/* Reading had stopped until these writes were done. */
static void resume(struct sink_connection* c) {
  if (is_closing(c)) return;
  c->active_at = uv_now(&c->sink->loop);
  if (c->ending)
    end_stream(c);
  else if (c->tls == NULL || c->secure)
    run(c, load_tail(c));
  if (c->secure && !c->ending && !is_closing(c)) run_tls(c);
  if (c->queued == 0 && !is_closing(c) && uv_read_start((uv_stream_t*)&c->socket, on_alloc, on_read) != 0)
    sink_connection_close(c);
}

/* ---- the beginning ---- */

static bool start(struct sink_connection* c) {
  uv_stream_t* stream = (uv_stream_t*)&c->socket;
  if (uv_accept((uv_stream_t*)&c->sink->listener, stream) != 0) return false;
  c->session = ehlo_server_new(c->sink->config, NULL);
  if (c->session == NULL || uv_tcp_nodelay(&c->socket, 1) != 0) return false;
  if (uv_read_start(stream, on_alloc, on_read) != 0) return false;
  run(c, 0);
  return true;
}

void sink_connection_accept(struct sink* sink) {
  struct sink_connection* c = calloc(1, sizeof *c);
  sink->accept_later = c == NULL || uv_tcp_init(&sink->loop, &c->socket) != 0;
  if (sink->accept_later) {
    free(c);
    return;
  }
  c->sink = sink;
  c->number = ++sink->last_connection;
  c->active_at = uv_now(&sink->loop);
  c->next = sink->connections;
  if (c->next != NULL) c->next->previous = c;
  sink->connections = c;
  if (!start(c)) sink_connection_close(c);
}

/* ---- from outside ---- */

void sink_connection_shutdown(struct sink_connection* c) {
  if (c->ending || is_closing(c)) return;
  bool between = c->tls != NULL && !c->secure; /* during a handshake no SMTP can be sent */
  if (between || ehlo_server_shutdown(c->session, 0, NULL, 0) != EHLO_OK)
    sink_connection_close(c);
  else
    run(c, load_tail(c));
}

/* One check of all connections now and then, instead of a timer for each: limits of minutes need no precision. */
void sink_connection_check_time(struct sink_connection* c) {
  if (is_closing(c)) return;
  uint64_t seconds = (uv_now(&c->sink->loop) - c->active_at) / 1000;
  const ehlo_timeout limit = ehlo_server_timeout(c->session);
  if (c->ending || c->queued > 0) {
    if (seconds >= (c->ending ? LINGER_SECONDS : WRITE_SECONDS)) sink_connection_close(c);
  } else if (limit.kind != EHLO_TIMEOUT_NONE && seconds >= limit.seconds) {
    ehlo_server_timed_out(c->session);
    if (limit.kind == EHLO_TIMEOUT_TLS)
      sink_connection_close(c);
    else
      run(c, load_tail(c));
  }
}
