/* output.h - moves commands and content from a session to the network. */
#ifndef SEND_OUTPUT_H
#define SEND_OUTPUT_H

#include <stdbool.h>

#include "connection.h"

/* Sends the pending commands and the next piece of content. Sends nothing while earlier octets wait for the kernel, so
 * that memory stays bounded. True: something was sent. `drained`: see transport.h. */
bool send_output(struct send_connection* connection, void (*drained)(struct send_connection* connection));

/* Sends the octets that TLS has produced. `drained`: as above. */
void send_output_cipher(struct send_connection* connection, void (*drained)(struct send_connection* connection));

#endif
