/* ehlo_server_types.h - the options, events and answers of servers: plain data. */
#ifndef EHLO_SERVER_TYPES_H
#define EHLO_SERVER_TYPES_H

#include "ehlo_rows.h"

/* ---- server configuration ---- */

/* Questions. Those in `asks` wait for the program; the others get their default answer and are reported. Which other
 * commands wait stands in `command_asks`. */
enum {
  EHLO_ASK_GREETING = 1 << 0, /* default 220 */
  EHLO_ASK_HELLO = 1 << 1,    /* default 250 */
  EHLO_ASK_MAIL = 1 << 2,     /* default 250 2.1.0 */
  EHLO_ASK_RCPT = 1 << 3,     /* default 250 2.1.5 */
  EHLO_ASK_DATA = 1 << 4,     /* default 354 */
  EHLO_ASK_CHUNK = 1 << 5,    /* a BDAT chunk that is not the last has arrived; default 250 2.0.0 */
  EHLO_ASK_MESSAGE = 1 << 6,  /* default 250 2.0.0; LMTP: one for each accepted recipient */
  EHLO_ASK_STARTTLS = 1 << 7, /* default 220 */
  EHLO_ASK_AUTH = 1 << 8,     /* default 454 4.7.0 */
  EHLO_ASK_RSET = 1 << 9,     /* default 250 2.0.0; the transaction is gone whatever the answer */
  EHLO_ASK_QUIT = 1 << 10     /* default 221 2.0.0; the session ends whatever the answer */
};
#define EHLO_ASK_DEFAULT ((uint32_t)(EHLO_ASK_MAIL | EHLO_ASK_RCPT | EHLO_ASK_MESSAGE | EHLO_ASK_AUTH))

/* EHLO_SERVER_FLAG_* bits of ehlo_server_options.flags */
/* 530 5.7.0 before TLS, but for NOOP EHLO STARTTLS QUIT (RFC 3207 4) */
#define EHLO_SERVER_FLAG_REQUIRE_TLS 1u
/* 530 5.7.0 before AUTH, but for AUTH EHLO HELO NOOP RSET QUIT STARTTLS */
#define EHLO_SERVER_FLAG_REQUIRE_AUTH 2u
/* TLS is active from the first octet (RFC 8314) */
#define EHLO_SERVER_FLAG_IMPLICIT_TLS 8u
/* plaintext behind STARTTLS closes instead of being dropped */
#define EHLO_SERVER_FLAG_CLOSE_ON_INJECTION 16u
/* let limits go below the minimum of RFC 5321 4.5.3.1 */
#define EHLO_SERVER_FLAG_BELOW_MINIMUM 32u
/* accept address literals with unregistered tags */
#define EHLO_SERVER_FLAG_GENERAL_LITERALS 64u
/* announce and serve AUTH without TLS too. RISK: passwords in clear text */
#define EHLO_SERVER_FLAG_PLAINTEXT_AUTH 128u
/* 550 5.6.0 for content with a NUL. RISK without it: receivers that drop NULs or stop at them see another text, though
 * never another end of it */
#define EHLO_SERVER_FLAG_REFUSE_NUL 256u

