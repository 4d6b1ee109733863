/* trace.h - the dialogue, printed on standard error. */
#ifndef SEND_TRACE_H
#define SEND_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

/* Each does nothing without --trace. With more than one connection the lines begin with its number. */
void send_trace_input(const struct send_connection* connection, const void* bytes, size_t length);
void send_trace_output(const struct send_connection* connection, const void* bytes, size_t length, bool secret);
void send_trace_content(const struct send_connection* connection, size_t octets);
void send_trace_note(const struct send_connection* connection, const char* what, const char* detail);

#endif
