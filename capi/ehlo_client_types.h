/* ehlo_client_types.h - the options and events of clients, and what envelopes are made of: plain data. */
#ifndef EHLO_CLIENT_TYPES_H
#define EHLO_CLIENT_TYPES_H

#include "ehlo_syntax_types.h"

/* ---- envelopes ---- */

/* An ESMTP parameter to be sent, its value as it goes over the wire (see ehlo_param_value_write). */
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
  const ehlo_param_text* params; /* of MAIL, besides those that the session adds: SIZE, BODY, SMTPUTF8 */
  size_t param_count;
  uint64_t size;  /* octets of the content, as SIZE counts them (RFC 1870 3); 0: not known */
  uint32_t body;  /* EHLO_BODY_*: what the content needs. More than 7BIT is refused where the server does not have it.
                   * Nobody looks at it: with 7BIT it is for the program to keep octets above 127 out (RFC 6152 3) */
  uint32_t flags; /* EHLO_ENVELOPE_FLAG_* */
  const struct ehlo_client_config* config; /* its rows are known: their parameters are validated when they are given.
                                            * NULL: those of the library alone. The envelope holds a reference to it.
                                            * Any session takes it, and validates parameters by its own rows */
} ehlo_envelope_options;
#define EHLO_ENVELOPE_FLAG_SMTPUTF8 1u   /* the header needs SMTPUTF8; a non-ASCII address needs it anyway */
#define EHLO_ENVELOPE_FLAG_REQUIRETLS 2u /* RFC 8689 */

/* ---- client configuration ---- */

/* EHLO_CLIENT_FLAG_* bits of ehlo_client_options.flags */
#define EHLO_CLIENT_FLAG_REQUIRE_TLS 1u     /* no AUTH or MAIL before TLS: EHLO_E_TLS_REQUIRED (RFC 3207 6) */
#define EHLO_CLIENT_FLAG_IMPLICIT_TLS 2u    /* TLS is active from the first octet (RFC 8314) */
#define EHLO_CLIENT_FLAG_NO_PIPELINING 4u   /* one command at a time whatever is offered */
#define EHLO_CLIENT_FLAG_CHUNKING 8u        /* transact uses BDAT where CHUNKING is offered; BINARYMIME always does */
#define EHLO_CLIENT_FLAG_ANY_PARAMETER 16u  /* let parameters through whose extension the server did not announce */
#define EHLO_CLIENT_FLAG_NO_HELO 32u        /* open fails where EHLO is refused */
#define EHLO_CLIENT_FLAG_PLAINTEXT_AUTH 64u /* AUTH without TLS too, else EHLO_E_TLS_REQUIRED. RISK: it can be read */
#define EHLO_CLIENT_FLAG_REFUSE_NUL 128u    /* refuse content with a NUL: EHLO_E_NUL. RISK without it: as for servers */

/* How a client behaves. Fill with ehlo_client_options_init, then change what you need. Strings are copied. */
typedef struct ehlo_client_options {
  size_t struct_size;
  const char* hostname;          /* our name in EHLO: a domain or an address literal */
  uint32_t protocol;             /* EHLO_PROTOCOL_* */
  uint32_t flags;                /* EHLO_CLIENT_FLAG_* */
  ehlo_reply_limits replies;     /* 0: the defaults */
  uint32_t data_endings;         /* EHLO_ENDING_* for content: REJECT (default) refuses the call that gives a bare CR or
                                    LF; NORMALIZE makes each a CRLF before dots are stuffed, and refuses it in BDAT,
                                    whose octets are announced; ACCEPT sends them as they are, but for those that some
                                    receiver would take for the end. Not for BODY=BINARYMIME, which has no lines */
  uint32_t max_recipients;       /* of one transaction; default 1000; up to 65536 */
  uint32_t max_auth_challenges;  /* challenges of one exchange; then it is cancelled; default 16 */
  uint32_t max_auth_line_octets; /* a response in the exchange, with CRLF; default 12288 */
  uint32_t command_octets;       /* commands not yet taken by ehlo_client_output; default 4096; at least 2048 */
  const ehlo_rows* rows;         /* extensions, parameters and verbs of the program's own; NULL: none. They are copied.
                                    An extension is offered where its keyword stands in the EHLO reply, and what it needs
                                    is offered; one without a keyword behind every EHLO. What it announces for a server
                                    (`arguments`) is not looked at */
} ehlo_client_options;

/* ---- events ---- */

