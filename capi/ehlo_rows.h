/* ehlo_rows.h - rows: the properties of a verb, a parameter or a service extension, as plain data.
 *
 * ehlo_rows.def has the rows of the library; ehlo_verb_info and its neighbours (ehlo_base.h) return them. A program can
 * add rows of its own: ehlo_rows, below. */
#ifndef EHLO_ROWS_H
#define EHLO_ROWS_H

#include "ehlo_types.h"

/* ---- verbs ---- */

/* What follows a verb, and the fields of a command that it fills. */
typedef enum ehlo_argument {
  EHLO_ARGUMENT_NONE = 0,        /* nothing may follow */
  EHLO_ARGUMENT_TEXT = 1,        /* text: printable; UTF-8 and a last word SMTPUTF8 with EHLO_COMMAND_UTF8 */
  EHLO_ARGUMENT_HOST = 2,        /* text: a domain or an address literal; kind: EHLO_DOMAIN_* */
  EHLO_ARGUMENT_DOMAINS = 3,     /* text: domains of at least two labels, separated by "," (ATRN, RFC 2645 5.2.1) */
  EHLO_ARGUMENT_PATH = 4,        /* path: "FROM:" and a path, and nothing after it (SEND, RFC 821 4.1.2) */
  EHLO_ARGUMENT_PATH_PARAMS = 5, /* path, params: "FROM:" or (RCPT) "TO:", a path, parameters */
  EHLO_ARGUMENT_MECHANISM = 6,   /* text: a SASL mechanism; response: base64 (AUTH, RFC 4954 4). In a COMMAND event,
                                    whose response is the verb, text has both, as sent */
  EHLO_ARGUMENT_CHUNK = 7,       /* number; EHLO_FLAG_LAST (BDAT, RFC 3030 2) */
  EHLO_ARGUMENT_SIZE = 8,        /* number; text: a second number (XEXCH50) */
  EHLO_ARGUMENT_URI = 9,         /* text: an absolute URI (RFC 3986 4.3); EHLO_FLAG_LAST (BURL, RFC 4468 3) */
  EHLO_ARGUMENT_NODE = 10, /* kind: the first octet, '@' or '#', or 0; text: the node after it (ETRN, RFC 1985 5) */
  EHLO_ARGUMENT_ATTRIBUTES = 11 /* params: NAME=xtext, each name once; id: EHLO_PARAM_UNKNOWN (XCLIENT, XFORWARD) */
} ehlo_argument;

/* What the client sends after a command that was accepted. */
typedef enum ehlo_follows {
  EHLO_FOLLOWS_NONE = 0,
  EHLO_FOLLOWS_CONTENT = 1,            /* content up to its lone dot (DATA) */
  EHLO_FOLLOWS_OCTETS = 2,             /* `number` octets (BDAT) */
  EHLO_FOLLOWS_OCTETS_AFTER_REPLY = 3, /* `number` octets, after a 3yz (XEXCH50) */
  EHLO_FOLLOWS_EXCHANGE = 4,           /* challenges and responses (AUTH) */
  EHLO_FOLLOWS_LINES = 5               /* lines, until the program says which one is the last */
} ehlo_follows;

/* ehlo_verb_row.flags. A verb without ANY_TIME and IN_TRANSACTION is allowed after EHLO and between transactions. */
enum {
  EHLO_COMMAND_SMTP = 1,
  EHLO_COMMAND_LMTP = 2,
  EHLO_COMMAND_OPTIONAL = 4,        /* the argument may be missing */
  EHLO_COMMAND_UTF8 = 8,            /* if SMTPUTF8 is offered: UTF-8, and the word SMTPUTF8 (RFC 6531 3.7.4.2) */
  EHLO_COMMAND_ENDS_GROUP = 16,     /* the last of a pipelined group (RFC 2920 3.1) */
  EHLO_COMMAND_ANY_TIME = 32,       /* also before EHLO and within a transaction */
  EHLO_COMMAND_IN_TRANSACTION = 64, /* after EHLO, also within a transaction */
  EHLO_COMMAND_NEEDS_EHLO = 128,    /* refused with 503 after HELO */
  EHLO_COMMAND_NEEDS_AUTH = 256,    /* refused with 530 before authentication */
  EHLO_COMMAND_BEFORE_TLS = 512,    /* allowed before TLS although TLS is required (RFC 3207 4) */
  EHLO_COMMAND_BEFORE_AUTH = 1024,  /* allowed before the required authentication (RFC 4954 6) */
  EHLO_COMMAND_SECRET = 2048, /* its events have EHLO_FLAG_SECRET, also if refused or mistyped; implied by MECHANISM */
  EHLO_COMMAND_DECLINED = 4096,  /* if its event does not wait for the program, the answer is the `no` */
  EHLO_COMMAND_REPLY_3YZ = 8192, /* a 3yz may answer it */
  EHLO_COMMAND_SESSION = 16384,  /* the session serves it, and it has an event of its own */
  EHLO_COMMAND_FIXED = 32768     /* no row of a program may have its name */
};

