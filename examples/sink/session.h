/* session.h - what the sink does about the events of a session. */
#ifndef SINK_SESSION_H
#define SINK_SESSION_H

#include "connection.h"

/* Executes one event of the sink's batch. `input` is what was shown to the session. */
void sink_session_event(struct sink_connection* connection, unsigned char* input, const ehlo_server_event* event);

/* Forgets what the client said of itself: at its end, and at the start of TLS (RFC 3207 4.2). */
void sink_session_forget(struct sink_connection* connection);

#endif
