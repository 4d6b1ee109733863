/* session.h - handles the events of a session, and sends its commands. */
#ifndef SEND_SESSION_H
#define SEND_SESSION_H

#include "connection.h"

/* Handles one event of the job's batch. `input` is the buffer that the session was shown. */
void send_session_event(struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Sends the next command, if the session wants one: STARTTLS, AUTH, the messages, QUIT. */
void send_session_next(struct send_connection* connection);

#endif
