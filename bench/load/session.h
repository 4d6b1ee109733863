/* session.h - handles the events of a session, and sends its commands. */
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include "connection.h"

/* Handles one event of the batch. `input` is the buffer that the session was shown. */
void load_session_event(struct load_connection* connection, const unsigned char* input, const ehlo_client_event* event);

/* Sends the next command, if the session wants one: the next message, or QUIT. */
void load_session_next(struct load_connection* connection);

#endif
