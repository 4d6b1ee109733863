/* content.h - messages of any size out of one small buffer. */
#ifndef LOAD_CONTENT_H
#define LOAD_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The header and one empty line behind it. */
enum { LOAD_CONTENT_LEAST = 160 };

/* A header, a line that makes the size come out, then numbered lines of one length, which are repeated as often as it
 * takes. Some of the lines begin with a dot. */
struct load_content {
  char* bytes;
  size_t length;
  size_t lines_at; /* where the repeated lines begin */
  uint64_t size;
};

/* `size`: octets of the message, LOAD_CONTENT_LEAST at least. False: no memory. */
bool load_content_make(struct load_content* content, uint64_t size);
void load_content_free(struct load_content* content);

/* What comes after the first `given` octets, before `end`, in one piece: where it is, and *octets of it. */
const char* load_content_piece(const struct load_content* content, uint64_t given, uint64_t end, size_t* octets);

#endif
