/* transport.h - sends octets on a connection without waiting. */
#ifndef SINK_TRANSPORT_H
#define SINK_TRANSPORT_H

#include <stddef.h>

#include "connection.h"

/* Sends what the kernel accepts now and queues a copy of the rest. `queued` of the connection counts the queued writes;
 * `drained` is called when none is left. A failure closes the connection. */
void sink_transport_send(struct sink_connection* connection, const void* bytes, size_t length,
                         void (*drained)(struct sink_connection* connection));

/* Sends the end of the stream (FIN) after all that is queued. */
void sink_transport_finish(struct sink_connection* connection);

#endif
