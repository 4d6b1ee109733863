/* ehlo_server_types.h - the options, events and answers of servers: plain data. */
#ifndef EHLO_SERVER_TYPES_H
#define EHLO_SERVER_TYPES_H

#include "ehlo_rows.h"

/* ---- server configuration ---- */

/* Asks: the session asks the program how to answer. The events in `asks` wait for the program's answer; the others get
 * their default answer, and are reported. For all other commands `command_asks` says the same. */
enum {
  EHLO_ASK_GREETING = 1 << 0, /* default 220 */
  EHLO_ASK_HELLO = 1 << 1,    /* default 250 */
  EHLO_ASK_MAIL = 1 << 2,     /* default 250 2.1.0 */
  EHLO_ASK_RCPT = 1 << 3,     /* default 250 2.1.5 */
  EHLO_ASK_DATA = 1 << 4,     /* default 354 */
  EHLO_ASK_CHUNK = 1 << 5,    /* a BDAT chunk other than the last has arrived; default 250 2.0.0 */
  EHLO_ASK_MESSAGE = 1 << 6,  /* default 250 2.0.0; LMTP: one for each accepted recipient */
  EHLO_ASK_STARTTLS = 1 << 7, /* default 220 */
  EHLO_ASK_AUTH = 1 << 8,     /* default 454 4.7.0 */
  EHLO_ASK_RSET = 1 << 9,     /* default 250 2.0.0; the transaction ends whatever the answer is */
  EHLO_ASK_QUIT = 1 << 10     /* default 221 2.0.0; the session ends whatever the answer is */
};
#define EHLO_ASK_DEFAULT ((uint32_t)(EHLO_ASK_MAIL | EHLO_ASK_RCPT | EHLO_ASK_MESSAGE | EHLO_ASK_AUTH))

/* EHLO_SERVER_FLAG_* bits of ehlo_server_options.flags */
/* 530 5.7.0 before TLS, except for NOOP EHLO LHLO STARTTLS QUIT (RFC 3207 4) */
#define EHLO_SERVER_FLAG_REQUIRE_TLS 1u
/* 530 5.7.0 before AUTH, except for AUTH EHLO HELO LHLO NOOP RSET QUIT STARTTLS (RFC 4954 6) */
#define EHLO_SERVER_FLAG_REQUIRE_AUTH 2u
/* TLS is active from the first octet (RFC 8314) */
#define EHLO_SERVER_FLAG_IMPLICIT_TLS 8u
/* plaintext after STARTTLS ends the session instead of being dropped (RFC 3207 4.2) */
#define EHLO_SERVER_FLAG_CLOSE_ON_INJECTION 16u
/* limits may be below the minimum of RFC 5321 4.5.3.1 */
#define EHLO_SERVER_FLAG_BELOW_MINIMUM 32u
/* accept address literals with unregistered tags */
#define EHLO_SERVER_FLAG_GENERAL_LITERALS 64u
/* announce and serve AUTH without TLS too. RISK: passwords in clear text */
#define EHLO_SERVER_FLAG_PLAINTEXT_AUTH 128u
/* 550 5.6.0 for content with a NUL. RISK without it: a receiver that drops NULs, or stops at them, sees another text.
 * It never sees another end of the message, see EHLO_E_FALSE_END */
#define EHLO_SERVER_FLAG_REFUSE_NUL 256u

