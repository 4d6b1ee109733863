/* ehlo.h - the C API of libehlo, the SMTP protocol core (RFC 5321, and LMTP, RFC 2033).
 *
 * The library does no input or output, reads no clock and starts no thread. The program does the following in a loop:
 * - it reads bytes from its transport into a buffer of its own;
 * - it shows the buffer to a session (`receive`);
 * - it handles the events that the call returned;
 * - it drops the octets that were consumed;
 * - it sends what the session writes (`output`).
 *
 * Views: a span in an event is an offset and a length into the buffer of the same call. It is valid as long as the
 * program keeps that buffer. The library keeps no pointer to the program's memory after a call has returned.
 *
 * Ownership: an object that a `_new` call returned is freed by the `_free` call of its kind; NULL may be freed.
 * References are counted: a session holds its configuration and the envelopes that it sends, so objects may be freed
 * in any order.
 *
 * Threads: one thread at a time uses a session. A configuration never changes, and all threads may share it. */
#ifndef EHLO_H
#define EHLO_H

#include "ehlo_base.h"
#include "ehlo_client.h"
#include "ehlo_server.h"
#include "ehlo_syntax.h"

#endif
