/* ehlo_server.h - the receiving side: configurations, events, sessions. */
#ifndef EHLO_SERVER_H
#define EHLO_SERVER_H

#include "ehlo_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- server configuration ---- */

/* Questions. Those in `asks` wait for the program; the others get their default answer and are only told. */
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
  EHLO_ASK_VRFY = 1 << 9,     /* default 252 2.0.0 */
  EHLO_ASK_EXPN = 1 << 10,    /* default 252 2.0.0 */
  EHLO_ASK_HELP = 1 << 11,    /* default 214 2.0.0 */
  EHLO_ASK_NOOP = 1 << 12,    /* default 250 2.0.0 */
  EHLO_ASK_RSET = 1 << 13,    /* default 250 2.0.0; the transaction is gone whatever the answer */
  EHLO_ASK_QUIT = 1 << 14     /* default 221 2.0.0; the session ends whatever the answer */
};
#define EHLO_ASK_DEFAULT ((uint32_t)(EHLO_ASK_MAIL | EHLO_ASK_RCPT | EHLO_ASK_MESSAGE | EHLO_ASK_AUTH))

/* EHLO_SERVER_FLAG_* bits of ehlo_server_options.flags */
#define EHLO_SERVER_FLAG_REQUIRE_TLS 1u  /* 530 5.7.0 before TLS, but for NOOP EHLO STARTTLS QUIT (RFC 3207 4) */
#define EHLO_SERVER_FLAG_REQUIRE_AUTH 2u /* 530 5.7.0 before AUTH, but for AUTH EHLO HELO NOOP RSET QUIT STARTTLS */
#define EHLO_SERVER_FLAG_IMPLICIT_TLS 8u /* TLS is active from the first octet (RFC 8314) */
#define EHLO_SERVER_FLAG_CLOSE_ON_INJECTION 16u /* plaintext behind STARTTLS closes instead of being dropped */
#define EHLO_SERVER_FLAG_BELOW_MINIMUM 32u      /* let limits go below the minimum of RFC 5321 4.5.3.1 */
#define EHLO_SERVER_FLAG_GENERAL_LITERALS 64u   /* accept address literals with unregistered tags */
#define EHLO_SERVER_FLAG_PLAINTEXT_AUTH \
  128u /* announce and serve AUTH without TLS too. RISK: passwords in clear text */
#define EHLO_SERVER_FLAG_REFUSE_NUL                                                   \
  256u /* 550 5.6.0 for content with a NUL. RISK without it: receivers that drop NULs \
          or stop at them see another text, though never another end of it */

/* Keyword rules: what to do with parameters and verbs that no offered extension knows, and EHLO lines of the
 * program's own. RULE_OFFER hands it to the program (parameter: EHLO_PARAM_UNKNOWN in the list; verb:
 * EHLO_SERVER_EVENT_COMMAND); RULE_IGNORE drops a parameter silently (not for verbs). Without a rule: 555, 500. Of the
 * rules that name a keyword, and those for "*", the first decides.
 *
 * Verbs: a rule may name AUTH, EXPN, HELP, STARTTLS or VRFY, and decides where that extension is not offered. AUTH and
 * STARTTLS can only be refused then: a yes is EHLO_E_ARGUMENT, accept gives 502; offer the extension to serve them. A
 * rule that names EHLO HELO LHLO MAIL RCPT DATA BDAT RSET NOOP or QUIT is not valid. "*" says nothing about VRFY, which
 * is served without a rule, nor about a verb that begins with BDAT, since a chunk may follow it. */
enum { EHLO_RULE_REFUSE = 0, EHLO_RULE_OFFER = 1, EHLO_RULE_IGNORE = 2 };
enum { EHLO_SCOPE_MAIL = 1, EHLO_SCOPE_RCPT = 2, EHLO_SCOPE_VERB = 4, EHLO_SCOPE_EHLO = 8 };
typedef struct ehlo_keyword_rule {
  const char* keyword; /* NUL-terminated, any case; "*" for all; with EHLO_SCOPE_EHLO the whole EHLO line */
  uint32_t scope;      /* EHLO_SCOPE_* bits */
  uint32_t action;     /* EHLO_RULE_*; not looked at for EHLO_SCOPE_EHLO */
  uint32_t octets;     /* how much longer the MAIL or RCPT line may be for it */
} ehlo_keyword_rule;

