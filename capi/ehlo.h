/* ehlo.h - the C API of libehlo, the SMTP protocol core.
 *
 * The library does no input or output, keeps no clock and starts no thread. The program reads bytes from its
 * transport into a buffer of its own, shows the buffer to a session, executes the events that come back, drops
 * what was consumed and sends what the session has to say.
 *
 * Every view in an event is an offset and a length into the buffer of the same call; nothing in the library points
 * at the program's memory after a call has returned. A session belongs to one thread at a time. A configuration is
 * immutable once made, may be shared by all threads, and must outlive its sessions. */
#ifndef EHLO_H
#define EHLO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define EHLO_API __attribute__((visibility("default")))
#else
#define EHLO_API
#endif

#define EHLO_VERSION_MAJOR 0
#define EHLO_VERSION_MINOR 1
#define EHLO_VERSION_PATCH 0
#define EHLO_VERSION "0.1.0"

/* The version of the library that runs, as text ("0.1.0") and as major * 10000 + minor * 100 + patch. */
EHLO_API const char* ehlo_version(void);
EHLO_API uint32_t ehlo_version_number(void);

/* ---- views ---- */

/* A piece of the buffer of the same call. `off` is EHLO_ABSENT where the thing is not there at all. */
typedef struct ehlo_span {
  uint32_t off, len;
} ehlo_span;

#define EHLO_ABSENT UINT32_MAX
/* In the spans of a body: two octets CR LF that stand in no buffer (a repaired line ending). */
#define EHLO_OFF_CRLF (UINT32_MAX - 1)

/* `count` elements from index `first` of an array of the batch. */
typedef struct ehlo_range {
  uint32_t first, count;
} ehlo_range;

/* ---- errors ---- */

/* 0 is success; every error is negative. Values are never reused. */
typedef enum ehlo_rc {
  EHLO_OK = 0,
  /* mistakes of the program; the session is unchanged */
  EHLO_E_ARGUMENT = -1,    /* an argument is out of range, or text that may not be sent (CR, NUL, other controls) */
  EHLO_E_STATE = -2,       /* not a call for this moment */
  EHLO_E_ID = -3,          /* no question with this id waits for an answer */
  EHLO_E_MEMORY = -4,      /* the allocator gave nothing */
  EHLO_E_SPACE = -5,       /* the array or buffer of the call is too small */
  EHLO_E_NOT_OFFERED = -6, /* the server has not announced what the call needs */
  EHLO_E_INCOMPLETE = -7,  /* more input is needed */
  /* faults of the peer: command lines */
  EHLO_E_LINE_TOO_LONG = -20,
  EHLO_E_SYNTAX = -21,            /* no verb, a control character, or wrong arguments up to and including the path */
  EHLO_E_UNKNOWN_COMMAND = -22,   /* the verb is none of this protocol */
  EHLO_E_NOT_IMPLEMENTED = -23,   /* the verb is known, its extension is not offered */
  EHLO_E_BAD_PARAMETER = -24,     /* no list of parameters, one comes twice, or a value is wrong */
  EHLO_E_UNKNOWN_PARAMETER = -25, /* well formed, but not known, not offered, or not of this command */
  EHLO_E_SIZE_OVERFLOW = -26,     /* a number of more than 64 bits */
  EHLO_E_NEEDS_SMTPUTF8 = -27,    /* a non-ASCII path without the SMTPUTF8 parameter (RFC 6531 3.5) */
  EHLO_E_BAD_SEQUENCE = -28,      /* a command that is not legal in this state */
  EHLO_E_BAD_BASE64 = -29,        /* RFC 4954 4: not strict base64 */
  EHLO_E_BAD_MECHANISM = -30,     /* the SASL mechanism is not offered */
  EHLO_E_TLS_REQUIRED = -31,      /* refused before TLS by policy */
  EHLO_E_AUTH_REQUIRED = -32,     /* refused before authentication by policy */
  EHLO_E_TOO_MANY_RECIPIENTS = -33,
  EHLO_E_MESSAGE_TOO_LARGE = -34, /* above the limit that SIZE announces */
  EHLO_E_NO_RECIPIENTS = -35,     /* DATA or BDAT with no accepted recipient */
  EHLO_E_AUTH_CANCELLED = -36,    /* the client sent "*" (RFC 4954 4) */
  EHLO_E_TOO_MANY_MESSAGES = -37,
  EHLO_E_BAD_CHUNK = -38,          /* a BDAT whose length cannot be known: the stream is lost */
  EHLO_E_AUTH_LINE_TOO_LONG = -39, /* a line of the AUTH exchange above max_auth_line_octets (RFC 4954 6) */
  /* faults of the peer: content */
  EHLO_E_BARE_LF = -50,
  EHLO_E_BARE_CR = -51,
  EHLO_E_DATA_LINE_TOO_LONG = -52,
  EHLO_E_FALSE_END = -53, /* a dot line whose line ends are not both CRLF: the smuggling sequences */
  /* why a session ends */
  EHLO_E_TOO_MANY_ERRORS = -70,
  EHLO_E_TIMEOUT = -71,
  EHLO_E_CONNECTION_LOST = -72,
  EHLO_E_TLS_FAILED = -73,
  EHLO_E_TLS_INJECTION = -74, /* plaintext behind STARTTLS, where the policy is to close */
  EHLO_E_SHUTDOWN = -75,      /* the program said so */
  EHLO_E_TOO_MANY_COMMANDS = -76,
  EHLO_E_TOO_MUCH_JUNK = -77, /* the discard budget is spent */
  /* faults of the peer: replies */
  EHLO_E_MALFORMED_REPLY = -90,   /* no code of class 2 to 5, no separator behind it, or a NUL */
  EHLO_E_CODE_MISMATCH = -91,     /* lines of one reply with different codes */
  EHLO_E_REPLY_TOO_LONG = -92,    /* a line, the number of lines or the size is above its limit */
  EHLO_E_UNEXPECTED_CODE = -93,   /* a reply that the command cannot have */
  EHLO_E_UNSOLICITED_REPLY = -94, /* a reply that no command is waiting for */
  EHLO_E_HELLO_REFUSED = -95      /* 4yz or 5yz to EHLO and, where it was tried, HELO */
} ehlo_rc;

