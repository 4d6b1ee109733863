/* ehlo_types.h - the plain data that all other headers use: versions, views, errors, memory, extensions, parameters,
 * paths, and what both roles share. No function is declared here. */
#ifndef EHLO_TYPES_H
#define EHLO_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* How functions are declared. A program may define it before it includes a header. */
#ifndef EHLO_API
#if defined(__GNUC__)
#define EHLO_API __attribute__((visibility("default")))
#else
#define EHLO_API
#endif
#endif

/* The version of these headers. EHLO_VERSION_AT_LEAST is for #if: 1 if they have that version or a later one. */
#define EHLO_VERSION_MAJOR 0
#define EHLO_VERSION_MINOR 1
#define EHLO_VERSION_PATCH 0
#define EHLO_VERSION "0.1.0"
#define EHLO_VERSION_NUMBER (EHLO_VERSION_MAJOR * 10000 + EHLO_VERSION_MINOR * 100 + EHLO_VERSION_PATCH)
#define EHLO_VERSION_AT_LEAST(major, minor, patch) (EHLO_VERSION_NUMBER >= (major)*10000 + (minor)*100 + (patch))

/* ---- views ---- */

/* A piece of the buffer of the same call, in octets. `off` is EHLO_ABSENT if there is no such piece; a piece that is
 * there may be empty. */
typedef struct ehlo_span {
  uint32_t off, len;
} ehlo_span;

#define EHLO_ABSENT UINT32_MAX
/* In the spans of a body: the two octets CR LF of a normalized line ending, which are in no buffer. */
#define EHLO_OFF_CRLF (UINT32_MAX - 1)
/* In the spans of content to be sent: the three octets "." CR LF of the end of data, which are in no buffer. */
#define EHLO_OFF_END (UINT32_MAX - 2)

/* The smallest array of spans that a call accepts. */
#define EHLO_SPANS_MIN 8

/* `count` elements of an array of the batch, from index `first` on. */
typedef struct ehlo_range {
  uint32_t first, count;
} ehlo_range;

/* ---- errors ---- */

/* 0 is success; every error is negative. Values are never reused. */
typedef enum ehlo_rc {
  EHLO_OK = 0,
  /* mistakes of the program; the session is unchanged */
  EHLO_E_ARGUMENT = -1,    /* an argument is out of range, or a text may not be sent (CR, NUL, other controls) */
  EHLO_E_STATE = -2,       /* the call is not allowed now */
  EHLO_E_ID = -3,          /* no ask with this id waits for an answer */
  EHLO_E_MEMORY = -4,      /* the allocator returned NULL */
  EHLO_E_SPACE = -5,       /* the array or buffer of the call is too small */
  EHLO_E_NOT_OFFERED = -6, /* the server has not announced what the call needs */
  EHLO_E_INCOMPLETE = -7,  /* more input is needed */
  /* faults of the peer: command lines */
  EHLO_E_LINE_TOO_LONG = -20,
  EHLO_E_SYNTAX = -21,          /* no verb, a control character, or wrong arguments other than a path or parameters */
  EHLO_E_UNKNOWN_COMMAND = -22, /* the protocol has no such verb */
  EHLO_E_NOT_IMPLEMENTED = -23, /* the verb is known, but its extension is not offered */
  EHLO_E_BAD_PARAMETER = -24,   /* the list of parameters is malformed, a parameter comes twice, or a value is wrong */
  EHLO_E_UNKNOWN_PARAMETER = -25, /* well formed, but not known, not offered, or of another command */
  EHLO_E_SIZE_OVERFLOW = -26,     /* a number that needs more than 64 bits */
  EHLO_E_NEEDS_SMTPUTF8 = -27,    /* a non-ASCII path without the SMTPUTF8 parameter (RFC 6531 3.5) */
  EHLO_E_BAD_SEQUENCE = -28,      /* a command that is not allowed in this state */
  EHLO_E_BAD_BASE64 = -29,        /* not strict base64 (RFC 4954 4) */
  EHLO_E_BAD_MECHANISM = -30,     /* the SASL mechanism is not offered */
  EHLO_E_TLS_REQUIRED = -31,      /* refused before TLS by policy */
  EHLO_E_AUTH_REQUIRED = -32,     /* refused before authentication by policy */
  EHLO_E_TOO_MANY_RECIPIENTS = -33,
  EHLO_E_MESSAGE_TOO_LARGE = -34, /* above the limit that SIZE announces */
  EHLO_E_NO_RECIPIENTS = -35,     /* DATA or BDAT with no accepted recipient */
  EHLO_E_AUTH_CANCELLED = -36,    /* the client sent "*" (RFC 4954 4) */
  EHLO_E_TOO_MANY_MESSAGES = -37,
  EHLO_E_BAD_CHUNK = -38,          /* a BDAT without a readable length, or a line that another receiver may read as
                                      BDAT (white space before it, "BDATX 5"): where the next command begins is
                                      unknown */
  EHLO_E_AUTH_LINE_TOO_LONG = -39, /* a line of the AUTH exchange above max_auth_line_octets (RFC 4954 6) */
  EHLO_E_PATH_TOO_LONG = -40,      /* a path or local part above a limit that the program set: see max_path_octets */
  EHLO_E_BAD_SENDER = -41,         /* the path of MAIL is malformed or not allowed there (RFC 3463 X.1.7) */
  EHLO_E_BAD_RECIPIENT = -42,      /* the same for the path of RCPT (RFC 3463 X.1.3) */
  /* faults of the peer: content */
  EHLO_E_BARE_LF = -50,
  EHLO_E_BARE_CR = -51,
  EHLO_E_DATA_LINE_TOO_LONG = -52,
  EHLO_E_FALSE_END = -53, /* a line with a lone dot whose line ends are not both CRLF, as sent or without its NULs: some
                             receivers end the message there, and read commands from its rest (SMTP smuggling) */
  EHLO_E_NUL = -54,       /* a NUL: not allowed in text (RFC 5322 4, RFC 2045 2.7), and some receivers drop it */
  /* why a session ends */
  EHLO_E_TOO_MANY_ERRORS = -70,
  EHLO_E_TIMEOUT = -71,
  EHLO_E_CONNECTION_LOST = -72,
  EHLO_E_TLS_FAILED = -73,
  EHLO_E_TLS_INJECTION = -74, /* plaintext after STARTTLS, and EHLO_SERVER_FLAG_CLOSE_ON_INJECTION */
  EHLO_E_SHUTDOWN = -75,      /* the program ended the session */
  EHLO_E_TOO_MANY_COMMANDS = -76,
  EHLO_E_TOO_MUCH_JUNK = -77, /* max_discard_octets have been dropped */
  /* faults of the peer: replies */
  EHLO_E_MALFORMED_REPLY = -90,   /* no code of class 2 to 5, no separator after it, or a NUL */
  EHLO_E_CODE_MISMATCH = -91,     /* lines of one reply with different codes */
  EHLO_E_REPLY_TOO_LONG = -92,    /* a line, the number of lines or the whole reply is above its limit */
  EHLO_E_UNEXPECTED_CODE = -93,   /* a reply with a code that the command does not allow */
  EHLO_E_UNSOLICITED_REPLY = -94, /* a reply that no command is waiting for */
  EHLO_E_HELLO_REFUSED = -95      /* 4yz or 5yz to EHLO and, if it was tried, to HELO */
} ehlo_rc;

