/* transport.h - sends octets on a connection without waiting. */
#ifndef SEND_TRANSPORT_H
#define SEND_TRANSPORT_H

#include <stdbool.h>

#include "connection.h"

/* Sends what the kernel takes now and queues the rest, `queued` of the connection tells; `drained` is called when the
 * queue is empty again. The buffers must stay as they are until then, but for the first if it is `borrowed`: of that
 * one a copy is queued. With `take_turns` all is queued, so that the loop looks at what has come in, here and on other
 * connections, before the next piece. A connection that takes nothing any more becomes `broken`. */
void send_transport_write(struct send_connection* connection, uv_buf_t* buffers, unsigned count, bool borrowed,
                          bool take_turns, void (*drained)(struct send_connection* connection));

#endif
