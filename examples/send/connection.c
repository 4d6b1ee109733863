/* connection.c - one connection to the server: moves octets between its socket, TLS and its session. */
#include "connection.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"
#include "output.h"
#include "session.h"
#include "tls.h"
#include "trace.h"

enum { LINGER_SECONDS = 5 };

static void resume(struct send_connection* c);
static void handshake(struct send_connection* c);
static void on_timer(uv_timer_t* timer);

static bool is_closing(const struct send_connection* c) { return uv_is_closing((const uv_handle_t*)&c->timer) != 0; }

static void drop_tail(struct send_connection* c) {
  free(c->tail);
  c->tail = NULL;
  c->tail_length = 0;
}

static void release(struct send_connection* c) {
  drop_tail(c);
  SSL_free(c->tls);
  ehlo_client_free(c->session);
  c->tls = NULL;
  c->session = NULL;
}

static void on_timer_closed(uv_handle_t* handle) { release(handle->data); }

void send_connection_close(struct send_connection* c) {
  if (is_closing(c)) return;
  if (c->with_data && !c->content_given) send_trace_content(c, c->given);
  send_report_end(c);
  uv_close((uv_handle_t*)&c->timer, on_timer_closed);
  if (c->has_socket && !uv_is_closing((uv_handle_t*)&c->socket)) uv_close((uv_handle_t*)&c->socket, NULL);
}

static void fail(struct send_connection* c, const char* name, const char* detail) {
  send_report_failure(c, name, detail);
  send_connection_close(c);
}

static void finish(struct send_connection* c) {
  if (c->ending) return;
  c->ending = c->moved = true;
  if (c->secure && !c->broken) {
    (void)SSL_shutdown(c->tls); /* sends close_notify; an answer is not needed */
    send_output_cipher(c, resume);
  }
  if (c->queued == 0 || c->broken) send_connection_close(c);
}

uint64_t send_connection_milliseconds(const struct send_connection* c, uint32_t seconds) {
  uint32_t cap = c->job->options.timeout;
  return 1000 * (uint64_t)(cap > 0 && cap < seconds ? cap : seconds);
}

/* The time begins again only after progress: octets that cause no event do not extend it. */
static void set_timer(struct send_connection* c) {
  if (!c->moved || is_closing(c)) return;
  c->moved = false;
  const ehlo_timeout limit = ehlo_client_timeout(c->session);
  uint32_t seconds = c->ending ? LINGER_SECONDS : limit.seconds;
  if (!c->ending && limit.kind == EHLO_TIMEOUT_NONE)
    uv_timer_stop(&c->timer);
  else
    uv_timer_start(&c->timer, on_timer, send_connection_milliseconds(c, seconds), 0);
}

static bool keep_tail(struct send_connection* c, const unsigned char* bytes, size_t length) {
  drop_tail(c);
  if (length == 0) return true;
  c->tail = malloc(length);
  if (c->tail == NULL) return false;
  memcpy(c->tail, bytes, length);
  c->tail_length = length;
  return true;
}

/* Copies the tail in front of the next input. */
static size_t load_tail(struct send_connection* c) {
  if (c->tail_length > 0) memcpy(c->job->input, c->tail, c->tail_length);
  return c->tail_length;
}

static void start_tls(struct send_connection* c) {
  c->tls = send_tls_new(c->job->tls, &c->job->options);
  if (c->tls == NULL)
    fail(c, "tls-failed", "out of memory");
  else
    handshake(c);
}

static void after_run(struct send_connection* c, const unsigned char* rest, size_t length) {
  uint32_t wants = ehlo_client_wants(c->session);
  if (!keep_tail(c, rest, length))
    fail(c, "out-of-memory", "");
  else if (wants & EHLO_WANT_CLOSE)
    finish(c);
  else if ((wants & EHLO_WANT_TLS) && c->tls == NULL && length == 0)
    start_tls(c);
  set_timer(c);
}

/* Shows the session `length` octets of the input buffer, and then the rest again while the session makes progress. So
 * it also sees, and refuses, octets after the 220 to STARTTLS, before the handshake. */
static void run(struct send_connection* c, size_t length) {
  struct send_job* job = c->job;
  const unsigned char* input = job->input;
  for (bool progress = true; progress && !is_closing(c);) {
    size_t used = ehlo_client_receive(c->session, input, length, &job->batch);
    send_trace_input(c, input, used);
    for (uint32_t i = 0; i < job->batch.event_count; i++) send_session_event(c, input, &job->batch.events[i]);
    input += used;
    length -= used;
    send_session_next(c);
    progress = used > 0 || job->batch.event_count > 0;
    progress = send_output(c, resume) || progress;
    c->moved = c->moved || progress;
  }
  after_run(c, input, length);
}

