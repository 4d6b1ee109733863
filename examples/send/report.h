/* report.h - what became of each message, printed in the order of the recipients. */
#ifndef SEND_REPORT_H
#define SEND_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "ehlo.h"

struct send_connection;
struct send_transaction;

/* What a connection has to report. All zero at its beginning. */
struct send_report {
  struct send_transaction* first; /* those that are under way, oldest first; few, since contents do not overlap */
  uint32_t printed;               /* messages */
  char* hello;                    /* the last refusal of our hello; NULL: none */
  char* reason;                   /* why the connection, or every message, has failed; NULL: it has not */
};

/* Takes an OUTCOME; `input` is what was shown to the session. */
void send_report_outcome(struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Keeps the refusal of a chunk, since outcomes that wait for the reply to the last chunk come without its text. */
void send_report_chunk(struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Prints the transaction that is done. */
void send_report_done(struct send_connection* connection, uint32_t transaction);

/* Notes why the connection fails; the first reason stands. The reply of an event, or a name with what is known. */
void send_report_reply(struct send_connection* connection, const void* input, const ehlo_client_event* event);
void send_report_failure(struct send_connection* connection, const char* name, const char* detail);

/* Prints on standard error the reply that ended the session, as far as it was read. */
void send_report_said(const struct send_connection* connection, const void* input, const ehlo_client_event* event);

/* Keeps a refusal of EHLO, which need not be the last word on it; takes it as the reason. */
void send_report_hello(struct send_connection* connection, const void* input, const ehlo_client_event* event);
void send_report_hello_refused(struct send_connection* connection);

/* Notes why no message can be sent on a connection that is good. */
void send_report_refusal(struct send_connection* connection, const char* name, const char* detail);

/* Whether every message of the connection has been printed. */
bool send_report_is_complete(const struct send_connection* connection);

/* Prints what is left, as failed, and frees all. */
void send_report_end(struct send_connection* connection);

#endif
