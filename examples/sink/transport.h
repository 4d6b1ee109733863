/* transport.h - sends octets on a connection without waiting. */
#ifndef SINK_TRANSPORT_H
#define SINK_TRANSPORT_H

#include <stddef.h>

#include "connection.h"

/* Sends what the kernel takes now and queues a copy of the rest; `drained` is called when the queue is empty again,
 * `queued` of the connection tells until then. A failure closes the connection. */
void sink_transport_send(struct sink_connection* connection, const void* bytes, size_t length,
                         void (*drained)(struct sink_connection* connection));

/* Tells the peer that nothing more comes (FIN), once nothing is queued. */
void sink_transport_finish(struct sink_connection* connection);

#endif