enum { EHLO_FAULT_NONE = 0, EHLO_FAULT_PROGRAM = 1, EHLO_FAULT_PEER = 2 };

/* What is known of an error. The strings are static. */
typedef struct ehlo_error_info {
  const char* name;     /* "line-too-long" */
  const char* enhanced; /* enhanced status code of the reply that a server should give, NULL if none */
  const char* text;     /* its text */
  uint16_t code;        /* its reply code, 0 if none */
  uint8_t fault;        /* EHLO_FAULT_* */
  uint8_t fatal;        /* 1: the session cannot go on */
} ehlo_error_info;

/* Facts about `error`; an unknown value gives the name "unknown-error". Never NULL. */
EHLO_API const ehlo_error_info* ehlo_error(int32_t error);
EHLO_API const char* ehlo_error_name(int32_t error);

/* ---- memory ---- */

/* Where the library takes its memory; NULL stands for malloc and free. `release` gets the size that was asked for.
 * Both must be callable from the thread that uses the object they were given with. */
typedef struct ehlo_allocator {
  void* (*allocate)(void* context, size_t octets); /* aligned as malloc does; NULL: none left */
  void (*release)(void* context, void* memory, size_t octets);
  void* context;
} ehlo_allocator;

/* ---- extensions, verbs, parameters ---- */

/* The service extensions. A set of them is the bits EHLO_EXT_BIT(x). */
enum {
  EHLO_EXT_PIPELINING = 0,
  EHLO_EXT_SIZE = 1,
  EHLO_EXT_8BITMIME = 2,
  EHLO_EXT_ENHANCEDSTATUSCODES = 3,
  EHLO_EXT_DSN = 4,
  EHLO_EXT_STARTTLS = 5,
  EHLO_EXT_AUTH = 6,
  EHLO_EXT_CHUNKING = 7,
  EHLO_EXT_BINARYMIME = 8,
  EHLO_EXT_SMTPUTF8 = 9,
  EHLO_EXT_REQUIRETLS = 10,
  EHLO_EXT_HELP = 11,
  EHLO_EXT_EXPN = 12,
  EHLO_EXT_VRFY = 13
};
#define EHLO_EXT_BIT(x) ((uint64_t)1 << (x))
/* PIPELINING SIZE 8BITMIME ENHANCEDSTATUSCODES DSN CHUNKING BINARYMIME SMTPUTF8 HELP: what needs nothing of the
 * program. STARTTLS, AUTH, REQUIRETLS, EXPN and VRFY are offered by a program that serves them. */
#define EHLO_EXT_DEFAULT ((uint64_t)0x0b9f)

/* The bit of an extension by its EHLO keyword in any case, 0 if there is none. */
EHLO_API uint64_t ehlo_extension_bit(const char* keyword, size_t length);
/* The other way round, in upper case; "?" unless it is one bit of a known extension. Static. */
EHLO_API const char* ehlo_extension_name(uint64_t bit);