/* The server has closed. The session reports the outcome of each recipient. */
static void lost(struct send_connection* c) {
  if (c->ending) {
    send_connection_close(c);
    return;
  }
  c->broken = true;
  if (c->tls != NULL && !c->secure) send_report_failure(c, ehlo_error_name(EHLO_E_TLS_FAILED), "closed by the server");
  ehlo_client_eof(c->session);
  run(c, load_tail(c));
  send_connection_close(c);
}

static void run_tls(struct send_connection* c) {
  while (!c->ending && !is_closing(c)) {
    size_t kept = load_tail(c);
    int length = tls_read(c->tls, c->job->input + kept, c->job->input_octets - kept);
    if (length == 0) return;
    if (length > 0)
      run(c, kept + (size_t)length);
    else
      lost(c);
  }
}

/* With implicit TLS the handshake comes before the session begins. */
static void handshake_failed(struct send_connection* c) {
  const char* why = send_tls_error(c->tls);
  send_trace_note(c, "TLS", why);
  send_report_failure(c, ehlo_error_name(EHLO_E_TLS_FAILED), why);
  if (!c->job->options.tls) {
    c->broken = true;
    (void)ehlo_client_tls_failed(c->session);
    run(c, 0);
  }
  send_connection_close(c);
}

static void handshake(struct send_connection* c) {
  int result = tls_handshake(c->tls);
  send_output_cipher(c, resume); /* also after a failure: the alert has the reason for the server */
  c->moved = c->moved || result > 0;
  if (result < 0) handshake_failed(c);
  if (result <= 0) return;
  c->secure = true;
  send_trace_note(c, SSL_get_version(c->tls), SSL_get_cipher_name(c->tls));
  int32_t rc = c->job->options.tls ? EHLO_OK : ehlo_client_tls_started(c->session);
  if (rc == EHLO_OK)
    rc = ehlo_client_open(c->session); /* EHLO again: what was said before TLS does not count (RFC 3207 4.2) */
  if (rc != EHLO_OK) {
    fail(c, ehlo_error_name(rc), "TLS cannot be used");
    return;
  }
  run(c, 0);
  run_tls(c); /* application data may have come with the last message of the handshake */
}

static void on_read(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  struct send_connection* c = (struct send_connection*)stream;
  if (length == 0) return;
  if (length < 0)
    lost(c);
  else if (c->ending)
    return; /* input after the end of the session */
  else if (c->tls == NULL)
    run(c, load_tail(c) + (size_t)length);
  else if (!tls_feed(c->tls, buffer->base, (size_t)length))
    fail(c, "out-of-memory", "");
  else if (c->secure)
    run_tls(c);
  else
    handshake(c);
}

/* libuv calls this, reads, and calls on_read at once, so all connections can share one buffer. The tail must fit in
 * front of the new octets: the session leaves at most one reply, and the buffer has room for it. */
static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer) {
  (void)suggested;
  struct send_connection* c = (struct send_connection*)handle;
  struct send_job* job = c->job;
  if (c->tls != NULL)
    *buffer = uv_buf_init((char*)job->cipher, sizeof job->cipher);
  else
    *buffer = uv_buf_init((char*)job->input + c->tail_length, (unsigned)(job->input_octets - c->tail_length));
}

/* All queued writes are done. */
static void resume(struct send_connection* c) {
  if (is_closing(c)) return;
  if (c->ending)
    send_connection_close(c);
  else if (c->tls == NULL || c->secure)
    run(c, load_tail(c));
}

static void on_timer(uv_timer_t* timer) {
  struct send_connection* c = timer->data;
  if (!c->ending && c->tls != NULL && !c->secure) {
    send_report_failure(c, ehlo_error_name(EHLO_E_TIMEOUT), "in the TLS handshake");
  } else if (!c->ending) {
    c->broken = true;
    ehlo_client_timed_out(c->session);
    run(c, load_tail(c));
  }
  send_connection_close(c);
}

static void on_connected(struct send_connection* c, int status) {
  if (status == 0) status = uv_tcp_nodelay(&c->socket, 1);
  if (status == 0) status = uv_read_start((uv_stream_t*)&c->socket, on_alloc, on_read);
  if (status == 0) c->session = ehlo_client_new(c->job->config, NULL);
  c->moved = true;
  if (status != 0)
    fail(c, "cannot-connect", uv_strerror(status));
  else if (c->session == NULL)
    fail(c, "out-of-memory", "");
  else if (c->job->options.tls)
    start_tls(c);
  else if (ehlo_client_open(c->session) != EHLO_OK)
    fail(c, "out-of-memory", "");
  else
    run(c, 0);
  set_timer(c);
}

void send_connection_start(struct send_connection* c, struct send_job* job, uint32_t number) {
  c->job = job;
  c->number = number;
  c->address = job->addresses;
  c->timer.data = c;
  uv_timer_init(&job->loop, &c->timer);
  send_connect(c, on_connected);
}

void send_connection_refuse(struct send_connection* c, struct send_job* job, uint32_t number, const char* why) {
  c->job = job;
  c->number = number;
  send_report_failure(c, "cannot-connect", why);
  send_report_end(c);
}