/* How a server behaves. Fill with ehlo_server_options_init, then change what you need. Strings and rules are copied. */
typedef struct ehlo_server_options {
  size_t struct_size;
  const char* hostname;   /* our name in the greeting and in replies: a domain or an address literal */
  const char* mechanisms; /* SASL mechanisms, "PLAIN LOGIN"; NULL or "": AUTH is not announced; see PLAINTEXT_AUTH */
  const ehlo_keyword_rule* rules;
  uint64_t rule_count;
  uint64_t extensions;           /* EHLO_EXT_BIT(x) */
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
  uint32_t
      max_data_line_octets;   /* content line, with CRLF, without a stuffed dot; 0: no limit. Told, refused with 554 */
  uint32_t max_recipients;    /* accepted in a transaction; LMTP: and eight times as many RCPT; default 1000; then
                                 452 4.5.3 */
  uint32_t max_messages;      /* transactions of a connection; 0: no limit; then 421 4.7.0 at MAIL */
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

/* The defaults. `size` is sizeof(ehlo_server_options) of the program; a smaller struct of an older header works. */
EHLO_API void ehlo_server_options_init(ehlo_server_options* options, size_t size);

/* The name of the first field that is out of range, such as "max_recipients"; NULL: all are valid. "struct_size" where
 * that is too small, or an option that this library does not know is set. Static. */
EHLO_API const char* ehlo_server_options_check(const ehlo_server_options* options);

typedef struct ehlo_server_config ehlo_server_config;

/* An immutable configuration from `options`, which may be dropped afterwards. `allocator` may be NULL. NULL on
 * failure, with the reason in *error if that is not NULL: EHLO_E_ARGUMENT (ehlo_server_options_check names the field),
 * EHLO_E_MEMORY. Sessions hold references of their own: the program may free its reference at any time, before them
 * or after them, and not use the configuration then. Its memory goes back to its allocator with the last reference. */
EHLO_API ehlo_server_config* ehlo_server_config_new(const ehlo_server_options* options, const ehlo_allocator* allocator,
                                                    int32_t* error);
EHLO_API void ehlo_server_config_free(ehlo_server_config* config);

/* ---- events ---- */

enum {
  EHLO_SERVER_EVENT_NONE = 0,
  EHLO_SERVER_EVENT_GREETING = 1, /* ask: the connection is new; first, unless the session ends before */
  EHLO_SERVER_EVENT_HELLO = 2,    /* ask: EHLO HELO LHLO; text: host; kind: EHLO_DOMAIN_*; verb */
  EHLO_SERVER_EVENT_MAIL = 3, /* ask: path, params; number: declared SIZE or 0; kind: EHLO_BODY_*; EHLO_FLAG_SMTPUTF8 */
  EHLO_SERVER_EVENT_RCPT = 4, /* ask: path, params; index: which RCPT of the transaction, from 0 */
  EHLO_SERVER_EVENT_DATA = 5, /* ask: accept gives 354 */
  EHLO_SERVER_EVENT_BDAT = 6, /* tell: a chunk of `number` octets follows; EHLO_FLAG_LAST */
  EHLO_SERVER_EVENT_BODY = 7, /* tell: content; body: spans of the buffer (see EHLO_OFF_CRLF) */
  EHLO_SERVER_EVENT_CHUNK = 8, /* ask: a chunk that is not the last is complete; number: octets of the message so far */
  EHLO_SERVER_EVENT_MESSAGE = 9, /* ask: the message is complete; number: its octets; LMTP: index: that of its RCPT */
  EHLO_SERVER_EVENT_ABORT = 10,  /* tell: the open transaction is gone (RSET, EHLO, refusal, end); drop what you hold of
                             it.  error: why, if it was a refusal by the library */
  EHLO_SERVER_EVENT_RSET = 11,   /* ask */
  EHLO_SERVER_EVENT_NOOP = 12,   /* ask: text: argument */
  EHLO_SERVER_EVENT_HELP = 13,   /* ask: text: argument */
  EHLO_SERVER_EVENT_VRFY = 14,   /* ask: text: argument; EHLO_FLAG_SMTPUTF8: the reply may have UTF-8 */
  EHLO_SERVER_EVENT_EXPN = 15,   /* likewise */
  EHLO_SERVER_EVENT_QUIT = 16,   /* ask */
  EHLO_SERVER_EVENT_STARTTLS = 17,      /* ask: accept gives 220; see ehlo_server_tls_started */
  EHLO_SERVER_EVENT_AUTH = 18,          /* ask: text: mechanism; response: initial response as sent, absent if none */
  EHLO_SERVER_EVENT_AUTH_RESPONSE = 19, /* ask: response: base64 as sent, strict */
  EHLO_SERVER_EVENT_AUTH_ABORT = 20,    /* tell: the exchange is over without a result; error: why */
  EHLO_SERVER_EVENT_COMMAND = 21,       /* ask: a verb let through by a rule; text: verb; response: what follows it */
  EHLO_SERVER_EVENT_REJECTED = 22,  /* tell: the library refused a line by itself; error; number: the offset in the line
                                (an  over-long line: its octets); code: the reply; kind: EHLO_JUNK_* */
  EHLO_SERVER_EVENT_VIOLATION = 23, /* tell: bare CR or LF in a line (number: offset in it; line; the line's own event
                                follows), or what is wrong with content (number: octets from its start; once a kind
                                and message); error */
  EHLO_SERVER_EVENT_PLAINTEXT =
      24, /* tell: `number` octets of plaintext behind STARTTLS were dropped; once TLS has started */
  EHLO_SERVER_EVENT_CLOSE =
      25 /* tell: the session ends; error: EHLO_OK after QUIT, else why. Send the rest, then close */
};

/* EHLO_FLAG_SECRET says that `line`, and what other spans show of it, may hold credentials: do not log them. It is on
 * every event of an AUTH exchange, of an AUTH line that was refused, and of a line that begins with AUTH in some other
 * way ("AUTHX", white space in front, too long). A client that does not wait sends its responses whatever came of AUTH:
 * so from the AUTH line on, and behind the end of its exchange, the flag is on every line too (REJECTED, VIOLATION, a
 * COMMAND that a rule lets through) until there is one that the library reads as a command without an error, which does
 * not bear it. That command may then be refused for the moment. */

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

/* The program's arrays, filled by a call. The counts are set to 0 first. */
typedef struct ehlo_server_batch {
  ehlo_server_event* events;
  ehlo_span* spans;                /* bodies */
  ehlo_param* params;              /* may be NULL: parameters are judged, but not handed over */
  uint32_t event_cap, event_count; /* cap: at least EHLO_SERVER_EVENTS_MIN */
  uint32_t span_cap, span_count;   /* cap: at least EHLO_SPANS_MIN */
  uint32_t param_cap, param_count; /* cap: at least EHLO_PARAMS_MAX, if params is not NULL */
  int32_t error;                   /* EHLO_E_ARGUMENT: an array is too small, nothing was done; else EHLO_OK */
  uint32_t reserved;
} ehlo_server_batch;

#define EHLO_SERVER_EVENTS_MIN 8
#define EHLO_SPANS_MIN 8

/* The parameter `id` of an event, or NULL. */
EHLO_API const ehlo_param* ehlo_server_event_param(const ehlo_server_batch* batch, const ehlo_server_event* event,
                                                   uint32_t id);
EHLO_API const char* ehlo_server_event_name(uint32_t type);

/* ---- server session ---- */

typedef struct ehlo_server ehlo_server;

/* A session for a new connection. NULL: no memory. It holds a reference to `config`; `allocator` may be NULL. */
EHLO_API ehlo_server* ehlo_server_new(const ehlo_server_config* config, const ehlo_allocator* allocator);
EHLO_API void ehlo_server_free(ehlo_server* server);

/* Shows `length` octets of input, starting with those that the last call did not consume, and fills the batch.
 * Gives the number of octets consumed; keep the rest and show it again with what comes next. To be called once with
 * nothing (length 0) when the connection opens, and again whenever an answer was given or output was taken while
 * ehlo_server_wants says so. The buffer must be able to hold the longest line that the configuration permits
 * (ehlo_server_config_max_line). Octets shown after the end of the session are consumed and ignored. */
EHLO_API size_t ehlo_server_receive(ehlo_server* server, const void* input, size_t length, ehlo_server_batch* batch);

/* The longest command or AUTH line in octets that sessions of this configuration wait for. */
EHLO_API size_t ehlo_server_config_max_line(const ehlo_server_config* config);

/* Answers. Each takes the id of an ask once; asks may be answered late, and several RCPT or MESSAGE asks in any order.
 * EHLO_E_ID: no such ask is open; EHLO_E_ARGUMENT: the answer does not fit the ask or the text may not be sent;
 * EHLO_E_SPACE: reply_text_octets are in use; take output first, or where the first ask is the open one, say less or
 * decline it; EHLO_E_MEMORY. On an error nothing has changed.
 *
 * accept: the positive default, and decline the negative one: 451 4.3.0, for AUTH 454 4.7.0, for GREETING 421 and the
 * end of the session. They need no room and no memory and cannot fail but with EHLO_E_ID: what is to be refused and
 * cannot be in words of the program's can be declined. reply: `code` 200 to 599 (3yz only where the command has it),
 * `enhanced` such as "5.1.1" or NULL for a default of the code's class (it is sent if ENHANCEDSTATUSCODES is offered),
 * `text` in printable ASCII and HT (UTF-8 where the command allowed it); "\n" or "\r\n" in it starts a new line of a
 * multi-line reply; long lines are folded at 512 octets. In a positive answer to GREETING or HELLO it stands behind our
 * name, in one to HELLO it is one line of at most 200 octets. A code of class 2 accepts, 4 and 5 refuse. 421 also ends
 * the session; asks that are open then are still to be answered, and their replies leave behind it.
 *
 * Once the session has ended, a yes that would let the client go on is sent as 421 4.3.2: to GREETING, HELLO, DATA,
 * STARTTLS and AUTH, a challenge too. The call succeeds, and nothing follows from it. Answers about recipients and
 * messages leave as they are: what was accepted is not lost. */
EHLO_API int32_t ehlo_server_accept(ehlo_server* server, uint32_t id);
EHLO_API int32_t ehlo_server_decline(ehlo_server* server, uint32_t id);
EHLO_API int32_t ehlo_server_reply(ehlo_server* server, uint32_t id, uint32_t code, const char* enhanced,
                                   const char* text, size_t text_length);

/* Answers an AUTH or AUTH_RESPONSE ask with a challenge of raw octets; it goes out as 334 and base64. EHLO_E_STATE: the
 * exchange has had max_auth_challenges challenges; refuse it. EHLO_E_ARGUMENT: another ask, or more than 9000 octets.
 * EHLO_E_SPACE: more than is free of reply_text_octets, which a longer challenge than 4 KB needs raised. EHLO_E_ID and
 * EHLO_E_MEMORY as above. */
EHLO_API int32_t ehlo_server_challenge(ehlo_server* server, uint32_t id, const void* challenge, size_t length);

/* Decides the message that is arriving before its end: no more BODY events come, the rest is read and dropped, and
 * its reply (each of its replies in LMTP) is this refusal, class 4 or 5; a 421 ends the session behind it. Of the rest
 * max_discard_octets are read at most: beyond, the reply is 421 and the session ends. Between DATA
 * or BDAT and the MESSAGE ask; EHLO_E_STATE otherwise, also where that ask is in the same batch as the BODY: refuse the
 * ask then. Text rules and the other errors as for ehlo_server_reply. */
EHLO_API int32_t ehlo_server_refuse_message(ehlo_server* server, uint32_t code, const char* enhanced, const char* text,
                                            size_t text_length);

/* Writes as much of the pending replies as fits and gives the number of octets written. Less than `capacity`: that was
 * all there is to send now. */
EHLO_API size_t ehlo_server_output(ehlo_server* server, void* out, size_t capacity);

/* EHLO_WANT_* bits: all that an event loop needs. */
EHLO_API uint32_t ehlo_server_wants(const ehlo_server* server);

/* Reports the outcome of the handshake that EHLO_WANT_TLS asked for. It is asked for when the 220 has been taken and
 * all input that had been read before was shown: such plaintext is dropped by the session, not by the program.
 * EHLO_E_STATE if it did not. After `started` the session is as after its greeting (RFC 3207 4.2), and input is what
 * TLS decrypted; after `failed` it ends. */
EHLO_API int32_t ehlo_server_tls_started(ehlo_server* server);
EHLO_API int32_t ehlo_server_tls_failed(ehlo_server* server);

/* The peer has closed, or the transport has failed: nothing after it counts, an open message is gone. The events of it
 * (ABORT, CLOSE) come with the next receive. */
EHLO_API void ehlo_server_eof(ehlo_server* server);

/* The time of ehlo_server_timeout has passed: 421 4.4.2 and the end. */
EHLO_API void ehlo_server_timed_out(ehlo_server* server);

/* The program ends the session: 421 with `text` (NULL: a default, and `enhanced` is not looked at) as soon as the
 * replies before it are decided: asks that are open still want their answers, behind CLOSE too (see there for what
 * becomes of a yes). A 220 to STARTTLS that has not been taken is not sent; behind one that has, nothing can be said
 * any more. EHLO_E_STATE: it has ended; EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY as for ehlo_server_reply, never
 * without a text. */
EHLO_API int32_t ehlo_server_shutdown(ehlo_server* server, const char* enhanced, const char* text, size_t text_length);

/* What is waited for now, and how long at most. NONE once the session has ended: how long its last replies may take to
 * leave is the program's to bound. */
EHLO_API ehlo_timeout ehlo_server_timeout(const ehlo_server* server);

/* EHLO_FACT_* bits. */
EHLO_API uint32_t ehlo_server_facts(const ehlo_server* server);

/* The protocol of the "with" clause (RFC 3848, RFC 6531 4.3): "ESMTPSA", "LMTP", "UTF8SMTP". Static. */
EHLO_API const char* ehlo_server_protocol_name(const ehlo_server* server);

/* Ends a session without closing its connection, which goes on with a session of the other role (TURN, RFC 821; ATRN,
 * RFC 2645) and with the octets that this one did not consume: EHLO_E_STATE unless it is idle (nothing to send, asked
 * or in a transaction, and not within an over-long line or a refused chunk). Afterwards wants gives 0 and the session
 * is only to be freed. */
EHLO_API int32_t ehlo_server_release(ehlo_server* server);

#ifdef __cplusplus
}
#endif
#endif
