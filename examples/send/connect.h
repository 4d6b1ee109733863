/* connect.h - tries the addresses of the server. */
#ifndef SEND_CONNECT_H
#define SEND_CONNECT_H

#include "connection.h"

/* Tries the addresses of the connection one after the other, from `address` on. Calls `ready` with 0 after a successful
 * attempt, or with the error of the last attempt. */
void send_connect(struct send_connection* connection, void (*ready)(struct send_connection* connection, int status));

/* Whether all the addresses are loopback addresses: data to them crosses no network. */
bool send_is_loopback(const struct addrinfo* addresses);

#endif