enum {
  EHLO_VERB_UNKNOWN = 0,
  EHLO_VERB_EHLO = 1,
  EHLO_VERB_HELO = 2,
  EHLO_VERB_LHLO = 3,
  EHLO_VERB_MAIL = 4,
  EHLO_VERB_RCPT = 5,
  EHLO_VERB_DATA = 6,
  EHLO_VERB_BDAT = 7,
  EHLO_VERB_RSET = 8,
  EHLO_VERB_NOOP = 9,
  EHLO_VERB_QUIT = 10,
  EHLO_VERB_VRFY = 11,
  EHLO_VERB_EXPN = 12,
  EHLO_VERB_HELP = 13,
  EHLO_VERB_STARTTLS = 14,
  EHLO_VERB_AUTH = 15
};

/* The verb in upper case; "?" for EHLO_VERB_UNKNOWN. Static. */
EHLO_API const char* ehlo_verb_name(uint32_t verb);

enum {
  EHLO_PARAM_UNKNOWN = 0,
  EHLO_PARAM_SIZE = 1,     /* number: octets (RFC 1870) */
  EHLO_PARAM_BODY = 2,     /* number: EHLO_BODY_* (RFC 6152, 3030) */
  EHLO_PARAM_SMTPUTF8 = 3, /* no value (RFC 6531) */
  EHLO_PARAM_RET = 4,      /* number: EHLO_RET_* (RFC 3461 4.3) */
  EHLO_PARAM_ENVID = 5,    /* xtext (RFC 3461 4.4) */
  EHLO_PARAM_NOTIFY = 6,   /* number: EHLO_NOTIFY_* bits (RFC 3461 4.1) */
  EHLO_PARAM_ORCPT = 7,    /* detail: the address behind "type;", xtext (RFC 3461 4.2, RFC 6533 3) */
  EHLO_PARAM_AUTH = 8,     /* xtext of a mailbox, or "<>" (RFC 4954 5) */
  EHLO_PARAM_REQUIRETLS = 9
};
enum { EHLO_BODY_7BIT = 0, EHLO_BODY_8BITMIME = 1, EHLO_BODY_BINARYMIME = 2 };
enum { EHLO_RET_FULL = 1, EHLO_RET_HDRS = 2 };
enum { EHLO_NOTIFY_NEVER = 1, EHLO_NOTIFY_SUCCESS = 2, EHLO_NOTIFY_FAILURE = 4, EHLO_NOTIFY_DELAY = 8 };

/* The most parameters that one command may carry; more is EHLO_E_BAD_PARAMETER. */
#define EHLO_PARAMS_MAX 32

/* A MAIL or RCPT parameter, as sent and typed. */
typedef struct ehlo_param {
  uint16_t id;       /* EHLO_PARAM_*; EHLO_PARAM_UNKNOWN for one that a keyword rule lets through */
  uint16_t flags;    /* none yet */
  ehlo_span keyword; /* as sent, any case */
  ehlo_span value;   /* as sent; absent where there is no "=" */
  ehlo_span detail;  /* see the id; absent otherwise */
  uint64_t number;   /* see the id; 0 otherwise */
} ehlo_param;

/* ---- paths ---- */

enum {
  EHLO_DOMAIN_NONE = 0, /* null path, or bare Postmaster */
  EHLO_DOMAIN_NAME = 1,
  EHLO_DOMAIN_IPV4 = 2,
  EHLO_DOMAIN_IPV6 = 3,   /* the span holds the tag "IPv6:" too */
  EHLO_DOMAIN_GENERAL = 4 /* the span holds its tag too */
};
#define EHLO_PATH_NULL 1u       /* <> */
#define EHLO_PATH_POSTMASTER 2u /* <Postmaster> without a domain (RFC 5321 4.1.1.3) */
#define EHLO_PATH_QUOTED 4u     /* the local part is a Quoted-string */
#define EHLO_PATH_NON_ASCII 8u  /* needs SMTPUTF8 */

/* A reverse-path or forward-path (RFC 5321 4.1.2), lossless: `whole` comes back from a writer as it was sent. */
typedef struct ehlo_path {
  ehlo_span whole;      /* with its angle brackets */
  ehlo_span route;      /* source route, "@a,@b", without its colon; absent if none */
  ehlo_span local;      /* local part as sent, quotes included; empty in the null path */
  ehlo_span domain;     /* the domain, or what stands between the brackets of a literal; absent if none */
  uint32_t domain_kind; /* EHLO_DOMAIN_* */
  uint32_t flags;       /* EHLO_PATH_* */
} ehlo_path;

/* ---- server configuration ---- */

enum { EHLO_PROTOCOL_SMTP = 0, EHLO_PROTOCOL_LMTP = 1 };

/* What to do with a bare CR or LF. Whatever is chosen, each kind seen is told once a message or line.
 * The end of data is CR LF . CR LF under each of them, and a message with a dot line that is not framed by CRLF on
 * both sides (EHLO_E_FALSE_END) is refused under each of them. */
