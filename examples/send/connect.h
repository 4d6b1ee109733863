/* connect.h - tries the addresses of the server. */
#ifndef SEND_CONNECT_H
#define SEND_CONNECT_H

#include "connection.h"

/* Tries the addresses of the connection in turn, from `address` on. `ready` is called with 0 once one has answered, or
 * with the reason why the last one has not. */
void send_connect(struct send_connection* connection, void (*ready)(struct send_connection* connection, int status));

/* Whether all of the addresses are ones of this machine: what is sent to them goes over no network. */
bool send_is_loopback(const struct addrinfo* addresses);

#endif