/* Who made the mistake that an error reports. */
enum { EHLO_FAULT_NONE = 0, EHLO_FAULT_PROGRAM = 1, EHLO_FAULT_PEER = 2 };

/* The facts about an error. The strings are static. */
typedef struct ehlo_error_info {
  const char* name;  /* "line-too-long" */
  const char* text;  /* for people: the text of the reply that a server should give; for logs, if there is no such
                        reply. Never NULL */
  uint32_t enhanced; /* EHLO_ENHANCED() of that reply, EHLO_ENHANCED_NONE if it has none */
  uint16_t code;     /* its reply code; 0: no reply */
  uint8_t fault;     /* EHLO_FAULT_* */
  uint8_t fatal;     /* 1: the session ends */
} ehlo_error_info;

/* ---- enhanced status codes ---- */

/* An enhanced status code (RFC 3463) as one number: EHLO_ENHANCED(5, 1, 1). In a reply that the program gives, 0 is the
 * default for the reply code, and EHLO_ENHANCED_NONE is no enhanced code. A reply that was read without one has
 * EHLO_ENHANCED_NONE. */
#define EHLO_ENHANCED_NONE ((uint32_t)1)
#define EHLO_ENHANCED(klass, subject, detail) ((uint32_t)(klass) << 20 | (uint32_t)(subject) << 10 | (uint32_t)(detail))
#define EHLO_ENHANCED_CLASS(code) ((code) >> 20)
#define EHLO_ENHANCED_SUBJECT(code) ((code) >> 10 & 1023)
#define EHLO_ENHANCED_DETAIL(code) ((code)&1023)

/* ---- memory ---- */

/* Where an object takes its memory. A NULL allocator: malloc and free. `release` receives the size that was allocated.
 * Both functions are called by the thread that uses the object. `release` of a configuration or an envelope is called
 * by the thread that drops the last reference, which can be any thread that frees or runs a session. The struct is
 * copied; `context` must be valid until the object is released. */
typedef struct ehlo_allocator {
  void* (*allocate)(void* context, size_t octets); /* aligned as by malloc; NULL: no memory */
  void (*release)(void* context, void* memory, size_t octets);
  void* context;
} ehlo_allocator;

