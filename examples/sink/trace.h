/* trace.h - the dialogues, printed on standard error. */
#ifndef SINK_TRACE_H
#define SINK_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "ehlo.h"

/* `connection` is the number at the beginning of each line. Credentials and content are never printed. */
void sink_trace_event(uint32_t connection, const void* input, const ehlo_server_event* event);
void sink_trace_output(uint32_t connection, const void* bytes, size_t length);
void sink_trace_note(uint32_t connection, const char* what, const char* detail);

#endif