typedef struct ehlo_verb_row {
  const char* name;                   /* upper case letters, digits, "-"; at most 32 */
  const char* extensions;             /* keywords of the extensions that bring it, separated by a space. If none of them
                                         is offered, the verb is refused with 502. "": it is always available */
  const char* yes_text;               /* text of the default positive answer; NULL: the session writes it */
  const char* no_text;                /* text of the default refusal */
  uint32_t yes_enhanced, no_enhanced; /* EHLO_ENHANCED(), EHLO_ENHANCED_NONE, or 0: the default of the code */
  uint32_t flags;                     /* EHLO_COMMAND_* */
  uint16_t yes_code, no_code;         /* their reply codes. In a program's row 0 is 250, or 502 with 5.5.1; 221 and 421
                                         are not allowed, because they end a session */
  uint16_t id;                        /* EHLO_VERB_*; ignored in a program's row, see EHLO_VERB_OWN */
  uint8_t argument;                   /* EHLO_ARGUMENT_* */
  uint8_t follows;                    /* EHLO_FOLLOWS_* */
} ehlo_verb_row;

/* ---- parameters of MAIL and RCPT ---- */

/* What a value is: `number` of an ehlo_param, and `number` or `text` of ehlo_param_write. */
typedef enum ehlo_kind {
  EHLO_KIND_TEXT = 0,     /* text: as sent */
  EHLO_KIND_NUMBER = 1,   /* number: decimal, without "+", "-0" and leading zeros */
  EHLO_KIND_WORD = 2,     /* number: the place of the word in `words`, plus `least` (BODY from 0, RET from 1) */
  EHLO_KIND_WORDS = 3,    /* number: bit i for word i of `words`; separated by "," (NOTIFY) */
  EHLO_KIND_XTEXT = 4,    /* text: printable ASCII; sent as xtext (RFC 3461 4) (ENVID) */
  EHLO_KIND_MAILBOX = 5,  /* text: a mailbox; sent as xtext (AUTH, RFC 4954 5) */
  EHLO_KIND_DATE = 6,     /* number: Unix seconds; sent as a date-time of RFC 3339 (HOLDUNTIL) */
  EHLO_KIND_KEYWORDS = 7, /* text: words of letters, digits, ".-_:", the first a letter; separated by "," (SOLICIT) */
  EHLO_KIND_CUSTOM = 8    /* the library reads it by its id; not for rows of programs (ORCPT) */
} ehlo_kind;

enum { EHLO_VALUE_NONE = 0, EHLO_VALUE_REQUIRED = 1, EHLO_VALUE_OPTIONAL = 2 };

/* ehlo_param_row.flags */
enum {
  EHLO_ROW_UNSIGNED = 1,      /* NUMBER: up to 2^64 - 1, whatever `most` says */
  EHLO_ROW_LEADING_ZEROS = 2, /* NUMBER: they are accepted; at most 20 digits */
  EHLO_ROW_FIRST_ALONE = 4,   /* WORDS: the first word stands alone, never in a list (NEVER of NOTIFY) */
  EHLO_ROW_NULL_PATH = 8,     /* MAILBOX: "<>" too */
  EHLO_ROW_UTC_ONLY = 16,     /* DATE: only the offset "Z" */
  EHLO_ROW_IGNORED = 32,      /* of a program: validated, then dropped */
  EHLO_ROW_FIXED = 64,        /* no row of a program may have its keyword */
  EHLO_ROW_ANY_HEX = 128 /* XTEXT, MAILBOX: hex digits in any case (RFC 4954 5), not only in upper case (RFC 3461 4) */
};

enum { EHLO_PARAM_OF_MAIL = 1, EHLO_PARAM_OF_RCPT = 2 };

typedef struct ehlo_param_row {
  const char* keyword;    /* upper case letters, digits, "-" */
  const char* extensions; /* keywords of the extensions that bring it, separated by a space */
  const char* words;      /* WORD, WORDS: upper case letters, digits, "-", separated by a space. Others: NULL */
  int64_t least, most;    /* NUMBER: the bounds. WORD: `least` is the number of the first word. Others: `most` octets as
                             sent; 0: limited only by the line */
  uint32_t octets;  /* what it adds to the longest command line, once, even if several of its extensions are offered */
  uint16_t id;      /* EHLO_PARAM_*; ignored in a program's row, see EHLO_PARAM_OWN */
  uint8_t commands; /* EHLO_PARAM_OF_* bits */
  uint8_t kind;     /* EHLO_KIND_* */
  uint8_t value;    /* EHLO_VALUE_* */
  uint8_t flags;    /* EHLO_ROW_* */
} ehlo_param_row;

