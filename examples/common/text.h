/* text.h - a text that grows, and how foreign octets go into it. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is the empty text. A failed allocation is remembered, so that only the finished text needs a check. */
struct text {
  char* bytes;
  size_t length, capacity;
  bool failed;
};

void text_add(struct text* text, const void* bytes, size_t length);
void text_add_string(struct text* text, const char* string);

/* Adds `bytes` as a JSON string, quotes included. What is not UTF-8 becomes U+FFFD: JSON has no other octets. */
void text_add_json(struct text* text, const void* bytes, size_t length);

/* Adds octets of a peer for a terminal: what would steer it, and what is not UTF-8, is escaped as \xNN. */
void text_add_visible(struct text* text, const void* bytes, size_t length);

/* The length of the UTF-8 sequence at `p`, 0 if there is none (RFC 3629 4: no overlong form, no surrogate). */
size_t text_utf8_length(const unsigned char* p, size_t left);

void text_free(struct text* text);

#endif
