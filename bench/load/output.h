/* output.h - moves commands and content from a session to the network. */
#ifndef LOAD_OUTPUT_H
#define LOAD_OUTPUT_H

#include "connection.h"

/* Sends what the kernel accepts now. False: there is nothing to send, or the kernel accepts no more. */
bool load_output(struct load_connection* connection);

/* Writes the output into `out`, of at least LOAD_OUTPUT_LEAST octets. Returns the number of octets. */
enum { LOAD_OUTPUT_LEAST = 4096 };
size_t load_output_copy(struct load_connection* connection, char* out, size_t capacity);

/* Whether so much content has been given that the connection must vanish now. */
bool load_output_is_at_end(const struct load_connection* connection);

#endif
