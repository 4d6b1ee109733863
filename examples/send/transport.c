/* transport.c - sends octets on a connection without waiting. */
#include "transport.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

struct queued_write {
  uv_write_t request;
  void (*drained)(struct send_connection* connection);
  size_t copied;
  char copy[];
};

/* The server may have sent a reason before it closed. Read that first; the end of the input comes after it. */
static void fail(struct send_connection* c, int status) {
  if (!c->broken) send_trace_note(c, "cannot send", uv_strerror(status));
  c->broken = true;
}

static void on_written(uv_write_t* request, int status) {
  struct queued_write* write = (struct queued_write*)request;
  struct send_connection* c = (struct send_connection*)request->handle;
  void (*drained)(struct send_connection*) = write->drained;
  OPENSSL_cleanse(write->copy, write->copied); /* it may have a password */
  free(write);
  c->queued--;
  c->moved = true;
  if (status == UV_ECANCELED) return; /* the connection is being closed */
  if (status < 0) fail(c, status);
  if (c->queued == 0) drained(c);
}

static int queue(struct send_connection* c, uv_buf_t* buffers, unsigned count, bool borrowed,
                 void (*drained)(struct send_connection*)) {
  size_t copied = borrowed ? buffers[0].len : 0;
  struct queued_write* write = malloc(sizeof *write + copied);
  if (write == NULL) return UV_ENOMEM;
  write->drained = drained;
  write->copied = copied;
  if (borrowed) {
    memcpy(write->copy, buffers[0].base, copied);
    buffers[0].base = write->copy;
  }
  int status = uv_write(&write->request, (uv_stream_t*)&c->socket, buffers, count, on_written);
  if (status < 0) {
    OPENSSL_cleanse(write->copy, copied);
    free(write);
  } else {
    c->queued++;
  }
  return status;
}

/* Drops `sent` octets from the front and returns the number of buffers that are sent completely. */
static unsigned advance(uv_buf_t* buffers, unsigned count, size_t sent) {
  unsigned gone = 0;
  while (gone < count && sent >= buffers[gone].len) sent -= buffers[gone++].len;
  if (gone < count) {
    buffers[gone].base += sent;
    buffers[gone].len -= sent;
  }
  return gone;
}

void send_transport_write(struct send_connection* c, uv_buf_t* buffers, unsigned count, bool borrowed, bool take_turns,
                          void (*drained)(struct send_connection*)) {
  if (c->broken || uv_is_closing((uv_handle_t*)&c->socket)) return;
  int sent = take_turns || c->queued > 0 ? UV_EAGAIN : uv_try_write((uv_stream_t*)&c->socket, buffers, count);
  if (sent < 0 && sent != UV_EAGAIN) {
    fail(c, sent);
    return;
  }
  unsigned gone = advance(buffers, count, sent < 0 ? 0 : (size_t)sent);
  if (gone == count) return;
  int status = queue(c, buffers + gone, count - gone, borrowed && gone == 0, drained);
  if (status < 0) fail(c, status);
}
