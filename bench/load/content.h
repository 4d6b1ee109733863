/* content.h - messages of any size from one small buffer. */
#ifndef LOAD_CONTENT_H
#define LOAD_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The header and the empty line after it. */
enum { LOAD_CONTENT_LEAST = 160 };

/* A header, a line that completes the size, then numbered lines of one length, which are repeated as often as needed.
 * Some of the lines begin with a dot. */
struct load_content {
  char* bytes;
  size_t length;
  size_t lines_at; /* where the repeated lines begin */
  uint64_t size;
};

/* `size`: octets of the message, at least LOAD_CONTENT_LEAST. False: no memory. */
bool load_content_make(struct load_content* content, uint64_t size);
void load_content_free(struct load_content* content);

/* The next piece of the content after the first `given` octets, not beyond `end`. *octets is its length. */
const char* load_content_piece(const struct load_content* content, uint64_t given, uint64_t end, size_t* octets);

#endif
