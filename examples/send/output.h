/* output.h - moves commands and content from a session to the network. */
#ifndef SEND_OUTPUT_H
#define SEND_OUTPUT_H

#include <stdbool.h>

#include "connection.h"

/* Sends what the session has to say now and the next piece of content it wants; nothing while earlier octets still wait
 * for the kernel, so that memory stays bounded. True: something was sent. `drained`: see transport.h. */
bool send_output(struct send_connection* connection, void (*drained)(struct send_connection* connection));

/* Sends what TLS has produced, `drained` is called as above. */
void send_output_cipher(struct send_connection* connection, void (*drained)(struct send_connection* connection));

#endif