/* How a server behaves. Fill with ehlo_server_options_init, then change what you need. Strings and rows are copied. */
typedef struct ehlo_server_options {
  size_t struct_size;
  const char* hostname;   /* our name in the greeting and in replies: a domain or an address literal */
  const char* mechanisms; /* SASL mechanisms, "PLAIN LOGIN"; NULL or "": AUTH is not announced; see PLAINTEXT_AUTH */
  const ehlo_rows* rows;  /* extensions, parameters and verbs of the program; NULL: none */
  const ehlo_keyword_line* lines; /* lines of the EHLO reply, besides those of the options and rows; NULL: none */
  uint32_t line_size, line_count; /* line_size: sizeof(ehlo_keyword_line); at most 256 lines */
  uint32_t unknown_params;        /* EHLO_UNKNOWN_* */
  uint32_t unknown_verbs;         /* EHLO_UNKNOWN_REFUSE or EHLO_UNKNOWN_OFFER */
  uint64_t extensions;            /* offered: EHLO_EXT_BIT(x); default EHLO_EXT_DEFAULT */
  uint64_t command_asks;         /* EHLO_VERB_BIT(x) of verbs without EHLO_COMMAND_SESSION whose COMMAND events wait for
                                    the program; the others get the default answer of their row. Default 0 */
  uint64_t max_message_octets;   /* of the content; announced by SIZE (RFC 1870); 0: no fixed limit */
  uint64_t max_discard_octets;   /* how much of one refused item is read and dropped before 421 4.7.0 ends the session;
                                    default 16 MiB. Items: an over-long line; a refused chunk; the rest of a message
                                    after ehlo_server_refuse_message or beyond max_message_octets */
  uint32_t protocol;             /* EHLO_PROTOCOL_* */
  uint32_t asks;                 /* EHLO_ASK_* bits of the events that wait for the program; default EHLO_ASK_DEFAULT */
  uint32_t flags;                /* EHLO_SERVER_FLAG_* */
  uint32_t max_line_octets;      /* of every command line, with CRLF; 0: 512 and what the offered extensions add
                                   (RFC 5321 4.5.3.1.4), and for AUTH, if it is offered, max_auth_line_octets */
  uint32_t max_auth_line_octets; /* of a line of the AUTH exchange, with CRLF; default 12288 (RFC 4954 4). Also of the
                                   AUTH command, whose initial response may be as long (an OAUTH token); that limit is
                                   never below the one of other commands */
  uint32_t max_data_line_octets; /* of a content line, with CRLF, without a stuffed dot; 0: no limit. A longer one is
                                   reported, and the message is refused with 554 */
  uint32_t max_recipients;       /* accepted in a transaction, then 452 4.5.3 (RFC 5321 4.5.3.1.10); default 1000. LMTP:
                                   also at most eight times as many RCPT commands */
  uint32_t max_messages;         /* transactions of a connection, then 421 4.7.0 at MAIL; 0: no limit */
  uint32_t max_errors;           /* lines and chunks that the library itself refused, then 421 4.7.0; default 20; 0: no
                                    limit. Refused content and AUTH exchanges have limits of their own */
  uint32_t max_idle_commands;    /* commands since the last accepted MAIL or RCPT, or BDAT with octets, then 421 4.7.0;
                                    default 1000; 0: no limit */
  uint32_t max_auth_attempts;    /* AUTH commands that failed; the next one gets 421 4.7.0; default 3; 0: no limit */
  uint32_t max_auth_challenges;  /* of one exchange; default 16 */
  uint32_t recipient_window;     /* recipients that may wait for an answer at a time; default 16; 1 to 1000 */
  uint32_t reply_queue;          /* replies not yet taken by ehlo_server_output; default 16; 4 to 4096. Allocated when a
                                  * second reply waits; without memory the session handles one command at a time */
  uint32_t reply_text_octets;    /* of replies of the program not yet taken; default 4096; allocated at the first one */
  uint32_t command_endings;      /* EHLO_ENDING_* */
  uint32_t data_endings;         /* EHLO_ENDING_*; for BDAT too, but not with BODY=BINARYMIME, which is not text
                                    (RFC 3030 2, 3) */
  uint32_t reserved;             /* 0 */
  uint32_t max_local_part_octets; /* of a local part as sent, with its quotes, then 501 5.1.3 or 5.1.7; at least 64. 0,
                                     the default: limited only by the line (RFC 5321 4.5.3.1 requires no limit) */
  uint32_t max_path_octets;       /* of a path with its angle brackets; at least 256. 0, the default: as above */
} ehlo_server_options;

