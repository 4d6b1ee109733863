/* transport.c - sends octets on a connection without waiting. */
#include "transport.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "trace.h"

/* The queue owns a copy, because the next connection uses the output buffer as soon as this call returns. */
struct queued_write {
  uv_write_t request;
  void (*drained)(struct sink_connection* connection);
  char bytes[];
};

static void fail(struct sink_connection* c, int status) {
  if (c->sink->options.trace && status != UV_ECANCELED) sink_trace_note(c->number, "send", uv_strerror(status));
  sink_connection_close(c);
}

static void on_written(uv_write_t* request, int status) {
  struct queued_write* write = (struct queued_write*)request;
  struct sink_connection* c = (struct sink_connection*)request->handle;
  void (*drained)(struct sink_connection*) = write->drained;
  free(write);
  c->queued--;
  if (status < 0)
    fail(c, status);
  else if (c->queued == 0)
    drained(c);
}

static int queue(struct sink_connection* c, const char* bytes, size_t length,
                 void (*drained)(struct sink_connection*)) {
  struct queued_write* write = malloc(sizeof *write + length);
  if (write == NULL) return UV_ENOMEM;
  write->drained = drained;
  memcpy(write->bytes, bytes, length);
  uv_buf_t buffer = uv_buf_init(write->bytes, (unsigned)length);
  int status = uv_write(&write->request, (uv_stream_t*)&c->socket, &buffer, 1, on_written);
  if (status < 0) {
    free(write);
    return status;
  }
  /* Do not read from a client that does not read its replies: memory must stay bounded. */
  c->queued++;
  return uv_read_stop((uv_stream_t*)&c->socket);
}

void sink_transport_send(struct sink_connection* c, const void* bytes, size_t length,
                         void (*drained)(struct sink_connection*)) {
  if (length == 0 || uv_is_closing((uv_handle_t*)&c->socket)) return;
  int sent = 0;
  if (c->queued == 0) {
    uv_buf_t buffer = uv_buf_init((char*)(uintptr_t)bytes, (unsigned)length);
    sent = uv_try_write((uv_stream_t*)&c->socket, &buffer, 1);
    if (sent == UV_EAGAIN) sent = 0;
  }
  int status = sent;
  if (sent >= 0 && (size_t)sent < length) status = queue(c, (const char*)bytes + sent, length - (size_t)sent, drained);
  if (status < 0) fail(c, status);
}

void sink_transport_finish(struct sink_connection* c) {
  uv_os_fd_t socket;
  if (uv_fileno((uv_handle_t*)&c->socket, &socket) == 0) (void)shutdown(socket, SHUT_WR);
}
