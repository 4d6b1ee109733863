/* text.h - a text that grows, and its JSON strings. */
#ifndef SINK_TEXT_H
#define SINK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is the empty text. A failed allocation is remembered, so that only the finished text needs a check. */
struct sink_text {
  char* bytes;
  size_t length, capacity;
  bool failed;
};

void sink_text_add(struct sink_text* text, const void* bytes, size_t length);
void sink_text_add_string(struct sink_text* text, const char* string);

/* Adds `bytes` as a JSON string, quotes included. What is not UTF-8 becomes U+FFFD: JSON has no other octets. */
void sink_text_add_json(struct sink_text* text, const void* bytes, size_t length);

/* The length of the UTF-8 sequence at `p`, 0 if there is none (RFC 3629 4: no overlong form, no surrogate). */
size_t sink_text_utf8_length(const unsigned char* p, size_t left);

void sink_text_free(struct sink_text* text);

#endif