/* ---- service extensions ---- */

/* ehlo_extension_row.flags */
enum {
  EHLO_EXTENSION_TLS_ONLY = 1,  /* offered only within TLS (REQUIRETLS, RFC 8689 2) */
  EHLO_EXTENSION_NO_TLS = 2,    /* offered only before TLS (STARTTLS, RFC 3207 4.2) */
  EHLO_EXTENSION_PLAINTEXT = 4, /* offered without TLS only with PLAINTEXT_AUTH (AUTH, RFC 4954 4) */
  EHLO_EXTENSION_ARGUMENTS = 8, /* offered only with arguments (AUTH) */
  EHLO_EXTENSION_DEFAULT = 16,  /* in EHLO_EXT_DEFAULT */
  EHLO_EXTENSION_FIXED = 32     /* no row of a program may have its keyword */
};

typedef struct ehlo_extension_row {
  const char* keyword;               /* NULL in a program's row: nothing is announced, but its octets count */
  const char* arguments;             /* of a program's row: what follows the keyword in our EHLO reply; NULL: nothing */
  const char* needs;                 /* keywords of the extensions that must be offered too, separated by a space */
  uint32_t flags;                    /* EHLO_EXTENSION_* */
  uint16_t mail_octets, rcpt_octets; /* what it adds to the longest MAIL and RCPT line, besides its parameters */
  uint16_t id;                       /* EHLO_EXT_*; ignored in a program's row */
  uint16_t reserved;                 /* 0 */
} ehlo_extension_row;

/* ---- what a program adds ---- */

/* Rows of a program, at most 256 of each kind. A configuration copies them. The size beside each array is that of its
 * element type (sizeof), so that rows can grow; it is ignored for an empty array. If an element is larger than the
 * library's, the rest of it is ignored.
 *
 * A row of a program replaces the row of the library with the same name. So a later version of the library that knows
 * more names changes nothing for the program. An extension of the program that has the keyword of a library's extension
 * also replaces the parameters and verbs of that extension. Some names are not allowed: those of rows with a FIXED
 * flag, and verbs that begin with BDAT, because a receiver may take what follows such a verb for a chunk.
 *
 * Rules for rows of programs:
 * - `extensions` and `needs` name extensions of the library or of the program. NULL or "": none, and then a parameter
 *   or a verb is always available;
 * - a verb has EHLO_COMMAND_SMTP, EHLO_COMMAND_LMTP or both;
 * - a verb has EHLO_FOLLOWS_NONE, an argument other than PATH_PARAMS, texts of at most 400 octets, a `yes` of class 2
 *   and a `no` of class 4 or 5;
 * - a parameter has EHLO_PARAM_OF_MAIL, EHLO_PARAM_OF_RCPT or both. Two rows may have the same keyword, one for MAIL
 *   and one for RCPT;
 * - the kinds WORD and WORDS have `words`, each word once.
 *
 * Extensions are announced in the order of their rows, after those of the library. */
typedef struct ehlo_rows {
  const ehlo_extension_row* extensions;
  const ehlo_param_row* params;
  const ehlo_verb_row* verbs;
  uint32_t extension_size, extension_count;
  uint32_t param_size, param_count;
  uint32_t verb_size, verb_count;
} ehlo_rows;

/* A line of our EHLO reply, without its code at most 506 octets. The keyword decides what the line does:
 * - an extension of the library: it is offered, as by its bit, and with these arguments. SIZE and AUTH have options of
 *   their own, and no line;
 * - an extension of the program's rows: the line gives its arguments;
 * - a keyword that begins with "AUTH=" (for old clients): it is announced whenever AUTH is;
 * - any other keyword: it is announced, with no other effect. */
typedef struct ehlo_keyword_line {
  const char* keyword;   /* letters and digits, and from the second octet on "-" and "="; each keyword once */
  const char* arguments; /* printable; NULL: none */
} ehlo_keyword_line;

/* What to do with a verb or a parameter that has no row, or whose extension is not offered. REFUSE: 500, 502 or 555.
 * OFFER: report it as EHLO_VERB_UNKNOWN or EHLO_PARAM_UNKNOWN. IGNORE: drop it (parameters only). Verbs with
 * EHLO_COMMAND_FIXED, and verbs that begin with BDAT, are always refused. */
enum { EHLO_UNKNOWN_REFUSE = 0, EHLO_UNKNOWN_OFFER = 1, EHLO_UNKNOWN_IGNORE = 2 };

/* The ids of a program's rows: these numbers plus the place in the array, from 0. */
#define EHLO_VERB_OWN 256
#define EHLO_PARAM_OWN 256

#endif