/* How a server behaves. Fill with ehlo_server_options_init, then change what you need. Strings and rows are copied. */
typedef struct ehlo_server_options {
  size_t struct_size;
  const char* hostname;   /* our name in the greeting and in replies: a domain or an address literal */
  const char* mechanisms; /* SASL mechanisms, "PLAIN LOGIN"; NULL or "": AUTH is not announced; see PLAINTEXT_AUTH */
  const ehlo_rows* rows;  /* extensions, parameters and verbs of the program; NULL: none */
  const ehlo_keyword_line* lines; /* of the EHLO reply */
  uint32_t line_size, line_count; /* line_size: sizeof(ehlo_keyword_line); 256 at most */
  uint32_t unknown_params;        /* EHLO_UNKNOWN_* */
  uint32_t unknown_verbs;         /* likewise, but IGNORE */
  uint64_t extensions;            /* EHLO_EXT_BIT(x) */
  uint64_t command_asks;         /* EHLO_VERB_BIT(x) of verbs without EHLO_COMMAND_SESSION whose COMMAND events wait for
                                    the program; the others get the answer of their row. Default 0 */
  uint64_t max_message_octets;   /* announced by SIZE; 0: no fixed limit */
  uint64_t max_discard_octets;   /* how much is read and dropped before 421 4.7.0 and the end; default 16 MiB: of an
                                    over-long line, of a refused chunk, and of a message behind its refusal by
                                    ehlo_server_refuse_message or behind max_message_octets, in DATA or its chunks */
  uint32_t protocol;             /* EHLO_PROTOCOL_* */
  uint32_t asks;                 /* EHLO_ASK_* bits that the program answers */
  uint32_t flags;                /* EHLO_SERVER_FLAG_* */
  uint32_t max_line_octets;      /* every command line, with CRLF; 0: 512 and what the offered extensions add, and for
                                   AUTH, where it is offered, max_auth_line_octets */
  uint32_t max_auth_line_octets; /* a line of the AUTH exchange, with CRLF, and the AUTH command, whose initial response
                                   may be as long (a token of OAUTH) and is never held to less than other commands;
                                   default 12288 (RFC 4954 4.3) */
  uint32_t max_data_line_octets; /* content line, with CRLF, without a stuffed dot; 0: no limit. Reported, refused with
                                    554 */
  uint32_t max_recipients;       /* accepted in a transaction; LMTP: and eight times as many RCPT; default 1000; then
                                    452 4.5.3 */
  uint32_t max_messages;         /* transactions of a connection; 0: no limit; then 421 4.7.0 at MAIL */
  uint32_t max_errors;        /* lines and chunks that the library refused by itself, then 421 4.7.0; default 20; 0: no
                                 limit. Refusals of content and of AUTH exchanges have limits of their own */
  uint32_t max_idle_commands; /* commands since the last accepted MAIL or RCPT, or BDAT with octets, then 421 4.7.0;
                                 default 1000; 0: no limit */
  uint32_t max_auth_attempts; /* AUTH commands that failed; the next gets 421 4.7.0; default 3; 0: no limit */
  uint32_t max_auth_challenges; /* challenges of one exchange; default 16 */
  uint32_t recipient_window;    /* recipients that may be undecided at a time; default 16; 1 to 1000 */
  uint32_t reply_queue;         /* replies not yet taken by ehlo_server_output; default 16; 4 to 4096; allocated when
                                 * a second one waits; without memory one at a time is taken */
  uint32_t reply_text_octets; /* text of the program's own replies not yet sent; default 4096; allocated at first use */
  uint32_t command_endings;   /* EHLO_ENDING_* */
  uint32_t data_endings;      /* EHLO_ENDING_*; for BDAT too, unless BODY=BINARYMIME says that its octets are no text
                                 (RFC 3030 2, 3) */
  uint32_t reserved;          /* 0 */
  uint32_t max_local_part_octets; /* of a local part as sent, with its quotes, then 501 5.1.3 or 5.1.7; not below 64;
                                     0, the default: no limit but the line's (RFC 5321 4.5.3.1 asks for none) */
  uint32_t max_path_octets;       /* of a path with its angle brackets; not below 256; likewise */
} ehlo_server_options;

/* ---- events ---- */

/* An "ask" is answered with its id, a "tell" needs no answer. */
enum {
  EHLO_SERVER_EVENT_NONE = 0,
  /* ask: the connection is new; first, unless the session ends before */
  EHLO_SERVER_EVENT_GREETING = 1,
  /* ask: EHLO HELO LHLO; text: host; kind: EHLO_DOMAIN_*; verb */
  EHLO_SERVER_EVENT_HELLO = 2,
  /* ask: path, params; number: declared SIZE or 0; kind: EHLO_BODY_*; EHLO_FLAG_SMTPUTF8 */
  EHLO_SERVER_EVENT_MAIL = 3,
  /* ask: path, params; index: which RCPT of the transaction, from 0 */
  EHLO_SERVER_EVENT_RCPT = 4,
  /* ask: accept gives 354 */
  EHLO_SERVER_EVENT_DATA = 5,
  /* tell: a chunk of `number` octets follows; EHLO_FLAG_LAST */
  EHLO_SERVER_EVENT_BDAT = 6,
  /* tell: content; body: spans of the buffer (see EHLO_OFF_CRLF) */
  EHLO_SERVER_EVENT_BODY = 7,
  /* ask: a chunk that is not the last is complete; number: octets of the message so far */
  EHLO_SERVER_EVENT_CHUNK = 8,
  /* ask: the message is complete; number: its octets; LMTP: index: that of its RCPT */
  EHLO_SERVER_EVENT_MESSAGE = 9,
  /* tell: the open transaction is gone (RSET, EHLO, refusal, end); drop what you hold of it. error: why, if it was a
   * refusal by the library */
  EHLO_SERVER_EVENT_ABORT = 10,
  /* ask */
  EHLO_SERVER_EVENT_RSET = 11,
  /* ask */
  EHLO_SERVER_EVENT_QUIT = 12,
  /* ask: accept gives 220; see ehlo_server_tls_started */
  EHLO_SERVER_EVENT_STARTTLS = 13,
  /* ask: text: mechanism; response: initial response as sent, absent if none */
  EHLO_SERVER_EVENT_AUTH = 14,
  /* ask: response: base64 as sent, strict */
  EHLO_SERVER_EVENT_AUTH_RESPONSE = 15,
  /* tell: the exchange is over without a result; error: why */
  EHLO_SERVER_EVENT_AUTH_ABORT = 16,
  /* ask: a verb that needs nothing of the session. verb: EHLO_VERB_*; EHLO_VERB_OWN and its place for one of the
   * program's rows, EHLO_VERB_UNKNOWN for one that `unknown_verbs` hands over: these two always wait. response: the
   * verb as sent; text, number, kind, path, params and flags: the argument, as its kind says (ehlo_argument); text is
   * absent where nothing follows, and all that follows an UNKNOWN one. EHLO_FLAG_SMTPUTF8: the reply may have UTF-8.
   * One that does not wait has had the default answer of its row: the yes, or with EHLO_COMMAND_DECLINED the no */
  EHLO_SERVER_EVENT_COMMAND = 17,
  /* tell: the library refused a line by itself; error; number: the offset in the line (an over-long line: its octets);
   * code: the reply; kind: EHLO_JUNK_* */
  EHLO_SERVER_EVENT_REJECTED = 18,
  /* tell: bare CR or LF in a line (number: offset in it; line; the line's own event follows), or what is wrong with
   * content (number: octets from its start; once a kind and message); error */
  EHLO_SERVER_EVENT_VIOLATION = 19,
  /* tell: `number` octets of plaintext behind STARTTLS were dropped; once TLS has started */
  EHLO_SERVER_EVENT_PLAINTEXT = 20,
  /* tell: the session ends; error: EHLO_OK after QUIT, else why. Send the rest, then close */
  EHLO_SERVER_EVENT_CLOSE = 21
};

