/* output.h - moves commands and content from a session to the network. */
#ifndef LOAD_OUTPUT_H
#define LOAD_OUTPUT_H

#include "connection.h"

/* Sends what there is to send, as far as the kernel takes it. False: nothing, or the kernel takes no more now. */
bool load_output(struct load_connection* connection);

/* The same into `out`, of LOAD_OUTPUT_LEAST octets at least. Gives the number of octets. */
enum { LOAD_OUTPUT_LEAST = 4096 };
size_t load_output_copy(struct load_connection* connection, char* out, size_t capacity);

/* Whether the content has been given so far that the connection is to vanish. */
bool load_output_is_at_end(const struct load_connection* connection);

#endif