enum {
  EHLO_ENDING_REJECT = 0,    /* commands: 500; content: 550 after the true end of data */
  EHLO_ENDING_NORMALIZE = 1, /* commands: a bare LF ends the line; content: each becomes CRLF */
  EHLO_ENDING_ACCEPT = 2     /* commands: as NORMALIZE; content: passed on as it is. RISK: the next hop may read
                                another message, or another number of messages, than you did */
};

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

/* EHLO_SERVER_* bits of ehlo_server_options.flags */
#define EHLO_SERVER_REQUIRE_TLS 1u         /* 530 5.7.0 before TLS, but for NOOP EHLO STARTTLS QUIT (RFC 3207 4) */
#define EHLO_SERVER_REQUIRE_AUTH 2u        /* 530 5.7.0 before AUTH, but for AUTH EHLO HELO NOOP RSET QUIT STARTTLS */
#define EHLO_SERVER_AUTH_REQUIRES_TLS 4u   /* no mechanism is announced or served before TLS */
#define EHLO_SERVER_IMPLICIT_TLS 8u        /* TLS is active from the first octet (RFC 8314) */
#define EHLO_SERVER_CLOSE_ON_INJECTION 16u /* plaintext behind STARTTLS closes instead of being dropped */
#define EHLO_SERVER_BELOW_MINIMUM 32u      /* let limits go below the minimum of RFC 5321 4.5.3.1 */
#define EHLO_SERVER_GENERAL_LITERALS 64u   /* accept address literals with unregistered tags */

/* Keyword rules: what to do with parameters and verbs that no offered extension knows, and EHLO lines of the
 * program's own. RULE_OFFER hands it to the program (parameter: EHLO_PARAM_UNKNOWN in the list; verb:
 * EHLO_EVENT_COMMAND); RULE_IGNORE drops a parameter silently (not for verbs). Without a rule: 555, 500. */
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
  const char* mechanisms; /* SASL mechanisms, "PLAIN LOGIN"; NULL or "": AUTH is not announced */
  const ehlo_keyword_rule* rules;
  uint64_t rule_count;
  uint64_t extensions;           /* EHLO_EXT_BIT(x) */
  uint64_t max_message_octets;   /* announced by SIZE; 0: no fixed limit */
  uint64_t max_discard_octets;   /* how much of one over-long line is skipped before 421; default 16 MiB */
  uint32_t protocol;             /* EHLO_PROTOCOL_* */
  uint32_t asks;                 /* EHLO_ASK_* bits that the program answers */
  uint32_t flags;                /* EHLO_SERVER_* */
  uint32_t max_line_octets;      /* every command line, with CRLF; 0: 512 and what the offered extensions add */
  uint32_t max_auth_line_octets; /* a line of the AUTH exchange, with CRLF, not the AUTH command itself, whose
                                   limit is that of commands (RFC 4954 4); default 12288 */
  uint32_t
      max_data_line_octets;   /* content line, with CRLF, without a stuffed dot; 0: no limit. Told, refused with 554 */
  uint32_t max_recipients;    /* accepted in a transaction; LMTP: and eight times as many RCPT; default 1000; then
                                 452 4.5.3 */
  uint32_t max_messages;      /* transactions of a connection; 0: no limit; then 421 4.7.0 at MAIL */
  uint32_t max_errors;        /* 5yz replies that the library gave by itself, then 421 4.7.0; default 20; 0: no limit */
  uint32_t max_idle_commands; /* commands since the last accepted MAIL or RCPT, or BDAT with octets, then 421 4.7.0;
                                 default 1000; 0: no limit */
  uint32_t max_auth_attempts; /* AUTH commands that failed; the next gets 421 4.7.0; default 3; 0: no limit */
  uint32_t max_auth_steps;    /* challenges of one exchange; default 16 */
  uint32_t recipient_window;  /* recipients that may be undecided at a time; default 16; 1 to 1000 */
  uint32_t reply_queue;       /* replies not yet taken by ehlo_server_output; default 16; 4 to 4096 */
  uint32_t reply_text_octets; /* text of the program's own replies not yet sent; default 4096; allocated at first use */
  uint32_t command_endings;   /* EHLO_ENDING_* */
  uint32_t data_endings;      /* EHLO_ENDING_*; not applied to BDAT, whose octets are opaque (RFC 3030) */
  uint32_t reserved;          /* 0 */
} ehlo_server_options;

/* The defaults. `size` is sizeof(ehlo_server_options) of the program; a smaller struct of an older header works. */
EHLO_API void ehlo_server_options_init(ehlo_server_options* options, size_t size);

typedef struct ehlo_config ehlo_config;

