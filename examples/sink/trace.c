/* trace.c - the dialogues, printed on standard error. */
#include "trace.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* Octets of a peer must not control the terminal that shows them. */
static void print_visible(const unsigned char* bytes, size_t length) {
  struct text text = {0};
  text_add_visible(&text, bytes, length);
  if (text.length > 0) fwrite(text.bytes, 1, text.length, stderr);
  text_free(&text);
}

static void print_line(uint32_t connection, const char* who, const unsigned char* bytes, size_t length) {
  fprintf(stderr, "[%" PRIu32 "] %s", connection, who);
  print_visible(bytes, length);
  putc('\n', stderr);
}

void sink_trace_output(uint32_t connection, const void* bytes, size_t length) {
  const unsigned char *line = bytes, *end = line + length;
  while (line < end) {
    const unsigned char* feed = memchr(line, '\n', (size_t)(end - line));
    const unsigned char* next = feed == NULL ? end : feed + 1;
    const unsigned char* stop = feed == NULL ? end : feed > line && feed[-1] == '\r' ? feed - 1 : feed;
    print_line(connection, "S: ", line, (size_t)(stop - line));
    line = next;
  }
}

void sink_trace_note(uint32_t connection, const char* what, const char* detail) {
  fprintf(stderr, "[%" PRIu32 "] -- %s%s%s\n", connection, what, *detail == '\0' ? "" : ": ", detail);
}

static void print_secret(uint32_t connection, const unsigned char* input, const ehlo_server_event* event) {
  if (event->type != EHLO_SERVER_EVENT_AUTH) {
    fprintf(stderr, "[%" PRIu32 "] C: ***\n", connection);
    return;
  }
  fprintf(stderr, "[%" PRIu32 "] C: AUTH ", connection);
  print_visible(input + event->text.off, event->text.len);
  fputs(" ***\n", stderr);
}

static void print_count(uint32_t connection, const ehlo_server_event* event, const char* what) {
  fprintf(stderr, "[%" PRIu32 "] C: (%" PRIu64 " octets of %s)\n", connection, event->number, what);
}

static void print_fact(uint32_t connection, const ehlo_server_event* event) {
  switch (event->type) {
    case EHLO_SERVER_EVENT_CHUNK:
    case EHLO_SERVER_EVENT_MESSAGE: print_count(connection, event, "content"); break;
    case EHLO_SERVER_EVENT_PLAINTEXT: print_count(connection, event, "plaintext behind STARTTLS, dropped"); break;
    case EHLO_SERVER_EVENT_VIOLATION:
    case EHLO_SERVER_EVENT_REJECTED:
    case EHLO_SERVER_EVENT_AUTH_ABORT:
    case EHLO_SERVER_EVENT_ABORT:
    case EHLO_SERVER_EVENT_CLOSE:
      if (event->error != EHLO_OK)
        sink_trace_note(connection, ehlo_server_event_name(event->type), ehlo_error_name(event->error));
      break;
    default: break;
  }
}

void sink_trace_event(uint32_t connection, const void* input, const ehlo_server_event* event) {
  const unsigned char* bytes = input;
  /* A violation in a line is reported before the event of the line itself. */
  bool has_line = event->line.off != EHLO_ABSENT && event->type != EHLO_SERVER_EVENT_VIOLATION;
  if (has_line && (event->flags & EHLO_FLAG_SECRET) != 0)
    print_secret(connection, bytes, event);
  else if (has_line)
    print_line(connection, "C: ", bytes + event->line.off, event->line.len);
  print_fact(connection, event);
}
