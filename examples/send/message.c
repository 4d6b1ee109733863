/* message.c - the message to be sent, read once and kept in memory for all connections. */
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool grow(struct send_message* message, size_t* capacity) {
  size_t more = *capacity == 0 ? 65536 : *capacity * 2;
  char* bytes = realloc(message->bytes, more);
  if (bytes == NULL) return false;
  message->bytes = bytes;
  *capacity = more;
  return true;
}

/* The file is read, not mapped: if a mapped file shrinks, SIGBUS ends the program. */
static bool read_all(struct send_message* message, int file) {
  struct stat status;
  size_t capacity = 0;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    capacity = (size_t)status.st_size + 1; /* one octet more finds the end without another buffer */
    message->bytes = malloc(capacity);
    if (message->bytes == NULL) return false;
  }
  for (;;) {
    if (message->length == capacity && !grow(message, &capacity)) return false;
    ssize_t octets = read(file, message->bytes + message->length, capacity - message->length);
    if (octets < 0 && errno == EINTR) continue;
    if (octets <= 0) return octets == 0;
    message->length += (size_t)octets;
  }
}

static void count_bare(struct send_message* message, size_t at) {
  if (message->bare++ == 0) message->first_bare = at;
}

/* Goes from one CR or LF to the next. */
static void look_at_line_ends(struct send_message* message) {
  const char *begin = message->bytes, *end = begin + message->length;
  for (const char* p = begin; p < end;) {
    const char* feed = memchr(p, '\n', (size_t)(end - p));
    const char* stop = feed == NULL ? end : feed;
    bool is_crlf = feed != NULL && feed > p && feed[-1] == '\r';
    for (const char* cr = p; (cr = memchr(cr, '\r', (size_t)(stop - is_crlf - cr))) != NULL; cr++)
      count_bare(message, (size_t)(cr - begin));
    if (feed != NULL && !is_crlf) count_bare(message, (size_t)(feed - begin));
    message->ends_with_crlf = is_crlf;
    p = feed == NULL ? end : feed + 1;
  }
  if (message->length > 0 && end[-1] != '\n') message->ends_with_crlf = false;
}

static bool has_8bit(const char* bytes, size_t length) {
  unsigned char seen = 0;
  for (size_t i = 0; i < length; i++) seen |= (unsigned char)bytes[i];
  return (seen & 0x80) != 0;
}

/* The octets before the empty line, with any kind of line ends. */
static size_t header_length(const struct send_message* message) {
  const char *begin = message->bytes, *end = begin + message->length;
  for (const char* line = begin; line < end;) {
    if (*line == '\n' || (*line == '\r' && line + 1 < end && line[1] == '\n')) return (size_t)(line - begin);
    const char* feed = memchr(line, '\n', (size_t)(end - line));
    line = feed == NULL ? end : feed + 1;
  }
  return message->length;
}

bool send_message_read(struct send_message* message, const char* path) {
  bool is_input = strcmp(path, "-") == 0;
  *message = (struct send_message){0};
  int file = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  bool read = file >= 0 && read_all(message, file);
  if (!read) fprintf(stderr, "send: cannot read %s: %s\n", is_input ? "standard input" : path, strerror(errno));
  if (file >= 0 && !is_input) close(file);
  if (!read || message->length == 0) return read;
  look_at_line_ends(message);
  message->is_8bit = has_8bit(message->bytes, message->length);
  message->header_is_8bit = has_8bit(message->bytes, header_length(message));
  return true;
}

void send_message_free(struct send_message* message) { free(message->bytes); }

void send_message_print_bare(const struct send_message* message, const char* path) {
  const char *begin = message->bytes, *at = begin + message->first_bare;
  unsigned long line = 1;
  const char* start = begin;
  for (const char* feed; (feed = memchr(start, '\n', (size_t)(at - start))) != NULL; start = feed + 1) line++;
  fprintf(stderr, "send: %s: line %lu, octet %zu of it (offset %zu): %s\nTry --normalize.\n", path, line,
          (size_t)(at - start) + 1, message->first_bare, *at == '\n' ? "LF without CR" : "CR without LF");
}