/* ---- events ---- */

/* "ask": the program answers the event by its id, if it has one. "report": there is nothing to answer. */
enum {
  EHLO_SERVER_EVENT_NONE = 0,
  /* ask: a new connection. The first event, unless the session ends before it */
  EHLO_SERVER_EVENT_GREETING = 1,
  /* ask: EHLO HELO LHLO; text: host; kind: EHLO_DOMAIN_*; verb */
  EHLO_SERVER_EVENT_HELLO = 2,
  /* ask: path, params; number: the declared SIZE or 0; kind: EHLO_BODY_*; EHLO_FLAG_SMTPUTF8 */
  EHLO_SERVER_EVENT_MAIL = 3,
  /* ask: path, params; index: the number of the RCPT in the transaction, from 0 */
  EHLO_SERVER_EVENT_RCPT = 4,
  /* ask: accept gives 354 */
  EHLO_SERVER_EVENT_DATA = 5,
  /* report: a chunk of `number` octets follows; EHLO_FLAG_LAST */
  EHLO_SERVER_EVENT_BDAT = 6,
  /* report: content; body: spans of the buffer (see EHLO_OFF_CRLF) */
  EHLO_SERVER_EVENT_BODY = 7,
  /* ask: a chunk other than the last is complete; number: octets of the message so far */
  EHLO_SERVER_EVENT_CHUNK = 8,
  /* ask: the message is complete; number: its octets. LMTP: an ask for each accepted recipient; index: as of its RCPT
   */
  EHLO_SERVER_EVENT_MESSAGE = 9,
  /* report: the open transaction has ended without a message (RSET, EHLO, a refusal, the end of the session); drop what
   * you stored of it. error: the reason, if the library refused the message */
  EHLO_SERVER_EVENT_ABORT = 10,
  /* ask */
  EHLO_SERVER_EVENT_RSET = 11,
  /* ask */
  EHLO_SERVER_EVENT_QUIT = 12,
  /* ask: accept gives 220; see ehlo_server_tls_started */
  EHLO_SERVER_EVENT_STARTTLS = 13,
  /* ask: text: the mechanism; response: the initial response as sent (base64), absent if none */
  EHLO_SERVER_EVENT_AUTH = 14,
  /* ask: response: as sent, valid base64 */
  EHLO_SERVER_EVENT_AUTH_RESPONSE = 15,
  /* report: the exchange has ended without a result; error: the reason */
  EHLO_SERVER_EVENT_AUTH_ABORT = 16,
  /* ask: a verb without EHLO_COMMAND_SESSION. verb: EHLO_VERB_*; EHLO_VERB_OWN + place for a row of the program;
   * EHLO_VERB_UNKNOWN for a verb that `unknown_verbs` offers. The last two always wait. response: the verb as sent.
   * text, number, kind, path, params, flags: the argument, see ehlo_argument. text is absent if nothing follows the
   * verb; for an UNKNOWN verb it is all that follows. EHLO_FLAG_SMTPUTF8: the reply may have UTF-8. An event that does
   * not wait (id 0) has had the default answer of its row: the `yes`, or with EHLO_COMMAND_DECLINED the `no` */
  EHLO_SERVER_EVENT_COMMAND = 17,
  /* report: the library itself refused a line. error; number: the offset in the line, or the octets of an over-long
   * line; code: the reply code; kind: EHLO_JUNK_* */
  EHLO_SERVER_EVENT_REJECTED = 18,
  /* report: a violation; error. In a line (bare CR or LF): number: the offset in it; line; the event of the line itself
   * follows. In content: number: octets from its start; each kind is reported once for a message */
  EHLO_SERVER_EVENT_VIOLATION = 19,
  /* report: `number` octets of plaintext after STARTTLS were dropped; comes after tls_started */
  EHLO_SERVER_EVENT_PLAINTEXT = 20,
  /* report: the session has ended; error: EHLO_OK after QUIT, otherwise the reason. Send the output, then close */
  EHLO_SERVER_EVENT_CLOSE = 21
};

