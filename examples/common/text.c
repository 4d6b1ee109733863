/* text.c - a growing text, to which octets of a peer are added as JSON or for a terminal. */
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct text* text, size_t more) {
  if (text->failed) return false;
  if (more <= text->capacity - text->length) return true;
  size_t capacity = text->capacity < 64 ? 64 : text->capacity;
  while (capacity - text->length < more) capacity *= 2;
  char* bytes = realloc(text->bytes, capacity);
  if (bytes == NULL) {
    text->failed = true;
    return false;
  }
  text->bytes = bytes;
  text->capacity = capacity;
  return true;
}

void text_add(struct text* text, const void* bytes, size_t length) {
  if (length == 0 || !grow(text, length)) return;
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
}

void text_add_string(struct text* text, const char* string) { text_add(text, string, strlen(string)); }

size_t text_utf8_length(const unsigned char* p, size_t left) {
  if (p[0] < 0x80) return 1;
  size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4 || left < length) return 0;
  for (size_t i = 1; i < length; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0;
  if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0;
  return length;
}

static void add_escaped(struct text* text, unsigned char octet) {
  char escape[8];
  int length = octet == '"' || octet == '\\' ? snprintf(escape, sizeof escape, "\\%c", octet)
                                             : snprintf(escape, sizeof escape, "\\u%04x", octet);
  text_add(text, escape, (size_t)length);
}

void text_add_json(struct text* text, const void* bytes, size_t length) {
  const unsigned char *p = bytes, *end = p + length;
  text_add_string(text, "\"");
  while (p < end) {
    size_t octets = text_utf8_length(p, (size_t)(end - p));
    if (octets == 0)
      text_add_string(text, "\\ufffd");
    else if (*p == '"' || *p == '\\' || *p < 0x20)
      add_escaped(text, *p);
    else
      text_add(text, p, octets);
    p += octets == 0 ? 1 : octets;
  }
  text_add_string(text, "\"");
}

/* The control characters U+0080 to U+009F have two octets. */
static bool is_control(const unsigned char* p, size_t octets) {
  return *p < 0x20 || *p == 0x7f || (octets == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

void text_add_visible(struct text* text, const void* bytes, size_t length) {
  const unsigned char *p = bytes, *end = p + length;
  while (p < end) {
    size_t octets = text_utf8_length(p, (size_t)(end - p));
    if (octets == 0 || is_control(p, octets)) {
      char escape[8];
      text_add(text, escape, (size_t)snprintf(escape, sizeof escape, "\\x%02x", *p++));
    } else {
      text_add(text, p, octets);
      p += octets;
    }
  }
}

void text_free(struct text* text) {
  free(text->bytes);
  *text = (struct text){0};
}