/* An immutable configuration from `options`, which may be dropped afterwards. `allocator` may be NULL. NULL on
 * failure, with the reason in *error if that is not NULL: EHLO_E_ARGUMENT, EHLO_E_MEMORY. Free it after its sessions.
 */
EHLO_API ehlo_config* ehlo_config_new(const ehlo_server_options* options, const ehlo_allocator* allocator,
                                      int32_t* error);
EHLO_API void ehlo_config_free(ehlo_config* config);

/* ---- events ---- */

enum {
  EHLO_EVENT_NONE = 0,
  EHLO_EVENT_GREETING = 1,  /* ask: the connection is new */
  EHLO_EVENT_HELLO = 2,     /* ask: EHLO HELO LHLO; text: host; kind: EHLO_DOMAIN_*; verb */
  EHLO_EVENT_MAIL = 3,      /* ask: path, params; number: declared SIZE or 0 */
  EHLO_EVENT_RCPT = 4,      /* ask: path, params; index: which RCPT of the transaction, from 0 */
  EHLO_EVENT_DATA = 5,      /* ask: accept gives 354 */
  EHLO_EVENT_BDAT = 6,      /* tell: a chunk of `number` octets follows; EHLO_FLAG_LAST */
  EHLO_EVENT_BODY = 7,      /* tell: content; body: spans of the buffer (see EHLO_OFF_CRLF) */
  EHLO_EVENT_CHUNK = 8,     /* ask: a chunk that is not the last is complete; number: octets of the message so far */
  EHLO_EVENT_MESSAGE = 9,   /* ask: the message is complete; number: its octets; LMTP: index: that of its RCPT */
  EHLO_EVENT_ABORT = 10,    /* tell: the open transaction is gone (RSET, EHLO, refusal, end); drop what you hold of it.
                               error: why, if it was a refusal by the library */
  EHLO_EVENT_RSET = 11,     /* ask */
  EHLO_EVENT_NOOP = 12,     /* ask: text: argument */
  EHLO_EVENT_HELP = 13,     /* ask: text: argument */
  EHLO_EVENT_VRFY = 14,     /* ask: text: argument; EHLO_FLAG_SMTPUTF8 */
  EHLO_EVENT_EXPN = 15,     /* ask: text: argument; EHLO_FLAG_SMTPUTF8 */
  EHLO_EVENT_QUIT = 16,     /* ask */
  EHLO_EVENT_STARTTLS = 17, /* ask: accept gives 220; see ehlo_server_tls_started */
  EHLO_EVENT_AUTH = 18,     /* ask: text: mechanism; response: initial response as sent, absent if none */
  EHLO_EVENT_AUTH_RESPONSE = 19, /* ask: response: base64 as sent, strict */
  EHLO_EVENT_AUTH_ABORT = 20,    /* tell: the exchange is over without a result; error: why */
  EHLO_EVENT_COMMAND = 21,       /* ask: a verb let through by a rule; text: verb; response: what follows it */
  EHLO_EVENT_REJECTED = 22,  /* tell: the library refused a line by itself; error; number: the offset in the line (an
                                over-long line: its octets); code: the reply; kind: EHLO_JUNK_* */
  EHLO_EVENT_VIOLATION = 23, /* tell: bare CR or LF in a line (number: offset in it; line; the line's own event
                                follows), or what is wrong with content (number: octets from its start; once a kind
                                and message); error */
  EHLO_EVENT_PLAINTEXT = 24, /* tell: `number` octets of plaintext behind STARTTLS were dropped */
  EHLO_EVENT_CLOSE = 25 /* tell: the session ends; error: EHLO_OK after QUIT, else why. Send the rest, then close */
};

/* What a rejected line looks like. */
enum { EHLO_JUNK_NONE = 0, EHLO_JUNK_HTTP = 1, EHLO_JUNK_TLS = 2 };

#define EHLO_FLAG_LAST 1u   /* BDAT: the last chunk */
#define EHLO_FLAG_SECRET 2u /* `line` holds credentials: do not log it */
#define EHLO_FLAG_SMTPUTF8 4u
#define EHLO_FLAG_LITERAL 8u /* HELLO: the host is an address literal, brackets included in the span */

/* Offsets are into the buffer of the call that gave the event. Fields that an event does not name are 0 or absent. */
typedef struct ehlo_event {
  uint32_t type;  /* EHLO_EVENT_* */
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
} ehlo_event;

