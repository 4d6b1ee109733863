/* text.h - a growing text, to which octets of a peer are added as JSON or for a terminal. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is the empty text. A failed allocation is kept, so only the finished text must be checked. */
struct text {
  char* bytes;
  size_t length, capacity;
  bool failed;
};

void text_add(struct text* text, const void* bytes, size_t length);
void text_add_string(struct text* text, const char* string);

/* Adds `bytes` as a JSON string, quotes included. Octets that are not UTF-8 become U+FFFD, because JSON is UTF-8 (RFC
 * 8259 8.1). */
void text_add_json(struct text* text, const void* bytes, size_t length);

/* Adds octets of a peer for a terminal: control characters, and octets that are not UTF-8, become \xNN. */
void text_add_visible(struct text* text, const void* bytes, size_t length);

/* The length of the UTF-8 sequence at `p`, 0 if there is none (RFC 3629 4: no overlong form, no surrogate). */
size_t text_utf8_length(const unsigned char* p, size_t left);

void text_free(struct text* text);

#endif