/* ---- extensions, verbs, parameters ---- */

/* The service extensions (ehlo_rows.def). A set of them has the bits EHLO_EXT_BIT(x). */
enum {
#define EHLO_EXTENSION_ROW(NAME, ID, ...) EHLO_EXT_##NAME = ID,
#include "ehlo_rows.def"
};
#define EHLO_EXT_BIT(x) ((uint64_t)1 << (x))
/* PIPELINING SIZE 8BITMIME ENHANCEDSTATUSCODES DSN CHUNKING BINARYMIME SMTPUTF8 HELP: the library serves them by
 * itself. A program that serves another extension adds its bit. */
#define EHLO_EXT_DEFAULT ((uint64_t)0x0b9f)

/* The verbs (ehlo_rows.def). A set of them has the bits EHLO_VERB_BIT(x). */
enum {
  EHLO_VERB_UNKNOWN = 0,
#define EHLO_VERB_ROW(NAME, ID, ...) EHLO_VERB_##NAME = ID,
#include "ehlo_rows.def"
};
#define EHLO_VERB_BIT(verb) ((uint64_t)1 << (verb))

/* The parameters of MAIL and RCPT (ehlo_rows.def). */
enum {
  EHLO_PARAM_UNKNOWN = 0,
#define EHLO_PARAM_ROW(NAME, ID, ...) EHLO_PARAM_##NAME = ID,
#include "ehlo_rows.def"
};
enum { EHLO_BODY_7BIT = 0, EHLO_BODY_8BITMIME = 1, EHLO_BODY_BINARYMIME = 2 };
enum { EHLO_RET_FULL = 1, EHLO_RET_HDRS = 2 };
enum { EHLO_NOTIFY_NEVER = 1, EHLO_NOTIFY_SUCCESS = 2, EHLO_NOTIFY_FAILURE = 4, EHLO_NOTIFY_DELAY = 8 };

/* The maximum number of parameters of one command; more are EHLO_E_BAD_PARAMETER. */
#define EHLO_PARAMS_MAX 32

/* A MAIL or RCPT parameter, as sent and as a value. */
typedef struct ehlo_param {
  uint16_t id;    /* EHLO_PARAM_*; EHLO_PARAM_OWN + place for a row of the program; EHLO_PARAM_UNKNOWN: it has no row */
  uint16_t flags; /* always 0 */
  ehlo_span keyword; /* as sent, any case */
  ehlo_span value;   /* as sent; absent if there is no "=" */
  ehlo_span detail;  /* of ORCPT: see its id; absent otherwise */
  int64_t number;    /* see ehlo_kind; of SIZE see ehlo_param_unsigned; 0 if the kind has no number */
} ehlo_param;

/* ---- paths ---- */

/* What follows the "@" of a path, or EHLO. */
enum {
  EHLO_DOMAIN_NONE = 0, /* null path, or bare Postmaster */
  EHLO_DOMAIN_NAME = 1,
  EHLO_DOMAIN_IPV4 = 2,
  EHLO_DOMAIN_IPV6 = 3,   /* the span begins with the tag "IPv6:" */
  EHLO_DOMAIN_GENERAL = 4 /* the span begins with its tag */
};
/* The properties of a path, as EHLO_PATH_* bits. */
#define EHLO_PATH_NULL 1u       /* <> */
#define EHLO_PATH_POSTMASTER 2u /* <Postmaster> without a domain (RFC 5321 4.1.1.3) */
#define EHLO_PATH_QUOTED 4u     /* the local part is a Quoted-string */
#define EHLO_PATH_NON_ASCII 8u  /* needs SMTPUTF8 */

/* A reverse-path or forward-path (RFC 5321 4.1.2). Nothing is lost: `whole` is the path as sent, and the parts cover
 * it. ehlo_command_write and envelopes accept the text between the angle brackets and write it unchanged, with two
 * exceptions that are read but never written: a path with a source route, which is relayed without the route
 * (RFC 5321 4.1.1.3, appendix C), and a path whose literal is EHLO_DOMAIN_GENERAL. */
typedef struct ehlo_path {
  ehlo_span whole;      /* with its angle brackets */
  ehlo_span route;      /* the source route "@a,@b" without its colon; absent if none */
  ehlo_span local;      /* local part as sent, quotes included; empty in the null path */
  ehlo_span domain;     /* the domain (if it is not ASCII: U-labels by RFC 5892, in any case), or the text between the
                           brackets of a literal; absent if none */
  uint32_t domain_kind; /* EHLO_DOMAIN_* */
  uint32_t flags;       /* EHLO_PATH_* */
} ehlo_path;

/* ---- what both roles share ---- */

