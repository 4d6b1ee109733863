/* output.c - moves commands and content from a session to the network. */
#include "output.h"

#include <openssl/crypto.h>

#include "tls.h"
#include "trace.h"
#include "transport.h"

/* A long content is sent in pieces, with the loop between them: the server may refuse it before its end. */
static bool takes_turns(const struct send_connection* c) { return c->given > 0 && !c->content_given; }

void send_output_cipher(struct send_connection* c, void (*drained)(struct send_connection*)) {
  const unsigned char* bytes;
  size_t length = tls_pending(c->tls, &bytes);
  if (length == 0) return;
  uv_buf_t buffer = uv_buf_init((char*)(uintptr_t)bytes, (unsigned)length);
  send_transport_write(c, &buffer, 1, true, takes_turns(c), drained);
  tls_sent(c->tls);
}

/* Takes the pending commands, after `length` octets of the output buffer. */
static size_t take_commands(struct send_connection* c, size_t length) {
  unsigned char* output = c->job->output + length;
  bool secret = (ehlo_client_facts(c->session) & EHLO_FACT_SECRET_OUTPUT) != 0;
  size_t taken = ehlo_client_output(c->session, output, SEND_OUTPUT_OCTETS - length);
  if (taken > 0) send_trace_output(c, output, taken, secret);
  return length + taken;
}

/* Content that cannot be completed ends the session: with any other end the server would accept an incomplete message.
 */
static void give_up(struct send_connection* c, int32_t rc) {
  send_report_failure(c, ehlo_error_name(rc), "the content cannot be sent");
  ehlo_client_abort(c->session);
}

static size_t next_piece(const struct send_connection* c, const char** piece, bool* last) {
  const struct send_message* message = &c->job->message;
  size_t left = message->length - c->given;
  *piece = message->bytes == NULL ? "" : message->bytes + c->given;
  *last = left <= SEND_CONTENT_OCTETS;
  return *last ? left : SEND_CONTENT_OCTETS;
}

static void advance(struct send_connection* c, size_t consumed) {
  c->given += consumed;
  /* All octets may be consumed without the end of data, if there was no room for it. */
  c->content_given = c->given == c->job->message.length && (ehlo_client_wants(c->session) & EHLO_WANT_BODY) == 0;
  if (!c->with_data) {
    send_trace_content(c, consumed);
  } else if (c->content_given) {
    send_trace_content(c, c->given);
    send_trace_output(c, ".", 1, false);
  }
}

/* Makes buffers for writev from the spans, so that the message is not copied. Returns their number. */
static unsigned point_at(struct send_job* job, const char* piece, uint32_t span_count) {
  static char crlf[] = "\r\n", end[] = ".\r\n";
  for (uint32_t i = 0; i < span_count; i++) {
    const ehlo_span span = job->spans[i];
    char* bytes = span.off == EHLO_OFF_CRLF  ? crlf
                  : span.off == EHLO_OFF_END ? end
                                             : (char*)(uintptr_t)piece + span.off;
    job->buffers[1 + i] = uv_buf_init(bytes, span.len);
  }
  return span_count;
}

/* Content by reference, after `*length` octets of commands. Returns the number of buffers. */
static unsigned give_spans(struct send_connection* c, size_t* length) {
  struct send_job* job = c->job;
  const char* piece;
  bool last;
  uint32_t count = 0;
  size_t octets = next_piece(c, &piece, &last), consumed = 0;
  int32_t rc = ehlo_client_body(c->session, piece, octets, last, job->spans, SEND_SPANS, &count, &consumed);
  if (rc != EHLO_OK) {
    give_up(c, rc);
    return 0;
  }
  *length = take_commands(c, *length); /* BDAT comes before its chunk */
  advance(c, consumed);
  return point_at(job, piece, count);
}

/* Content copied after `length` octets of commands: TLS reads all octets anyway, and makes one record of many spans.
 * Returns the new length. */
static size_t give_copy(struct send_connection* c, size_t length) {
  struct send_job* job = c->job;
  const char* piece;
  bool last;
  size_t octets = next_piece(c, &piece, &last), written = 0, consumed = 0;
  int32_t rc = ehlo_client_body_copy(c->session, piece, octets, last, job->output + length, SEND_OUTPUT_OCTETS - length,
                                     &written, &consumed);
  if (rc != EHLO_OK) {
    give_up(c, rc);
    return length;
  }
  size_t command = c->with_data ? 0 : written - consumed;
  if (command > 0) send_trace_output(c, job->output + length, command, false);
  advance(c, consumed);
  return length + written;
}

static bool wants_content(const struct send_connection* c) {
  return !c->content_given && (ehlo_client_wants(c->session) & EHLO_WANT_BODY) != 0;
}

static bool send_plain(struct send_connection* c, void (*drained)(struct send_connection*)) {
  struct send_job* job = c->job;
  size_t length = take_commands(c, 0);
  unsigned count = wants_content(c) ? give_spans(c, &length) : 0;
  if (length == 0 && count == 0) return false;
  job->buffers[0] = uv_buf_init((char*)job->output, (unsigned)length);
  send_transport_write(c, job->buffers, 1 + count, true, takes_turns(c), drained);
  OPENSSL_cleanse(job->output, length); /* it may have a password */
  return true;
}

static bool send_secure(struct send_connection* c, void (*drained)(struct send_connection*)) {
  size_t length = take_commands(c, 0);
  if (wants_content(c)) length = give_copy(c, length);
  if (length == 0) return false;
  if (tls_write(c->tls, c->job->output, length))
    send_output_cipher(c, drained);
  else
    c->broken = true;
  OPENSSL_cleanse(c->job->output, length);
  return true;
}

bool send_output(struct send_connection* c, void (*drained)(struct send_connection*)) {
  if (c->queued > 0 || c->broken || (c->tls != NULL && !c->secure)) return false;
  return c->tls == NULL ? send_plain(c, drained) : send_secure(c, drained);
}
