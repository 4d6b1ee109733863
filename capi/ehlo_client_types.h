/* ehlo_client_types.h - the options and events of clients, and the parts of envelopes: plain data. */
#ifndef EHLO_CLIENT_TYPES_H
#define EHLO_CLIENT_TYPES_H

#include "ehlo_syntax_types.h"

/* ---- envelopes ---- */

/* An ESMTP parameter to be sent. `value` is as sent (see ehlo_param_value_write). The texts are used during the call
 * only. */
typedef struct ehlo_param_text {
  const char* keyword;
  size_t keyword_length;
  const char* value; /* NULL: no value */
  size_t value_length;
} ehlo_param_text;

typedef struct ehlo_envelope_options {
  size_t struct_size;
  const char* sender; /* without brackets; "" is the null reverse-path */
  size_t sender_length;
  const ehlo_param_text* params; /* of MAIL, besides SIZE, BODY and SMTPUTF8, which the session adds */
  size_t param_count;
  uint64_t size;  /* octets of the content, as SIZE counts them (RFC 1870 5); 0: unknown */
  uint32_t body;  /* EHLO_BODY_*: what the content needs. More than 7BIT is refused if the server does not offer it.
                   * The library does not check the content: with 7BIT the program itself must keep octets above 127
                   * out of it (RFC 6152 3) */
  uint32_t flags; /* EHLO_ENVELOPE_FLAG_* */
  const struct ehlo_client_config* config; /* parameters of its rows are validated when they are added. NULL: only
                                            * those of the library. The envelope holds a reference to it. A session
                                            * with another configuration accepts the envelope too, and validates its
                                            * parameters by its own rows */
} ehlo_envelope_options;
#define EHLO_ENVELOPE_FLAG_SMTPUTF8 1u   /* the header needs SMTPUTF8 (RFC 6531); a non-ASCII address always needs it */
#define EHLO_ENVELOPE_FLAG_REQUIRETLS 2u /* MAIL has REQUIRETLS (RFC 8689 2) */

/* ---- client configuration ---- */

/* EHLO_CLIENT_FLAG_* bits of ehlo_client_options.flags */
#define EHLO_CLIENT_FLAG_REQUIRE_TLS 1u     /* no AUTH or MAIL before TLS: EHLO_E_TLS_REQUIRED (RFC 3207 6) */
#define EHLO_CLIENT_FLAG_IMPLICIT_TLS 2u    /* TLS is active from the first octet (RFC 8314) */
#define EHLO_CLIENT_FLAG_NO_PIPELINING 4u   /* one command at a time, even if PIPELINING is offered */
#define EHLO_CLIENT_FLAG_CHUNKING 8u        /* transact uses BDAT if CHUNKING is offered; for BINARYMIME always */
#define EHLO_CLIENT_FLAG_ANY_PARAMETER 16u  /* send parameters whose extension the server does not offer */
#define EHLO_CLIENT_FLAG_NO_HELO 32u        /* open fails if EHLO is refused */
#define EHLO_CLIENT_FLAG_PLAINTEXT_AUTH 64u /* allow AUTH without TLS. RISK: credentials in clear text */
#define EHLO_CLIENT_FLAG_REFUSE_NUL 128u    /* content with a NUL is EHLO_E_NUL. RISK without it: as for servers */

/* How a client behaves. Fill with ehlo_client_options_init, then change what you need. Strings and rows are copied. */
typedef struct ehlo_client_options {
  size_t struct_size;
  const char* hostname;          /* our name in EHLO: a domain or an address literal */
  uint32_t protocol;             /* EHLO_PROTOCOL_* */
  uint32_t flags;                /* EHLO_CLIENT_FLAG_* */
  ehlo_reply_limits replies;     /* of one reply; 0: the defaults */
  uint32_t data_endings;         /* EHLO_ENDING_* for a bare CR or LF in content. REJECT (default): the call fails.
                                    NORMALIZE: each becomes CRLF before dots are stuffed; in BDAT the call fails: the
                                    number of octets is already announced. ACCEPT: sent unchanged, except where some
                                    receiver would end the message (EHLO_E_FALSE_END). Not for BODY=BINARYMIME, which
                                    has no lines */
  uint32_t max_recipients;       /* of one transaction; default 1000; at most 65536 */
  uint32_t max_auth_challenges;  /* of one exchange; the session cancels it at the next one; default 16 */
  uint32_t max_auth_line_octets; /* of a response in base64, with CRLF; default 12288 (RFC 4954 4) */
  uint32_t command_octets;       /* of commands not yet taken by ehlo_client_output; default 4096; at least 2048 */
  const ehlo_rows* rows;         /* extensions, parameters and verbs of the program; NULL: none. An extension is offered
                                    if the EHLO reply has its keyword and what it needs is offered; an extension without
                                    a keyword, after every EHLO. `arguments` is for servers, and ignored */
} ehlo_client_options;

/* ---- events ---- */

