/* output.c - moves commands and content from a session to the network. */
#include "output.h"

#include <stdlib.h>
#include <string.h>

/* A connection that vanishes sends half of the content. */
static uint64_t end_of_content(const struct load_connection* c) {
  const uint64_t size = c->load->content.size;
  return c->role == LOAD_VANISHES ? size / 2 : size;
}

bool load_output_is_at_end(const struct load_connection* c) {
  return c->role == LOAD_VANISHES && c->submitted > 0 && c->given == end_of_content(c);
}

static bool wants_content(const struct load_connection* c) {
  return !c->content_given && !load_output_is_at_end(c) && (ehlo_client_wants(c->session) & EHLO_WANT_BODY) != 0;
}

static const char* next_piece(const struct load_connection* c, size_t* octets, bool* last) {
  const struct load_content* content = &c->load->content;
  const char* piece = load_content_piece(content, c->given, end_of_content(c), octets);
  *last = c->given + *octets == content->size;
  return piece;
}

static void advance(struct load_connection* c, int32_t rc, size_t consumed) {
  if (rc != EHLO_OK) { /* the content is valid, so the connection cannot go on */
    load_connection_note(c, "content", ehlo_error_name(rc));
    ehlo_client_abort(c->session);
    return;
  }
  c->given += consumed;
  /* All octets may be consumed without the end of data, if there was no room for it. */
  c->content_given = c->given == c->load->content.size && (ehlo_client_wants(c->session) & EHLO_WANT_BODY) == 0;
}

/* Makes buffers for writev from the spans, so that the message is not copied. Returns their number. */
static unsigned point_at(struct load* load, const char* piece, uint32_t span_count) {
  static char crlf[] = "\r\n", end[] = ".\r\n";
  for (uint32_t i = 0; i < span_count; i++) {
    const ehlo_span span = load->spans[i];
    char* bytes = span.off == EHLO_OFF_CRLF  ? crlf
                  : span.off == EHLO_OFF_END ? end
                                             : (char*)(uintptr_t)piece + span.off;
    load->buffers[1 + i] = uv_buf_init(bytes, span.len);
  }
  return span_count;
}

/* Content by reference, after `*length` octets of commands. Returns the number of buffers. */
static unsigned give_spans(struct load_connection* c, size_t* length) {
  struct load* load = c->load;
  bool last;
  uint32_t count = 0;
  size_t octets, consumed = 0;
  const char* piece = next_piece(c, &octets, &last);
  int32_t rc = ehlo_client_body(c->session, piece, octets, last, load->spans, LOAD_SPANS, &count, &consumed);
  if (rc == EHLO_OK) /* BDAT comes before its chunk */
    *length += ehlo_client_output(c->session, load->output + *length, LOAD_OUTPUT_OCTETS - *length);
  advance(c, rc, consumed);
  return point_at(load, piece, count);
}

/* The server may have sent a reason before it closed. Read that first; the end of the input comes after it. */
static void on_written(uv_write_t* request, int status) {
  struct load_connection* c = (struct load_connection*)request->handle;
  free(c->queued);
  c->queued = NULL;
  c->writing = false;
  if (status == UV_ECANCELED) return; /* the connection is being closed */
  c->broken = c->broken || status < 0;
  c->moved = uv_now(&c->load->loop);
  load_connection_advance(c);
}

/* Lets libuv send the buffers when the kernel accepts them. The first one is copied: others need the output buffer. */
static void queue(struct load_connection* c, uv_buf_t* buffers, unsigned count, bool borrowed) {
  if (borrowed) {
    c->queued = malloc(buffers[0].len);
    if (c->queued == NULL) {
      c->broken = true;
      return;
    }
    memcpy(c->queued, buffers[0].base, buffers[0].len);
    buffers[0].base = c->queued;
  }
  c->writing = uv_write(&c->write, (uv_stream_t*)&c->socket, buffers, count, on_written) == 0;
  c->broken = !c->writing;
}

static void send_buffers(struct load_connection* c, uv_buf_t* buffers, unsigned count) {
  int sent = uv_try_write((uv_stream_t*)&c->socket, buffers, count);
  if (sent < 0 && sent != UV_EAGAIN) {
    c->broken = true;
    return;
  }
  size_t left = sent < 0 ? 0 : (size_t)sent;
  unsigned gone = 0;
  while (gone < count && left >= buffers[gone].len) left -= buffers[gone++].len;
  if (gone == count) return;
  buffers[gone].base += left;
  buffers[gone].len -= left;
  queue(c, buffers + gone, count - gone, gone == 0);
}

bool load_output(struct load_connection* c) {
  struct load* load = c->load;
  if (c->writing || c->broken) return false;
  size_t length = ehlo_client_output(c->session, load->output, LOAD_OUTPUT_OCTETS);
  unsigned count = wants_content(c) ? give_spans(c, &length) : 0;
  if (length == 0 && count == 0) return false;
  load->buffers[0] = uv_buf_init(load->output, (unsigned)length);
  const unsigned skipped = length == 0 ? 1 : 0;
  send_buffers(c, load->buffers + skipped, 1 + count - skipped);
  return !c->writing && !c->broken;
}

size_t load_output_copy(struct load_connection* c, char* out, size_t capacity) {
  size_t length = ehlo_client_output(c->session, out, capacity);
  if (length > 0 || !wants_content(c)) return length;
  bool last;
  size_t octets, consumed = 0;
  const char* piece = next_piece(c, &octets, &last);
  int32_t rc = ehlo_client_body_copy(c->session, piece, octets, last, out, capacity, &length, &consumed);
  advance(c, rc, consumed);
  return rc == EHLO_OK ? length : 0;
}
