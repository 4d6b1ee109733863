/* ehlo_types.h - plain data that all of the API rests on: versions, views, errors, memory, extensions, parameters,
 * paths, and what both roles have. No function is declared here. */
#ifndef EHLO_TYPES_H
#define EHLO_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* How functions are declared. A program may define it beforehand. */
#ifndef EHLO_API
#if defined(__GNUC__)
#define EHLO_API __attribute__((visibility("default")))
#else
#define EHLO_API
#endif
#endif

/* The version of these headers. EHLO_VERSION_AT_LEAST is for #if: 1 where they are of that version or a later one. */
#define EHLO_VERSION_MAJOR 0
#define EHLO_VERSION_MINOR 1
#define EHLO_VERSION_PATCH 0
#define EHLO_VERSION "0.1.0"
#define EHLO_VERSION_NUMBER (EHLO_VERSION_MAJOR * 10000 + EHLO_VERSION_MINOR * 100 + EHLO_VERSION_PATCH)
#define EHLO_VERSION_AT_LEAST(major, minor, patch) (EHLO_VERSION_NUMBER >= (major)*10000 + (minor)*100 + (patch))

/* ---- views ---- */

/* A piece of the buffer of the same call. `off` is EHLO_ABSENT where the thing is not there at all. */
typedef struct ehlo_span {
  uint32_t off, len;
} ehlo_span;

#define EHLO_ABSENT UINT32_MAX
/* In the spans of a body: two octets CR LF that stand in no buffer (a repaired line ending). */
#define EHLO_OFF_CRLF (UINT32_MAX - 1)
/* Likewise in content that is to be sent: the three octets "." CR LF, the end of data. */
#define EHLO_OFF_END (UINT32_MAX - 2)

/* The least room for spans that a call is given. */
#define EHLO_SPANS_MIN 8

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
  EHLO_E_SYNTAX = -21,            /* no verb, a control character, or wrong arguments other than a path or parameters */
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
  EHLO_E_BAD_CHUNK = -38,          /* a BDAT whose length cannot be known, also a line that other receivers may take
                                      for one (white space in front, "BDATX 5"): the stream is lost */
  EHLO_E_AUTH_LINE_TOO_LONG = -39, /* a line of the AUTH exchange above max_auth_line_octets (RFC 4954 6) */
  EHLO_E_PATH_TOO_LONG = -40,      /* a path or local part above a limit of the program's: see max_path_octets */
  EHLO_E_BAD_SENDER = -41,         /* the path of MAIL is none, or may not stand there (RFC 3463 X.1.7) */
  EHLO_E_BAD_RECIPIENT = -42,      /* the path of RCPT likewise (RFC 3463 X.1.3) */
  /* faults of the peer: content */
  EHLO_E_BARE_LF = -50,
  EHLO_E_BARE_CR = -51,
  EHLO_E_DATA_LINE_TOO_LONG = -52,
  EHLO_E_FALSE_END = -53, /* a dot line whose line ends are not both CRLF, as it is or without its NULs: the smuggling
                             sequences */
  EHLO_E_NUL = -54,       /* a NUL, which RFC 5322 4 and RFC 2045 2.7 do not allow in text and some receivers drop */
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

/* Whose mistake an error is. */
enum { EHLO_FAULT_NONE = 0, EHLO_FAULT_PROGRAM = 1, EHLO_FAULT_PEER = 2 };

/* What is known of an error. The strings are static. */
typedef struct ehlo_error_info {
  const char* name;  /* "line-too-long" */
  const char* text;  /* for people; the text of the reply that a server should give, or where there is none for logs.
                        Never NULL */
  uint32_t enhanced; /* EHLO_ENHANCED() of that reply, EHLO_ENHANCED_NONE where there is none */
  uint16_t code;     /* its reply code, 0 if none */
  uint8_t fault;     /* EHLO_FAULT_* */
  uint8_t fatal;     /* 1: the session cannot go on */
} ehlo_error_info;

/* ---- enhanced status codes ---- */

/* An enhanced status code (RFC 3463) as one number: EHLO_ENHANCED(5, 1, 1). Where the program gives a reply, 0 stands
 * for the default of its code and EHLO_ENHANCED_NONE, which is of class 0, for none. What was read has
 * EHLO_ENHANCED_NONE where there is none. */