/* Every event that a reply causes has code, enhanced, reply and text. */
enum {
  EHLO_CLIENT_EVENT_NONE = 0,
  /* the greeting; after a 4yz or 5yz only QUIT is allowed */
  EHLO_CLIENT_EVENT_GREETING = 1,
  /* the reply to the command `verb`; MAIL, RCPT, DATA, BDAT: transaction; RCPT: index */
  EHLO_CLIENT_EVENT_REPLY = 2,
  /* the server has accepted our hello: verb, extensions (those that may be used now). With `error`
   * EHLO_E_HELLO_REFUSED: it has not, and `open` has ended */
  EHLO_CLIENT_EVENT_READY = 3,
  /* 220 to STARTTLS: do the handshake, then report it */
  EHLO_CLIENT_EVENT_TLS = 4,
  /* 334: text: the challenge in base64, as sent; answer it by auth_respond or auth_cancel. EHLO_FLAG_ANSWERED: the
   * session has answered it. `error`: it was not base64, or one too many, and the session has cancelled the exchange */
  EHLO_CLIENT_EVENT_CHALLENGE = 5,
  /* 354: transaction; give the content. If no recipient was accepted, call abort_data instead */
  EHLO_CLIENT_EVENT_GO_AHEAD = 6,
  /* the reply to the message: transaction, verb (DATA or BDAT). LMTP: one for each accepted recipient: index */
  EHLO_CLIENT_EVENT_RESULT = 7,
  /* the result for recipient `index` of `transaction`, exactly one for each: verdict, scope, error; verb: see below;
   * and the reply that decided it, if there was one. If a chunk was refused when the last chunk had already been sent,
   * the event comes with the reply to the last chunk: code and enhanced are those of the refusal, reply and text are
   * absent */
  EHLO_CLIENT_EVENT_OUTCOME = 8,
  /* every recipient of `transaction` has had its OUTCOME */
  EHLO_CLIENT_EVENT_DONE = 9,
  /* the session has ended regularly: after the reply to QUIT, or with a 421. The last event */
  EHLO_CLIENT_EVENT_CLOSED = 10,
  /* the session has ended with `error`. Nothing more may be sent. The last event.
   *
   * EHLO_E_UNEXPECTED_CODE, EHLO_E_UNSOLICITED_REPLY: code, enhanced, reply and text are those of the whole reply.
   *
   * If the reply cannot be parsed: number: the position of the error in it; code: 0. reply: up to the end of the line
   * that has the error, with its LF, but at most replies.octets, and only what had arrived by this call; if the reply
   * is too long, up to the limit at `number`. So only how much of reply follows `number` depends on how the input was
   * split into calls. text: of the first line, up to `number`; empty if that line does not begin as a reply. What
   * follows the reply in the buffer came after it */
  EHLO_CLIENT_EVENT_ERROR = 11
};

/* EHLO_CLIENT_EVENT_OUTCOME: the result for this recipient. */
enum {
  EHLO_VERDICT_NONE = 0,
  EHLO_VERDICT_ACCEPTED = 1, /* the server has taken responsibility (RFC 5321 4.2.5) */
  EHLO_VERDICT_FAILED = 2,   /* refused for good: do not try again unchanged */
  EHLO_VERDICT_RETRY = 3,    /* refused for now: try again later */
  EHLO_VERDICT_UNKNOWN = 4 /* a new attempt may deliver it twice: the content was sent and no reply came (RFC 1047), or,
                              with code 2yz, the last chunk was accepted after a refused one (RFC 3030 2) */
};
/* What the verdict is about: with another recipient, message or server the result may differ. */
enum { EHLO_SCOPE_NONE = 0, EHLO_SCOPE_RECIPIENT = 1, EHLO_SCOPE_MESSAGE = 2, EHLO_SCOPE_CONNECTION = 3 };

/* EHLO_CLIENT_EVENT_OUTCOME: `verb` is the command whose reply decided the outcome:
 * - EHLO_VERB_MAIL, EHLO_VERB_RCPT: that command;
 * - EHLO_VERB_DATA: the command DATA; with EHLO_FLAG_LAST the content after its 354;
 * - EHLO_VERB_BDAT: a chunk; with EHLO_FLAG_LAST the last one;
 * - EHLO_VERB_RSET, EHLO, HELO, LHLO: the program ended the transaction by it (error EHLO_E_SHUTDOWN).
 * If the connection ended (EHLO_SCOPE_CONNECTION), `verb` is the first of these that exists:
 * - the command that a 421 answered;
 * - the oldest command of the transaction without a reply;
 * - the content or chunk that was due;
 * - the next command of the transaction;
 * - EHLO_VERB_UNKNOWN: the program sends single commands, and none waited for a reply.
 * Only DATA and BDAT have EHLO_FLAG_LAST. It does not say how much of the content was sent: see the verdict. */

/* Spans are offsets into the buffer of the call that returned the event. Fields that the event's comment above does not
 * name are 0 or absent. */
typedef struct ehlo_client_event {
  uint32_t type;        /* EHLO_CLIENT_EVENT_* */
  uint32_t verb;        /* EHLO_VERB_*, or EHLO_VERB_OWN + place for a row of the program; EHLO_VERB_UNKNOWN in a
                         * REPLY: a verb that no row knows */
  uint32_t code;        /* reply code; 0: no reply */
  uint32_t enhanced;    /* EHLO_ENHANCED() or EHLO_ENHANCED_NONE; 0: no reply code */
  uint32_t transaction; /* counted from 1 */
  uint32_t index;       /* of a recipient, in the order of RCPT, from 0 */
  uint32_t verdict;     /* EHLO_VERDICT_* */
  uint32_t scope;       /* EHLO_SCOPE_* */
  uint32_t flags;       /* EHLO_FLAG_* */
  int32_t error;        /* ehlo_rc */
  uint64_t number;
  uint64_t extensions; /* EHLO_EXT_BIT(x) */
  ehlo_span reply;     /* the whole reply as sent, with its last CRLF: see ehlo_reply_line */
  ehlo_span text;      /* of its first line */
} ehlo_client_event;

/* The program's array that a call fills, as ehlo_server_batch. */
typedef struct ehlo_client_batch {
  ehlo_client_event* events;
  uint32_t event_size, event_cap, event_count; /* cap: at least EHLO_CLIENT_EVENTS_MIN */
  int32_t error; /* EHLO_E_ARGUMENT: the array or an element is too small, and nothing was done; otherwise EHLO_OK */
} ehlo_client_batch;
#define EHLO_CLIENT_EVENTS_MIN 8

#endif