/* Each event that comes with a reply has code, enhanced, reply and text. */
enum {
  EHLO_CLIENT_EVENT_NONE = 0,
  /* 4yz and 5yz leave only QUIT */
  EHLO_CLIENT_EVENT_GREETING = 1,
  /* to the command `verb`; MAIL, RCPT, DATA, BDAT: transaction; RCPT: index */
  EHLO_CLIENT_EVENT_REPLY = 2,
  /* the server has taken our hello: verb, extensions (what may be used now); or with `error` EHLO_E_HELLO_REFUSED
   * `open` has come to its end without that */
  EHLO_CLIENT_EVENT_READY = 3,
  /* 220 to STARTTLS: do the handshake, then report it */
  EHLO_CLIENT_EVENT_TLS = 4,
  /* 334: text: the challenge in base64, as sent; answer with auth_respond or auth_cancel. EHLO_FLAG_ANSWERED: the
   * session has answered it. `error`: it was no base64 or one too many, and the exchange has been cancelled */
  EHLO_CLIENT_EVENT_CHALLENGE = 5,
  /* 354: transaction: give the content, or, if nobody was accepted, end with abort_data */
  EHLO_CLIENT_EVENT_GO_AHEAD = 6,
  /* the reply to the message: transaction, verb (DATA or BDAT); LMTP: one for each accepted recipient, index */
  EHLO_CLIENT_EVENT_RESULT = 7,
  /* what has become of recipient `index` of `transaction`: exactly one for each, see verdict, scope, error; with the
   * reply that decided it, if there was one, and see below: verb. That of a chunk that was refused while the last one
   * was on its way comes with the reply to the last: code and enhanced are those of the refusal, reply and text are
   * absent */
  EHLO_CLIENT_EVENT_OUTCOME = 8,
  /* every recipient of `transaction` has had its outcome */
  EHLO_CLIENT_EVENT_DONE = 9,
  /* the session is over in good order: after QUIT, or 421, which it comes with. The last event */
  EHLO_CLIENT_EVENT_CLOSED = 10,
  /* the session is over: error, and number: the position in the reply for those that have one. Where a reply is the
   * error it is there: in full with EHLO_E_UNEXPECTED_CODE and EHLO_E_UNSOLICITED_REPLY; one that cannot be read
   * without code, and to the end of the line that `number` is in, with its LF, as far as that had arrived in the call
   * that met it, and up to replies.octets (one that is too long: up to the limit at `number`). How much stands behind
   * `number` depends on what had arrived; type, error, number and all else are the same however the input was cut. Its
   * text is that of its first line up to `number`, empty where that does not begin as a reply. What stands behind it in
   * the buffer has come with it. Nothing more may be sent. The last event */
  EHLO_CLIENT_EVENT_ERROR = 11
};

/* EHLO_CLIENT_EVENT_OUTCOME: what is known of the message for this recipient. */
enum {
  EHLO_VERDICT_NONE = 0,
  EHLO_VERDICT_ACCEPTED = 1, /* the server has taken responsibility */
  EHLO_VERDICT_FAILED = 2,   /* it will not take it: do not try again as it is */
  EHLO_VERDICT_RETRY = 3,    /* not now: try again later */
  EHLO_VERDICT_UNKNOWN = 4 /* trying again may deliver it twice: the content went out and no reply came (RFC 1047), or,
                              with code 2yz, the last chunk was taken though one before it had been refused (RFC 3030
                              2) */
};
/* What the verdict is about: the next attempt can be with another recipient, message or server. */
enum { EHLO_SCOPE_NONE = 0, EHLO_SCOPE_RECIPIENT = 1, EHLO_SCOPE_MESSAGE = 2, EHLO_SCOPE_CONNECTION = 3 };

/* EHLO_CLIENT_EVENT_OUTCOME: `verb` is the command whose reply decided.
 * EHLO_VERB_MAIL, EHLO_VERB_RCPT: that command.
 * EHLO_VERB_DATA: the command DATA; with EHLO_FLAG_LAST the content behind its 354.
 * EHLO_VERB_BDAT: a chunk; with EHLO_FLAG_LAST the last one.
 * EHLO_VERB_RSET, EHLO, HELO, LHLO: the program ended the transaction by it (error EHLO_E_SHUTDOWN).
 * Where the connection ended (scope EHLO_SCOPE_CONNECTION) it is what that cut short, in the same terms: the command
 * that a 421 answered, else the oldest command of the transaction that had no reply, else the content or chunk that was
 * due, else what comes next in the transaction; EHLO_VERB_UNKNOWN: single commands, none of which was under way.
 * EHLO_FLAG_LAST comes with DATA and BDAT alone, and says nothing about how much of the content had left: that is for
 * the verdict. */

/* Offsets are into the buffer of the call that gave the event. Fields that an event does not name are 0 or absent. */
typedef struct ehlo_client_event {
  uint32_t type;        /* EHLO_CLIENT_EVENT_* */
  uint32_t verb;        /* EHLO_VERB_*, or EHLO_VERB_OWN + the place of a row of the program's; EHLO_VERB_UNKNOWN: of
                         * a REPLY, to a verb that no row knows */
  uint32_t code;        /* reply code, 0: no reply */
  uint32_t enhanced;    /* EHLO_ENHANCED() or EHLO_ENHANCED_NONE, 0: no reply code */
  uint32_t transaction; /* counts from 1 */
  uint32_t index;       /* of a recipient, in the order of RCPT, from 0 */
  uint32_t verdict;     /* EHLO_VERDICT_* */
  uint32_t scope;       /* EHLO_SCOPE_* */
  uint32_t flags;       /* EHLO_FLAG_* */
  int32_t error;        /* ehlo_rc */
  uint64_t number;
  uint64_t extensions; /* EHLO_EXT_BIT(x) */
  ehlo_span reply;     /* all of the reply, as sent, with its last CRLF: see ehlo_reply_line */
  ehlo_span text;      /* of its first line */
} ehlo_client_event;

/* As ehlo_server_batch. */
typedef struct ehlo_client_batch {
  ehlo_client_event* events;
  uint32_t event_size, event_cap, event_count; /* cap: at least EHLO_CLIENT_EVENTS_MIN */
  int32_t error; /* EHLO_E_ARGUMENT: the array or an element is too small, nothing was done; else EHLO_OK */
} ehlo_client_batch;
#define EHLO_CLIENT_EVENTS_MIN 8

#endif