/* The program's arrays, filled by a call. The counts are set to 0 first. */
typedef struct ehlo_batch {
  ehlo_event* events;
  ehlo_span* spans;                /* bodies */
  ehlo_param* params;              /* may be NULL: parameters are judged, but not handed over */
  uint32_t event_cap, event_count; /* cap: at least EHLO_EVENTS_MIN */
  uint32_t span_cap, span_count;   /* cap: at least EHLO_SPANS_MIN */
  uint32_t param_cap, param_count; /* cap: at least EHLO_PARAMS_MAX, if params is not NULL */
  int32_t error;                   /* EHLO_E_ARGUMENT: an array is too small, nothing was done; else EHLO_OK */
  uint32_t reserved;
} ehlo_batch;

#define EHLO_EVENTS_MIN 8
#define EHLO_SPANS_MIN 8

/* The parameter `id` of an event, or NULL. */
EHLO_API const ehlo_param* ehlo_event_param(const ehlo_batch* batch, const ehlo_event* event, uint32_t id);
EHLO_API const char* ehlo_event_name(uint32_t type);

/* ---- server session ---- */

typedef struct ehlo_server ehlo_server;

/* A session for a new connection. NULL: no memory. `config` must outlive it; `allocator` may be NULL. */
EHLO_API ehlo_server* ehlo_server_new(const ehlo_config* config, const ehlo_allocator* allocator);
EHLO_API void ehlo_server_free(ehlo_server* server);

/* Shows `length` octets of input, starting with those that the last call did not consume, and fills the batch.
 * Gives the number of octets consumed; keep the rest and show it again with what comes next. To be called once with
 * nothing (length 0) when the connection opens, and again whenever an answer was given or output was taken while
 * ehlo_server_wants says so. The buffer must be able to hold the longest line that the configuration permits
 * (ehlo_config_max_line). Octets shown after the end of the session are consumed and ignored. */
EHLO_API size_t ehlo_server_receive(ehlo_server* server, const void* input, size_t length, ehlo_batch* batch);

/* The longest command or AUTH line in octets that sessions of this configuration wait for. */
EHLO_API size_t ehlo_config_max_line(const ehlo_config* config);

/* Answers. Each takes the id of an ask once; asks may be answered late, and several RCPT or MESSAGE asks in any order.
 * EHLO_E_ID: no such ask is open; EHLO_E_ARGUMENT: the answer does not fit the ask or the text may not be sent;
 * EHLO_E_SPACE: reply_text_octets are in use; take output first, or where the first ask is the open one, accept it or
 * say less; EHLO_E_MEMORY. On an error nothing has changed.
 *
 * accept: the positive default. reply: `code` 200 to 599 (3yz only where the command has it), `enhanced` such as
 * "5.1.1" or NULL for a default of the code's class (it is sent if ENHANCEDSTATUSCODES is offered), `text` in
 * printable ASCII and HT (UTF-8 where the command allowed it); "\n" or "\r\n" in it starts a new line of a multi-line
 * reply; long lines are folded at 512 octets. A code of class 2 accepts, 4 and 5 refuse. 421 also ends the session. */
EHLO_API int32_t ehlo_server_accept(ehlo_server* server, uint32_t id);
EHLO_API int32_t ehlo_server_reply(ehlo_server* server, uint32_t id, uint32_t code, const char* enhanced,
                                   const char* text, size_t text_length);

/* Answers an AUTH or AUTH_RESPONSE ask with a challenge of raw octets, at most 9000; it goes out as 334 and base64.
 * EHLO_E_STATE: the exchange has had max_auth_steps challenges; refuse it. */
EHLO_API int32_t ehlo_server_challenge(ehlo_server* server, uint32_t id, const void* challenge, size_t length);

/* Decides the message that is arriving before its end: no more BODY events come, the rest is read and dropped, and
 * its reply (each of its replies in LMTP) is this refusal, class 4 or 5. Between DATA or BDAT and the MESSAGE ask;
 * EHLO_E_STATE otherwise. Text rules as for ehlo_server_reply. */
EHLO_API int32_t ehlo_server_refuse_message(ehlo_server* server, uint32_t code, const char* enhanced, const char* text,
                                            size_t text_length);

/* Writes as much of the pending replies as fits and gives the number of octets written. Less than `capacity`: that was
 * all there is to send now. */
EHLO_API size_t ehlo_server_output(ehlo_server* server, void* out, size_t capacity);

/* What the session waits for, as EHLO_WANT_* bits. */
enum {
  EHLO_WANT_INPUT = 1,  /* more input, or the same again: call receive */
  EHLO_WANT_OUTPUT = 2, /* call output */
  EHLO_WANT_ANSWER = 4, /* an answer to an ask */
  EHLO_WANT_TLS = 8,    /* the 220 has been taken: do the handshake, then tell it */
  EHLO_WANT_CLOSE = 16  /* everything has been taken: close the connection */
};
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

