/* ehlo.h - the C API of libehlo, the SMTP protocol core.
 *
 * The library does no input or output, keeps no clock and starts no thread. The program reads bytes from its
 * transport into a buffer of its own, shows the buffer to a session, executes the events that come back, drops
 * what was consumed and sends what the session has to say.
 *
 * Every view in an event is an offset and a length into the buffer of the same call; nothing in the library points
 * at the program's memory after a call has returned. A session belongs to one thread at a time. A configuration is
 * immutable once made and may be shared by all threads. References are counted: a session holds its configuration and
 * the envelope that it sends, so that objects may be freed in any order. */
#ifndef EHLO_H
#define EHLO_H

#include "ehlo_base.h"
#include "ehlo_client.h"
#include "ehlo_server.h"
#include "ehlo_syntax.h"

#endif