#define EHLO_ENHANCED_NONE ((uint32_t)1)
#define EHLO_ENHANCED(klass, subject, detail) ((uint32_t)(klass) << 20 | (uint32_t)(subject) << 10 | (uint32_t)(detail))
#define EHLO_ENHANCED_CLASS(code) ((code) >> 20)
#define EHLO_ENHANCED_SUBJECT(code) ((code) >> 10 & 1023)
#define EHLO_ENHANCED_DETAIL(code) ((code)&1023)

/* ---- memory ---- */

/* Where the library takes its memory; NULL stands for malloc and free. `release` gets the size that was asked for.
 * Both must be callable from the thread that uses the object they were given with. `release` of a configuration or an
 * envelope is called by the thread that frees its last reference: that may be any that frees or runs a session. */
typedef struct ehlo_allocator {
  void* (*allocate)(void* context, size_t octets); /* aligned as malloc does; NULL: none left */
  void (*release)(void* context, void* memory, size_t octets);
  void* context;
} ehlo_allocator;

/* ---- extensions, verbs, parameters ---- */

/* The service extensions (ehlo_rows.def). A set of them is the bits EHLO_EXT_BIT(x). */
enum {
#define EHLO_EXTENSION_ROW(NAME, ID, ...) EHLO_EXT_##NAME = ID,
#include "ehlo_rows.def"
};
#define EHLO_EXT_BIT(x) ((uint64_t)1 << (x))
/* PIPELINING SIZE 8BITMIME ENHANCEDSTATUSCODES DSN CHUNKING BINARYMIME SMTPUTF8 HELP: what needs nothing of the
 * program. Any other is offered by a program that serves it. */
#define EHLO_EXT_DEFAULT ((uint64_t)0x0b9f)

/* The verbs (ehlo_rows.def). A set of them is the bits EHLO_VERB_BIT(x). */
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

/* The most parameters that one command may carry; more is EHLO_E_BAD_PARAMETER. */
#define EHLO_PARAMS_MAX 32

/* A MAIL or RCPT parameter, as sent and typed. */
typedef struct ehlo_param {
  uint16_t id; /* EHLO_PARAM_*; EHLO_PARAM_OWN + place for a row of the program; EHLO_PARAM_UNKNOWN for one of no row */
  uint16_t flags;    /* none yet */
  ehlo_span keyword; /* as sent, any case */
  ehlo_span value;   /* as sent; absent where there is no "=" */
  ehlo_span detail;  /* see the id; absent otherwise */
  int64_t number;    /* see the id, SIZE: ehlo_param_unsigned; 0 otherwise */
} ehlo_param;

/* ---- paths ---- */

/* What stands behind the "@" of a path, or in EHLO. */
enum {
  EHLO_DOMAIN_NONE = 0, /* null path, or bare Postmaster */
  EHLO_DOMAIN_NAME = 1,
  EHLO_DOMAIN_IPV4 = 2,
  EHLO_DOMAIN_IPV6 = 3,   /* the span holds the tag "IPv6:" too */
  EHLO_DOMAIN_GENERAL = 4 /* the span holds its tag too */
};
/* What a path is, as EHLO_PATH_* bits. */
#define EHLO_PATH_NULL 1u       /* <> */
#define EHLO_PATH_POSTMASTER 2u /* <Postmaster> without a domain (RFC 5321 4.1.1.3) */
#define EHLO_PATH_QUOTED 4u     /* the local part is a Quoted-string */
#define EHLO_PATH_NON_ASCII 8u  /* needs SMTPUTF8 */

/* A reverse-path or forward-path (RFC 5321 4.1.2), lossless: `whole` is the path as it was sent, and its parts are all
 * of it. ehlo_command_write and envelopes take what stands between its brackets and write it as it is, but for two
 * kinds that are read and never written: a path with a source route, which goes on without it (RFC 5321 4.1.1.3,
 * appendix C), and one whose literal is EHLO_DOMAIN_GENERAL. */
typedef struct ehlo_path {
  ehlo_span whole;  /* with its angle brackets */
  ehlo_span route;  /* source route, "@a,@b", without its colon; absent if none */
  ehlo_span local;  /* local part as sent, quotes included; empty in the null path */
  ehlo_span domain; /* the domain (beyond ASCII: U-labels by RFC 5892, in any case), or what stands between the brackets
                       of a literal; absent if none */
  uint32_t domain_kind; /* EHLO_DOMAIN_* */
  uint32_t flags;       /* EHLO_PATH_* */
} ehlo_path;

/* ---- what both roles have ---- */

/* The protocol that is spoken (RFC 5321, RFC 2033). */
enum { EHLO_PROTOCOL_SMTP = 0, EHLO_PROTOCOL_LMTP = 1 };