/* The program ends the session: 421 with `text` (NULL: a default) as soon as the replies before it are decided. */
EHLO_API int32_t ehlo_server_shutdown(ehlo_server* server, const char* enhanced, const char* text, size_t text_length);

enum { EHLO_TIMEOUT_NONE = 0, EHLO_TIMEOUT_COMMAND = 1, EHLO_TIMEOUT_DATA = 2, EHLO_TIMEOUT_TLS = 3 };
typedef struct ehlo_timeout {
  uint32_t kind;    /* EHLO_TIMEOUT_*: what is waited for; NONE while the program owes an answer */
  uint32_t seconds; /* its default by RFC 5321 4.5.3.2 */
} ehlo_timeout;
EHLO_API ehlo_timeout ehlo_server_timeout(const ehlo_server* server);

/* Facts of the session for logs and trace fields. The last two depend on timing and so are facts, not events. */
enum {
  EHLO_FACT_TLS = 1,
  EHLO_FACT_AUTHENTICATED = 2,
  EHLO_FACT_ESMTP = 4,
  EHLO_FACT_SMTPUTF8 = 8,      /* the open transaction has SMTPUTF8 */
  EHLO_FACT_EARLY_TALKER = 16, /* input was shown before the greeting had been taken; it is kept and answered */
  EHLO_FACT_ILL_PIPELINED = 32 /* input was shown together with a command that must end its group (RFC 2920 3.1) */
};
EHLO_API uint32_t ehlo_server_facts(const ehlo_server* server);

/* The protocol of the "with" clause (RFC 3848, RFC 6531 4.3): "ESMTPSA", "LMTP", "UTF8SMTP". Static. */
EHLO_API const char* ehlo_server_protocol_name(const ehlo_server* server);

/* ---- parsing without a session ---- */

/* What a parser takes for granted. Fill with ehlo_parse_options_init. */
typedef struct ehlo_parse_options {
  size_t struct_size;
  uint64_t extensions;      /* offered */
  uint32_t protocol;        /* EHLO_PROTOCOL_* */
  uint32_t max_line_octets; /* 0: 512 and what the extensions add */
  uint32_t flags;           /* EHLO_SERVER_GENERAL_LITERALS, EHLO_SERVER_IMPLICIT_TLS (TLS is active) */
  uint32_t reserved;
} ehlo_parse_options;
EHLO_API void ehlo_parse_options_init(ehlo_parse_options* options, size_t size);

/* A parsed command line; spans are offsets into it. */
typedef struct ehlo_command {
  uint32_t verb;      /* EHLO_VERB_* */
  uint32_t flags;     /* EHLO_FLAG_LAST (BDAT), EHLO_FLAG_SMTPUTF8 (VRFY, EXPN), EHLO_FLAG_LITERAL */
  uint32_t host_kind; /* EHLO HELO LHLO: EHLO_DOMAIN_* */
  uint32_t param_count;
  uint64_t size;      /* BDAT */
  ehlo_span text;     /* host, mechanism, argument */
  ehlo_span response; /* AUTH: initial response as sent; "=" is present with length 0 */
  ehlo_path path;
} ehlo_command;

/* Parses one line, with its CRLF. `params` takes at most `param_cap` parameters (EHLO_PARAMS_MAX is always enough;
 * more is EHLO_E_SPACE). An error of the peer gives its position in *error_offset, if that is not NULL. */
EHLO_API int32_t ehlo_command_parse(const void* line, size_t length, const ehlo_parse_options* options,
                                    ehlo_command* command, ehlo_param* params, size_t param_cap, size_t* error_offset);

/* Parses a path with its angle brackets, whole. `forward`: no null path, but bare Postmaster. EHLO_E_SYNTAX;
 * EHLO_E_NEEDS_SMTPUTF8 where non-ASCII is not allowed. */
EHLO_API int32_t ehlo_path_parse(const void* text, size_t length, int32_t forward, int32_t smtputf8, uint32_t flags,
                                 ehlo_path* path, size_t* error_offset);

/* Parses the parameters that follow a path and its space, for EHLO_VERB_MAIL or EHLO_VERB_RCPT. */
EHLO_API int32_t ehlo_params_parse(const void* text, size_t length, uint32_t verb, const ehlo_parse_options* options,
                                   ehlo_param* params, size_t param_cap, size_t* param_count, size_t* error_offset);

/* ---- writing without a session ---- */

