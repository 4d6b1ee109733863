/* session.h - what there is to do in a session, and what its events mean. */
#ifndef SEND_SESSION_H
#define SEND_SESSION_H

#include "connection.h"

/* Takes one event of the job's batch. `input` is what was shown to the session. */
void send_session_event(struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Says what is to be done next, if it is time for that: STARTTLS, AUTH, the messages, QUIT. */
void send_session_next(struct send_connection* connection);

#endif