/* EHLO_FLAG_SECRET: `line`, and the other spans of the event, may have credentials; do not log them. These events have
 * it:
 * - every event of an AUTH exchange;
 * - the event of a refused AUTH line, or of a line that begins like one ("AUTHX", white space before AUTH, too long);
 * - the events of a verb with EHLO_COMMAND_SECRET;
 * - after an AUTH line, every REJECTED, VIOLATION and COMMAND of an unknown verb, also after the end of the exchange:
 *   a client that does not wait for replies sends its responses even if AUTH was refused. This ends with the first line
 *   that the library parses as a command without an error, even if the command is then refused in its state. */

/* What a rejected line looks like: the protocol of a client that is not an SMTP client. */
enum { EHLO_JUNK_NONE = 0, EHLO_JUNK_HTTP = 1, EHLO_JUNK_TLS = 2 };

/* Spans are offsets into the buffer of the call that returned the event. Fields that the event's comment above does not
 * name are 0 or absent. */
typedef struct ehlo_server_event {
  uint32_t type;  /* EHLO_SERVER_EVENT_* */
  uint32_t id;    /* not 0: the event waits; answer it with this id */
  uint32_t flags; /* EHLO_FLAG_* */
  int32_t error;  /* ehlo_rc */
  uint64_t number;
  ehlo_span line; /* the command line without its CRLF; absent if there is none or it was too long */
  ehlo_span text;
  ehlo_span response;
  ehlo_path path;
  ehlo_range params; /* of batch.params */
  ehlo_range body;   /* of batch.spans */
  uint32_t index;
  uint32_t verb; /* EHLO_VERB_* if the event comes from a command */
  uint32_t kind;
  uint32_t code;
} ehlo_server_event;

/* Arrays of the program that a call fills, after it has set the counts to 0. A `size` is that of an element in the
 * program, `sizeof *events`, so that elements can grow in a later version. */
typedef struct ehlo_server_batch {
  ehlo_server_event* events;
  ehlo_span* spans;                            /* of BODY events */
  ehlo_param* params;                          /* NULL: parameters are validated, but not reported */
  uint32_t event_size, event_cap, event_count; /* cap: at least EHLO_SERVER_EVENTS_MIN */
  uint32_t span_cap, span_count;               /* cap: at least EHLO_SPANS_MIN */
  uint32_t param_size, param_cap, param_count; /* cap: at least EHLO_PARAMS_MAX, unless params is NULL */
  int32_t error; /* EHLO_E_ARGUMENT: an array or an element is too small, and nothing was done; otherwise EHLO_OK */
  uint32_t reserved;
} ehlo_server_batch;

#define EHLO_SERVER_EVENTS_MIN 8

/* ---- answers in one call ---- */

/* The kinds of answers: the call that each stands for. */
enum {
  EHLO_SERVER_ANSWER_ACCEPT = 0,    /* ehlo_server_accept */
  EHLO_SERVER_ANSWER_REPLY = 1,     /* ehlo_server_reply */
  EHLO_SERVER_ANSWER_CHALLENGE = 2, /* ehlo_server_challenge: text is raw octets */
  EHLO_SERVER_ANSWER_REFUSE = 3,    /* ehlo_server_refuse_message: id is ignored */
  EHLO_SERVER_ANSWER_DECLINE = 4    /* ehlo_server_decline */
};

/* An answer for ehlo_server_advance. */
typedef struct ehlo_server_answer {
  uint32_t id;
  uint32_t kind;     /* EHLO_SERVER_ANSWER_* */
  uint32_t code;     /* REPLY, REFUSE */
  uint32_t enhanced; /* EHLO_ENHANCED(), EHLO_ENHANCED_NONE, or 0 for the default */
  ehlo_span text;    /* an offset and a length in `texts` of the call */
  int32_t error;     /* set by the call: what the single call would return */
  uint32_t reserved; /* 0 */
} ehlo_server_answer;

#endif