/* A command to be written. Fill with ehlo_command_text_init. */
typedef struct ehlo_command_text {
  size_t struct_size;
  const char* text; /* host, mechanism or argument; MAIL and RCPT: the path without its brackets, "" for <> */
  size_t text_length;
  const char* params; /* MAIL and RCPT: "KEYWORD=value KEYWORD"; see ehlo_param_write */
  size_t params_length;
  const char* response; /* AUTH: the initial response in raw octets; NULL: none; length 0 is written as "=" */
  size_t response_length;
  uint64_t size;  /* BDAT */
  uint32_t verb;  /* EHLO_VERB_* */
  uint32_t flags; /* EHLO_FLAG_LAST (BDAT), EHLO_FLAG_SMTPUTF8 (non-ASCII allowed; VRFY and EXPN carry it) */
} ehlo_command_text;
EHLO_API void ehlo_command_text_init(ehlo_command_text* command, size_t size);

/* Writes the command line with its CRLF into `out` and gives its octets; where they pass `capacity` nothing is written.
 * EHLO_E_ARGUMENT, EHLO_E_SYNTAX, EHLO_E_NEEDS_SMTPUTF8 for a part that may not be sent: nothing that would end the
 * line or begin another can leave inside an argument. What was written parses back to the same values. */
EHLO_API int64_t ehlo_command_write(const ehlo_command_text* command, void* out, size_t capacity);

/* Writes "KEYWORD=value" of the parameter `id` from its meaning: `number` for SIZE BODY RET NOTIFY, `text` decoded for
 * ENVID, AUTH and ORCPT ("type;address", UTF-8 for the type utf-8). As above; EHLO_E_ARGUMENT where there is no such
 * value. */
EHLO_API int64_t ehlo_param_write(uint32_t id, uint64_t number, const char* text, size_t length, void* out,
                                  size_t capacity);
/* The value alone; empty for a parameter that has none. */
EHLO_API int64_t ehlo_param_value_write(uint32_t id, uint64_t number, const char* text, size_t length, void* out,
                                        size_t capacity);

/* Decoders and encoders into the caller's memory. Each gives the number of octets of the result, also where `out` is
 * too small (then nothing is written; `capacity` 0 measures), or a negative ehlo_rc: EHLO_E_SYNTAX, EHLO_E_BAD_BASE64,
 * EHLO_E_ARGUMENT.
 *  local_part_unquote  the meaning of a local part as sent: quotes and backslashes removed (RFC 5321 4.1.2)
 *  xtext_decode        RFC 3461 4; `any_case`: hexadecimal digits in lower case too (RFC 4954 5)
 *  orcpt_decode        the address of ORCPT behind "type;": xtext, and for utf-8 also \x{..} (RFC 6533 3)
 *  base64_decode       strict, as RFC 4954 4 asks: no foreign octet, padding only and always at the end */
EHLO_API int64_t ehlo_local_part_unquote(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_local_part_quote(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_xtext_decode(const void* text, size_t length, int32_t any_case, void* out, size_t capacity);
EHLO_API int64_t ehlo_xtext_encode(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_orcpt_decode(const void* value, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_base64_decode(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_base64_encode(const void* octets, size_t length, void* out, size_t capacity);

/* The message of SASL PLAIN (RFC 4616), already decoded from base64: three spans of it. EHLO_E_SYNTAX if it is not
 * [authzid] NUL authcid NUL passwd, with a non-empty authcid and passwd, all of it UTF-8. */
EHLO_API int32_t ehlo_auth_plain_parse(const void* message, size_t length, ehlo_span* authzid, ehlo_span* authcid,
                                       ehlo_span* passwd);

/* Content decoding without a session: what follows a 354 reply. */
typedef struct ehlo_dot_decoder ehlo_dot_decoder;
EHLO_API ehlo_dot_decoder* ehlo_dot_decoder_new(uint32_t max_line_octets, uint64_t max_octets,
                                                const ehlo_allocator* allocator);
EHLO_API void ehlo_dot_decoder_free(ehlo_dot_decoder* decoder);
/* Gives the octets consumed (keep the rest, at most 3 octets unless the spans ran out). Fills `spans`, at least three;
 * sets *done to 1 when the end of data was consumed, and *violations to the EHLO_SEEN_* bits of the message so far. */
enum {
  EHLO_SEEN_BARE_LF = 1,
  EHLO_SEEN_BARE_CR = 2,
  EHLO_SEEN_LONG_LINE = 4,
  EHLO_SEEN_TOO_LARGE = 8,
  EHLO_SEEN_FALSE_END = 16
};
EHLO_API size_t ehlo_dot_decoder_feed(ehlo_dot_decoder* decoder, const void* input, size_t length, ehlo_span* spans,
                                      uint32_t span_cap, uint32_t* span_count, uint32_t* violations, int32_t* done);
/* Where each kind of violation was first seen: octets from the start of the wire content; UINT64_MAX if not seen. */
EHLO_API uint64_t ehlo_dot_decoder_first(const ehlo_dot_decoder* decoder, uint32_t violation);

#ifdef __cplusplus
}
#endif
#endif
