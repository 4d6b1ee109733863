/* report.h - prints the outcome of each message, in the order of the recipients. */
#ifndef SEND_REPORT_H
#define SEND_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "ehlo.h"

struct send_connection;
struct send_transaction;

/* What a connection has to report. All zero at the beginning. */
struct send_report {
  struct send_transaction* first; /* the open ones, oldest first; they are few, since contents do not overlap */
  uint32_t printed;               /* messages */
  char* hello;                    /* the last refusal of our hello; NULL: none */
  char* reason;                   /* why the connection, or every message, has failed; NULL: no failure */
};

/* Takes an OUTCOME. `input` is the buffer that the session was shown. */
void send_report_outcome(struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Keeps the refusal of a chunk, since outcomes that wait for the reply to the last chunk come without its text. */
void send_report_chunk(struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Prints the transaction that has ended. */
void send_report_done(struct send_connection* connection, uint32_t transaction);

/* Stores why the connection fails, unless there is a reason already: the reply of an event, or a name with details. */
void send_report_reply(struct send_connection* connection, const void* input, const ehlo_client_event* event);
void send_report_failure(struct send_connection* connection, const char* name, const char* detail);

/* Prints on standard error the reply that ended the session, as far as it was read. */
void send_report_said(const struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Keeps a refusal of EHLO, since HELO may follow; uses the kept refusal as the reason. */
void send_report_hello(struct send_connection* connection, const void* input, const ehlo_client_event* event);
void send_report_hello_refused(struct send_connection* connection);

/* Stores why no message can be sent, although the connection works. */
void send_report_refusal(struct send_connection* connection, const char* name, const char* detail);

/* Whether every message of the connection has been printed. */
bool send_report_is_complete(const struct send_connection* connection);

/* Prints all that is left as failed, and frees everything. */
void send_report_end(struct send_connection* connection);

#endif
