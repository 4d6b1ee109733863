/* content.c - messages of any size from one small buffer. */
#include "content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_OCTETS = 78, MOST_OCTETS = 262144, DOT_EVERY = 50 };

static const char header[] =
    "From: <load@client.example>\r\nTo: undisclosed-recipients:;\r\nSubject: load\r\n"
    "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-Id: <load@client.example>\r\n\r\n";
_Static_assert(sizeof header - 1 + 2 <= LOAD_CONTENT_LEAST, "the least message has all of the header");

/* "n......n xxxx": the letters differ from line to line. */
static void write_line(char* at, size_t number) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char text[16];
  snprintf(text, sizeof text, "%c%07u ", number % DOT_EVERY == DOT_EVERY - 1 ? '.' : 'n', (unsigned)number);
  for (size_t i = 0; i < LINE_OCTETS - 2; i++) at[i] = letters[(number * 7 + i * (1 + number % 61)) % 64];
  memcpy(at, text, strlen(text));
  memcpy(at + LINE_OCTETS - 2, "\r\n", 2);
}

bool load_content_make(struct load_content* content, uint64_t size) {
  const size_t header_octets = sizeof header - 1;
  const uint64_t body = size - header_octets;
  size_t first = (size_t)(body % LINE_OCTETS); /* the length of the first line, which needs its CRLF */
  if (first < 2) first += LINE_OCTETS;
  content->size = size;
  content->lines_at = header_octets + first;
  const size_t most_lines = (MOST_OCTETS - content->lines_at) / LINE_OCTETS;
  const uint64_t lines = (size - content->lines_at) / LINE_OCTETS;
  const size_t kept = lines < most_lines ? (size_t)lines : most_lines;
  content->length = content->lines_at + kept * LINE_OCTETS;
  content->bytes = malloc(content->length);
  if (content->bytes == NULL) return false;
  memcpy(content->bytes, header, header_octets);
  memset(content->bytes + header_octets, 'x', first - 2);
  memcpy(content->bytes + content->lines_at - 2, "\r\n", 2);
  for (size_t i = 0; i < kept; i++) write_line(content->bytes + content->lines_at + i * LINE_OCTETS, i);
  return true;
}

void load_content_free(struct load_content* content) {
  free(content->bytes);
  content->bytes = NULL;
}

const char* load_content_piece(const struct load_content* content, uint64_t given, uint64_t end, size_t* octets) {
  size_t at = (size_t)given;
  if (given >= content->length && given < content->size)
    at = content->lines_at + (size_t)((given - content->lines_at) % (content->length - content->lines_at));
  if (given >= end) at = 0;
  const uint64_t wanted = end - given;
  *octets = wanted < content->length - at ? (size_t)wanted : content->length - at;
  return content->bytes + at;
}
