/* transport.h - sends octets on a connection without waiting. */
#ifndef SEND_TRANSPORT_H
#define SEND_TRANSPORT_H

#include <stdbool.h>

#include "connection.h"

/* Sends what the kernel accepts now and queues the rest. `queued` of the connection counts the queued writes; `drained`
 * is called when none is left. The buffers must not change until then. Only the first one may, if it is `borrowed`: it
 * is copied. With `take_turns` all is queued, so that the loop handles input of this and other connections before the
 * next piece. A connection that cannot send any more becomes `broken`. */
void send_transport_write(struct send_connection* connection, uv_buf_t* buffers, unsigned count, bool borrowed,
                          bool take_turns, void (*drained)(struct send_connection* connection));

#endif
