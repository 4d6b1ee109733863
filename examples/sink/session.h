/* session.h - handles the events of a session. */
#ifndef SINK_SESSION_H
#define SINK_SESSION_H

#include "connection.h"

/* Handles one event of the sink's batch. `input` is the buffer that the session was shown. */
void sink_session_event(struct sink_connection* connection, unsigned char* input, const ehlo_server_event* event);

/* Forgets what the client has said about itself: at the end of the session, and at the start of TLS (RFC 3207 4.2). */
void sink_session_forget(struct sink_connection* connection);

#endif
