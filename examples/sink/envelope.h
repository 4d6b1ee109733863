/* envelope.h - a transaction: its addresses, its parameters and the draft of its content. */
#ifndef SINK_ENVELOPE_H
#define SINK_ENVELOPE_H

#include <stdbool.h>

#include "common/text.h"
#include "ehlo.h"
#include "store.h"

/* The spans of an event are valid only as long as its buffer, so the JSON is written at once. */
struct sink_envelope {
  struct text mail;            /* "from":...,"mail_parameters":[...] */
  struct text recipients;      /* elements of "to" */
  struct text rcpt_parameters; /* elements of "rcpt_parameters", in the same order */
  struct sink_draft draft;
};

/* The members of the JSON file that come from the session. Strings may be NULL. */
struct sink_origin {
  const char *protocol, *helo, *auth;
  bool tls;
};

/* A new envelope for an EHLO_SERVER_EVENT_MAIL. NULL: no memory. */
struct sink_envelope* sink_envelope_new(struct sink_store* store, const void* input, const ehlo_server_batch* batch,
                                        const ehlo_server_event* event);

/* Adds the recipient of an EHLO_SERVER_EVENT_RCPT. False: no memory, and the envelope is unchanged. */
bool sink_envelope_add_recipient(struct sink_envelope* envelope, const void* input, const ehlo_server_batch* batch,
                                 const ehlo_server_event* event);

/* Adds the content of an EHLO_SERVER_EVENT_BODY. */
void sink_envelope_add_body(struct sink_envelope* envelope, const void* input, const ehlo_server_batch* batch,
                            const ehlo_server_event* event);

/* Stores the message and frees the envelope. False: it is not stored. */
bool sink_envelope_publish(struct sink_envelope* envelope, const struct sink_origin* origin);

/* Frees the envelope and removes its file, if there is one. NULL is allowed. */
void sink_envelope_drop(struct sink_envelope* envelope);

#endif