/* The protocol that is spoken (RFC 5321, RFC 2033). */
enum { EHLO_PROTOCOL_SMTP = 0, EHLO_PROTOCOL_LMTP = 1 };

/* What to do with a bare CR or LF in command lines, in the content of DATA, and in the content of BDAT unless it is
 * BINARYMIME. Three rules hold for every choice:
 * - each kind of violation is reported once for a message or line;
 * - the end of data is CR LF . CR LF and nothing else;
 * - a message with a false end (EHLO_E_FALSE_END) is refused.
 * A NUL elsewhere is reported, and refused only with REFUSE_NUL. */
enum {
  EHLO_ENDING_REJECT = 0,    /* commands: 501; content: 550 after the true end of data */
  EHLO_ENDING_NORMALIZE = 1, /* commands: a bare LF ends the line; content: each becomes CRLF */
  EHLO_ENDING_ACCEPT = 2     /* commands: as NORMALIZE; content: passed on unchanged. RISK: the next hop may read
                                another message, or another number of messages, than this server did */
};

/* Properties of commands and events, as EHLO_FLAG_* bits. */
#define EHLO_FLAG_LAST 1u   /* BDAT: the last chunk. Client, OUTCOME: the content, see ehlo_client_types.h */
#define EHLO_FLAG_SECRET 2u /* `line` may have credentials: do not log it (servers: see ehlo_server_types.h) */
#define EHLO_FLAG_SMTPUTF8 4u
#define EHLO_FLAG_LITERAL 8u   /* HELLO: the host is an address literal; the span includes its brackets */
#define EHLO_FLAG_ANSWERED 16u /* client, CHALLENGE: the session has answered it */

/* What a session waits for, as EHLO_WANT_* bits. */
enum {
  EHLO_WANT_INPUT = 1,    /* more input, or a call without new input: call receive */
  EHLO_WANT_OUTPUT = 2,   /* call output */
  EHLO_WANT_ANSWER = 4,   /* an answer to an ask (server) or to a challenge (client) */
  EHLO_WANT_TLS = 8,      /* the 220 has been taken: do the handshake, then report it */
  EHLO_WANT_CLOSE = 16,   /* all output has been taken: close the connection */
  EHLO_WANT_BODY = 32,    /* client: content. Take the output, then call body */
  EHLO_WANT_COMMAND = 64, /* client: the next command or intent; also the lone dot: call abort_data */
  EHLO_WANT_EVENTS = 128  /* client: more events are ready: call receive */
};

/* What a timeout limits (RFC 5321 4.5.3.2). */
enum {
  EHLO_TIMEOUT_NONE = 0,
  EHLO_TIMEOUT_COMMAND = 1,
  EHLO_TIMEOUT_DATA = 2,
  EHLO_TIMEOUT_TLS = 3,
  EHLO_TIMEOUT_GREETING = 4,        /* this and the following: client */
  EHLO_TIMEOUT_DATA_INITIATION = 5, /* 354 */
  EHLO_TIMEOUT_DATA_BLOCK = 6,
  EHLO_TIMEOUT_DATA_TERMINATION = 7 /* the reply to the message */
};
typedef struct ehlo_timeout {
  uint32_t kind;    /* EHLO_TIMEOUT_*: what the session waits for; NONE while it waits for the program */
  uint32_t seconds; /* the value of RFC 5321 4.5.3.2; a program may choose another */
} ehlo_timeout;

/* Facts about a session, for logs and trace fields. EARLY_TALKER and ILL_PIPELINED are facts and not events because
 * they depend on how the input was split into calls. */
enum {
  EHLO_FACT_TLS = 1,
  EHLO_FACT_AUTHENTICATED = 2,
  EHLO_FACT_ESMTP = 4,
  EHLO_FACT_SMTPUTF8 = 8,       /* the open transaction has SMTPUTF8 */
  EHLO_FACT_EARLY_TALKER = 16,  /* server: input was shown before the greeting was taken; it is answered as usual */
  EHLO_FACT_ILL_PIPELINED = 32, /* server: input followed a command that must be the last of its group
                                   (RFC 2920 3.1, RFC 4954 4) in the same call */
  EHLO_FACT_SECRET_OUTPUT = 64, /* client: the next output has credentials: do not log it */
  EHLO_FACT_CHUNKS = 128        /* client: the content of the open transaction is sent by BDAT */
};

/* The state of a session after an advance. */
typedef struct ehlo_progress {
  uint64_t consumed; /* octets of the input that were consumed: drop them */
  uint64_t written;  /* octets of the output that were written: send them */
  uint32_t wants;    /* EHLO_WANT_* */
  uint32_t facts;    /* EHLO_FACT_* */
  ehlo_timeout timeout;
  uint32_t refused; /* the number of answers with an error */
  uint32_t reserved;
} ehlo_progress;

#endif
