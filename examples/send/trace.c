/* trace.c - the dialogue, printed on standard error. */
#include "trace.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

static void begin(struct text* line, const struct send_connection* c, const char* who) {
  char number[16];
  if (c->job->options.connections > 1) {
    snprintf(number, sizeof number, "[%u] ", (unsigned)c->number);
    text_add_string(line, number);
  }
  text_add_string(line, who);
}

/* One write for each line, so that lines of several connections do not mix. */
static void end(struct text* line) {
  text_add_string(line, "\n");
  if (line->length > 0) fwrite(line->bytes, 1, line->length, stderr);
  text_free(line);
}

static void print(const struct send_connection* c, const char* who, const void* bytes, size_t length) {
  struct text line = {0};
  begin(&line, c, who);
  text_add_visible(&line, bytes, length);
  end(&line);
}

/* Of an AUTH command the mechanism is printed, of any other secret line nothing. */
static void print_secret(const struct send_connection* c, const char* bytes, size_t length) {
  bool is_command = length > 5 && memcmp(bytes, "AUTH ", 5) == 0;
  const char* space = is_command ? memchr(bytes + 5, ' ', length - 5) : NULL;
  struct text line = {0};
  begin(&line, c, "C: ");
  if (is_command) text_add_visible(&line, bytes, space == NULL ? length : (size_t)(space - bytes) + 1);
  if (!is_command || space != NULL) text_add_string(&line, "***");
  end(&line);
}

typedef void print_line(const struct send_connection* c, const char* bytes, size_t length);

static void print_command(const struct send_connection* c, const char* bytes, size_t length) {
  print(c, "C: ", bytes, length);
}

static void print_reply(const struct send_connection* c, const char* bytes, size_t length) {
  print(c, "S: ", bytes, length);
}

static void print_lines(const struct send_connection* c, const char* bytes, size_t length, print_line* print_one) {
  const char *line = bytes, *stop = bytes + length;
  while (line < stop) {
    const char* feed = memchr(line, '\n', (size_t)(stop - line));
    size_t octets = (size_t)((feed == NULL ? stop : feed) - line);
    const char* next = feed == NULL ? stop : feed + 1;
    if (feed != NULL && octets > 0 && line[octets - 1] == '\r') octets--;
    print_one(c, line, octets);
    line = next;
  }
}

void send_trace_input(const struct send_connection* c, const void* bytes, size_t length) {
  if (c->job->options.trace) print_lines(c, bytes, length, print_reply);
}

void send_trace_output(const struct send_connection* c, const void* bytes, size_t length, bool secret) {
  if (c->job->options.trace) print_lines(c, bytes, length, secret ? print_secret : print_command);
}

void send_trace_content(const struct send_connection* c, size_t octets) {
  char line[64];
  int length = snprintf(line, sizeof line, "<%zu octets of content>", octets);
  if (c->job->options.trace) print(c, "C: ", line, (size_t)length);
}

void send_trace_note(const struct send_connection* c, const char* what, const char* detail) {
  if (!c->job->options.trace) return;
  struct text line = {0};
  begin(&line, c, "-- ");
  text_add_string(&line, what);
  if (*detail != '\0') text_add_string(&line, ": ");
  text_add_visible(&line, detail, strlen(detail));
  end(&line);
}