/* EHLO_FLAG_SECRET says that `line`, and what other spans show of it, may hold credentials: do not log them. It is on
 * every event of an AUTH exchange, of an AUTH line that was refused, and of a line that begins with AUTH in some other
 * way ("AUTHX", white space in front, too long), and of a verb with EHLO_COMMAND_SECRET. A client that does not wait
 * sends its responses whatever came of AUTH: so from the AUTH line on, and behind the end of its exchange, the flag is
 * on every line too (REJECTED, VIOLATION, a COMMAND of an unknown verb) until there is one that the library reads
 * as a command without an error, which does not bear it for that. That command may then be refused for the moment. */

/* What a rejected line looks like. */
enum { EHLO_JUNK_NONE = 0, EHLO_JUNK_HTTP = 1, EHLO_JUNK_TLS = 2 };

/* Offsets are into the buffer of the call that gave the event. Fields that an event does not name are 0 or absent. */
typedef struct ehlo_server_event {
  uint32_t type;  /* EHLO_SERVER_EVENT_* */
  uint32_t id;    /* not 0: an ask; answer it with this id */
  uint32_t flags; /* EHLO_FLAG_* */
  int32_t error;  /* ehlo_rc */
  uint64_t number;
  ehlo_span line; /* the command line without its CRLF; absent where there is none or it was too long */
  ehlo_span text;
  ehlo_span response;
  ehlo_path path;
  ehlo_range params; /* of batch.params */
  ehlo_range body;   /* of batch.spans */
  uint32_t index;
  uint32_t verb; /* EHLO_VERB_* where the event comes from a command */
  uint32_t kind;
  uint32_t code;
} ehlo_server_event;

/* The program's arrays, filled by a call. The counts are set to 0 first. A `size` is that of an element of the
 * program's, `sizeof *events`, so that elements can grow. */
typedef struct ehlo_server_batch {
  ehlo_server_event* events;
  ehlo_span* spans;                            /* bodies */
  ehlo_param* params;                          /* may be NULL: parameters are validated, but not handed over */
  uint32_t event_size, event_cap, event_count; /* cap: at least EHLO_SERVER_EVENTS_MIN */
  uint32_t span_cap, span_count;               /* cap: at least EHLO_SPANS_MIN */
  uint32_t param_size, param_cap, param_count; /* cap: at least EHLO_PARAMS_MAX, if params is not NULL */
  int32_t error; /* EHLO_E_ARGUMENT: an array or an element is too small, nothing was done; else EHLO_OK */
  uint32_t reserved;
} ehlo_server_batch;

#define EHLO_SERVER_EVENTS_MIN 8

/* ---- answers in one call ---- */

/* What an answer is. */
enum {
  EHLO_SERVER_ANSWER_ACCEPT = 0,    /* ehlo_server_accept */
  EHLO_SERVER_ANSWER_REPLY = 1,     /* ehlo_server_reply */
  EHLO_SERVER_ANSWER_CHALLENGE = 2, /* ehlo_server_challenge: text is raw octets */
  EHLO_SERVER_ANSWER_REFUSE = 3,    /* ehlo_server_refuse_message: id is not looked at */
  EHLO_SERVER_ANSWER_DECLINE = 4    /* ehlo_server_decline */
};

/* An answer, given by the call that it is passed to. */
typedef struct ehlo_server_answer {
  uint32_t id;
  uint32_t kind;     /* EHLO_SERVER_ANSWER_* */
  uint32_t code;     /* REPLY, REFUSE */
  uint32_t enhanced; /* EHLO_ENHANCED(), EHLO_ENHANCED_NONE, or 0 for the default */
  ehlo_span text;    /* offset and length in `texts` of the call */
  int32_t error;     /* set by the call: what the single call would have given */
  uint32_t reserved; /* 0 */
} ehlo_server_answer;

#endif
