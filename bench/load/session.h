/* session.h - what there is to do in a session, and what its events mean. */
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include "connection.h"

/* Takes one event of the batch. `input` is what was shown to the session. */
void load_session_event(struct load_connection* connection, const unsigned char* input, const ehlo_client_event* event);

/* Says what is to be done next, if it is time for that: the next message, or QUIT. */
void load_session_next(struct load_connection* connection);

#endif