/* What to do with a bare CR or LF, in lines, in the content of DATA, and in that of BDAT unless it is BINARYMIME.
 * Whatever is chosen, each kind seen is reported once a message or line. The end of data is CR LF . CR LF under each of
 * them, and a message with a dot line that is not framed by CRLF on both sides, or is only without its NULs
 * (EHLO_E_FALSE_END), is refused under each of them. Another NUL is reported, and refused where REFUSE_NUL says so. */
enum {
  EHLO_ENDING_REJECT = 0,    /* commands: 501; content: 550 after the true end of data */
  EHLO_ENDING_NORMALIZE = 1, /* commands: a bare LF ends the line; content: each becomes CRLF */
  EHLO_ENDING_ACCEPT = 2     /* commands: as NORMALIZE; content: passed on as it is. RISK: the next hop may read
                                another message, or another number of messages, than you did */
};

/* Marks of commands and events, as EHLO_FLAG_* bits. */
#define EHLO_FLAG_LAST 1u /* BDAT: the last chunk. Client, OUTCOME: the content, see ehlo_client_types.h */
#define EHLO_FLAG_SECRET \
  2u /* `line` may hold credentials: do not log it. Of a server's events see ehlo_server_types.h */
#define EHLO_FLAG_SMTPUTF8 4u
#define EHLO_FLAG_LITERAL 8u /* HELLO: the host is an address literal, brackets included in the span */
#define EHLO_FLAG_ANSWERED 16u

/* What a session waits for, as EHLO_WANT_* bits. */
enum {
  EHLO_WANT_INPUT = 1,    /* more input, or the same again: call receive */
  EHLO_WANT_OUTPUT = 2,   /* call output */
  EHLO_WANT_ANSWER = 4,   /* an answer: to an ask, or to a challenge */
  EHLO_WANT_TLS = 8,      /* the 220 has been taken: do the handshake, then tell it */
  EHLO_WANT_CLOSE = 16,   /* everything has been taken: close the connection */
  EHLO_WANT_BODY = 32,    /* client: content: call body, once the output has been taken */
  EHLO_WANT_COMMAND = 64, /* client: nothing is under way, or the lone dot is due: the program says what comes next */
  EHLO_WANT_EVENTS = 128  /* client: more events wait: call receive */
};

/* What a timeout is about (RFC 5321 4.5.3.2). */
enum {
  EHLO_TIMEOUT_NONE = 0,
  EHLO_TIMEOUT_COMMAND = 1,
  EHLO_TIMEOUT_DATA = 2,
  EHLO_TIMEOUT_TLS = 3,
  EHLO_TIMEOUT_GREETING = 4,        /* client, as those that follow */
  EHLO_TIMEOUT_DATA_INITIATION = 5, /* 354 */
  EHLO_TIMEOUT_DATA_BLOCK = 6,
  EHLO_TIMEOUT_DATA_TERMINATION = 7 /* the reply to the message */
};
typedef struct ehlo_timeout {
  uint32_t kind;    /* EHLO_TIMEOUT_*: what is waited for; NONE while the program owes an answer */
  uint32_t seconds; /* its default by RFC 5321 4.5.3.2 */
} ehlo_timeout;

/* Facts of a session for logs and trace fields. Those of timing are facts and not events, because they depend on it. */
enum {
  EHLO_FACT_TLS = 1,
  EHLO_FACT_AUTHENTICATED = 2,
  EHLO_FACT_ESMTP = 4,
  EHLO_FACT_SMTPUTF8 = 8,      /* the open transaction has SMTPUTF8 */
  EHLO_FACT_EARLY_TALKER = 16, /* server: input was shown before the greeting had been taken; it is kept and answered */
  EHLO_FACT_ILL_PIPELINED = 32, /* server: input was shown together with a command that must end its group (RFC 2920
                                   3.1, RFC 4954 4) */
  EHLO_FACT_SECRET_OUTPUT = 64, /* client: what output gives next holds credentials: do not log it */
  EHLO_FACT_CHUNKS = 128        /* client: the content of the open transaction goes out with BDAT */
};

/* Where a session stands after an advance. */
typedef struct ehlo_progress {
  uint64_t consumed; /* octets of the input: drop them */
  uint64_t written;  /* octets of the output: send them */
  uint32_t wants;    /* EHLO_WANT_* */
  uint32_t facts;    /* EHLO_FACT_* */
  ehlo_timeout timeout;
  uint32_t refused; /* how many answers have an error */
  uint32_t reserved;
} ehlo_progress;

#endif
