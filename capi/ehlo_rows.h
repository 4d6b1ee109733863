/* ehlo_rows.h - what is known of each verb, each parameter and each service extension, as plain data.
 *
 * ehlo_rows.def has the rows of the library; ehlo_verb_info and the like (ehlo_base.h) give them out. */
#ifndef EHLO_ROWS_H
#define EHLO_ROWS_H

#include "ehlo_types.h"

/* ---- verbs ---- */

/* What stands behind a verb, and the fields of a command that it fills. */
typedef enum ehlo_argument {
  EHLO_ARGUMENT_NONE = 0,        /* nothing may follow */
  EHLO_ARGUMENT_TEXT = 1,        /* text: printable; UTF-8 and a last word SMTPUTF8 with EHLO_COMMAND_UTF8 */
  EHLO_ARGUMENT_HOST = 2,        /* text: a domain or an address literal; kind: EHLO_DOMAIN_* */
  EHLO_ARGUMENT_DOMAINS = 3,     /* text: domains of two labels or more, "," between them (ATRN, RFC 2645 5.2.1) */
  EHLO_ARGUMENT_PATH = 4,        /* path: "FROM:" and a path, nothing behind it (SEND, RFC 821 4.1.2) */
  EHLO_ARGUMENT_PATH_PARAMS = 5, /* path, params: "FROM:", of RCPT "TO:" */
  EHLO_ARGUMENT_MECHANISM = 6,   /* text: a SASL mechanism; response: base64 (AUTH, RFC 4954 4). In COMMAND, whose
                                    response is the verb, text has both, as sent */
  EHLO_ARGUMENT_CHUNK = 7,       /* number; EHLO_FLAG_LAST (BDAT, RFC 3030 2) */
  EHLO_ARGUMENT_SIZE = 8,        /* number, and text: another number (XEXCH50) */
  EHLO_ARGUMENT_URI = 9,         /* text: an absolute URI (RFC 3986 4.3); EHLO_FLAG_LAST (BURL, RFC 4468 3) */
  EHLO_ARGUMENT_NODE = 10,       /* text: the node without what kind says; kind: '@', '#' or 0 (ETRN, RFC 1985 5) */
  EHLO_ARGUMENT_ATTRIBUTES = 11  /* params: NAME=xtext, each once, with the id EHLO_PARAM_UNKNOWN (XCLIENT, XFORWARD) */
} ehlo_argument;

/* What follows a command that was taken. */
typedef enum ehlo_follows {
  EHLO_FOLLOWS_NONE = 0,
  EHLO_FOLLOWS_CONTENT = 1,            /* content up to its lone dot (DATA) */
  EHLO_FOLLOWS_OCTETS = 2,             /* as many octets as `number` says (BDAT) */
  EHLO_FOLLOWS_OCTETS_AFTER_REPLY = 3, /* the same, behind a 3yz (XEXCH50) */
  EHLO_FOLLOWS_EXCHANGE = 4,           /* challenges and responses (AUTH) */
  EHLO_FOLLOWS_LINES = 5               /* lines, until the program says that there was the last */
} ehlo_follows;

/* ehlo_verb_row.flags. Without ANY_TIME and IN_TRANSACTION a verb stands behind EHLO and between transactions. */
enum {
  EHLO_COMMAND_SMTP = 1,
  EHLO_COMMAND_LMTP = 2,
  EHLO_COMMAND_OPTIONAL = 4,        /* the argument may be missing */
  EHLO_COMMAND_UTF8 = 8,            /* where SMTPUTF8 is offered: UTF-8, and the word SMTPUTF8 (RFC 6531 3.7.4.2) */
  EHLO_COMMAND_ENDS_GROUP = 16,     /* RFC 2920 3.1: the last of a pipelined group */
  EHLO_COMMAND_ANY_TIME = 32,       /* also before EHLO, and within a transaction */
  EHLO_COMMAND_IN_TRANSACTION = 64, /* behind EHLO, also within a transaction */
  EHLO_COMMAND_NEEDS_EHLO = 128,    /* out of sequence (503) behind HELO */
  EHLO_COMMAND_NEEDS_AUTH = 256,    /* refused (530) before authentication */
  EHLO_COMMAND_BEFORE_TLS = 512,    /* not refused where TLS is required (RFC 3207 4) */
  EHLO_COMMAND_BEFORE_AUTH = 1024,  /* not refused where authentication is required (RFC 4954 6) */
  EHLO_COMMAND_SECRET = 2048,       /* its events have EHLO_FLAG_SECRET, refused or mistyped too; MECHANISM has it */
  EHLO_COMMAND_DECLINED = 4096,     /* where nobody asks for it the answer is the `no` */
  EHLO_COMMAND_REPLY_3YZ = 8192,    /* a 3yz may answer it */
  EHLO_COMMAND_SESSION = 16384,     /* the session serves it, with an event of its own */
  EHLO_COMMAND_FIXED = 32768        /* no row of a program may have its name */
};

typedef struct ehlo_verb_row {
  const char* name;                   /* upper case letters, digits, "-"; 32 at most */
  const char* extensions;             /* keywords of those that bring it, a space between two: without one of them it
                                         is not known (502). "": it is always there */
  const char* yes_text;               /* of the default acceptance; NULL: the session writes it */
  const char* no_text;                /* of the default refusal */
  uint32_t yes_enhanced, no_enhanced; /* EHLO_ENHANCED(), EHLO_ENHANCED_NONE, or 0: the default of the code */
  uint32_t flags;                     /* EHLO_COMMAND_* */
  uint16_t yes_code, no_code;         /* of a program's row 0: 250, and 502 with 5.5.1; not 221 and not 421, which end
                                         a session */
  uint16_t id;                        /* EHLO_VERB_*; not looked at in a program's row, see EHLO_VERB_OWN */
  uint8_t argument;                   /* EHLO_ARGUMENT_* */
  uint8_t follows;                    /* EHLO_FOLLOWS_* */
} ehlo_verb_row;

/* ---- parameters of MAIL and RCPT ---- */

/* What a value is, and what `number` of an ehlo_param and `number` and `text` of its writers are. */
typedef enum ehlo_kind {
  EHLO_KIND_TEXT = 0,     /* text: as sent */
  EHLO_KIND_NUMBER = 1,   /* number: decimal, no "+", no "-0", no leading zeros */
  EHLO_KIND_WORD = 2,     /* number: the place of the word in `words`, plus `least` (BODY from 0, RET from 1) */
  EHLO_KIND_WORDS = 3,    /* number: bit i for word i of `words`; "," between words (NOTIFY) */
  EHLO_KIND_XTEXT = 4,    /* text: printable ASCII; as sent, xtext (ENVID) */
  EHLO_KIND_MAILBOX = 5,  /* text: a mailbox; as sent, xtext (AUTH) */
  EHLO_KIND_DATE = 6,     /* number: Unix seconds; as sent, a date-time of RFC 3339 (HOLDUNTIL) */
  EHLO_KIND_KEYWORDS = 7, /* text: words of letters, digits, ".-_:", the first a letter; "," between words (SOLICIT) */
  EHLO_KIND_CUSTOM = 8    /* by its id; not for rows of programs (ORCPT) */
} ehlo_kind;

enum { EHLO_VALUE_NONE = 0, EHLO_VALUE_REQUIRED = 1, EHLO_VALUE_OPTIONAL = 2 };

/* ehlo_param_row.flags */
enum {
  EHLO_ROW_UNSIGNED = 1,      /* NUMBER: up to 2^64 - 1, whatever `most` says */
  EHLO_ROW_LEADING_ZEROS = 2, /* NUMBER: they are taken; 20 digits at most */
  EHLO_ROW_FIRST_ALONE = 4,   /* WORDS: the first word is none of a list */
  EHLO_ROW_NULL_PATH = 8,     /* MAILBOX: or "<>" */
  EHLO_ROW_UTC_ONLY = 16,     /* DATE: no offset but "Z" */
  EHLO_ROW_IGNORED = 32,      /* a program's: read and dropped */
  EHLO_ROW_FIXED = 64,        /* no row of a program may have its keyword */
  EHLO_ROW_ANY_HEX = 128 /* XTEXT, MAILBOX: hex digits in any case (RFC 4954), not in upper case alone (RFC 3461) */
};

enum { EHLO_PARAM_OF_MAIL = 1, EHLO_PARAM_OF_RCPT = 2 };

typedef struct ehlo_param_row {
  const char* keyword;    /* upper case letters, digits, "-" */
  const char* extensions; /* keywords of those that bring it, a space between two */
  const char* words;      /* WORD, WORDS: upper case letters, digits, "-", a space between two. Others: NULL */
  int64_t least, most; /* NUMBER: the bounds. WORD: `least` counts the first word. Others: `most` octets as sent, 0: no
                          limit but that of the line */
  uint32_t octets;     /* how much longer it makes the longest line, once however many of its extensions are offered */
  uint16_t id;         /* EHLO_PARAM_*; not looked at in a program's row, see EHLO_PARAM_OWN */
  uint8_t commands;    /* EHLO_PARAM_OF_* bits */
  uint8_t kind;        /* EHLO_KIND_* */
  uint8_t value;       /* EHLO_VALUE_* */
  uint8_t flags;       /* EHLO_ROW_* */
} ehlo_param_row;

/* ---- service extensions ---- */

/* ehlo_extension_row.flags */
enum {
  EHLO_EXTENSION_TLS_ONLY = 1,  /* not without TLS (REQUIRETLS) */
  EHLO_EXTENSION_NO_TLS = 2,    /* not within TLS (STARTTLS) */
  EHLO_EXTENSION_PLAINTEXT = 4, /* without TLS only where the program says PLAINTEXT_AUTH (AUTH) */
  EHLO_EXTENSION_ARGUMENTS = 8, /* not without arguments (AUTH) */
  EHLO_EXTENSION_DEFAULT = 16,  /* one of EHLO_EXT_DEFAULT */
  EHLO_EXTENSION_FIXED = 32     /* no row of a program may have its keyword */
};

typedef struct ehlo_extension_row {
  const char* keyword;               /* NULL in a program's row: nothing is announced, its octets count */
  const char* arguments;             /* a program's row: what follows the keyword in our EHLO reply. NULL: nothing */
  const char* needs;                 /* keywords of those without which it is not offered, a space between two */
  uint32_t flags;                    /* EHLO_EXTENSION_* */
  uint16_t mail_octets, rcpt_octets; /* how much longer it makes the longest line, beside its parameters */
  uint16_t id;                       /* EHLO_EXT_*; not looked at in a program's row */
  uint16_t reserved;                 /* 0 */
} ehlo_extension_row;

/* ---- what a program adds ---- */

/* Rows of a program, 256 of each kind at most. A configuration that is made with them copies them. Each array has the
 * size of its elements beside it, so that rows can grow: sizeof its element type, not looked at where there are none.
 *
 * A row of a program stands in the place of the row of the library that has its name, so that a later version of the
 * library, which knows more names, changes nothing for the program. An extension whose keyword is one of the library's
 * takes the library's parameters and verbs of that extension with it. Names of rows with a FIXED flag cannot be had,
 * nor names of verbs that begin with BDAT, since a chunk may follow those.
 *
 * `extensions` and `needs` name extensions of the library or of the program; "" or NULL: none, and then a parameter or
 * a verb is always there. A verb is of SMTP or LMTP (its flags), a parameter of MAIL or RCPT (`commands`); WORD and
 * WORDS have `words`, each once. Of a row that is larger than the library's what stands behind that is not looked at.
 * Two rows of parameters may have one keyword if each is of a command of its own. Rows of verbs
 * have EHLO_FOLLOWS_NONE, an argument that is not PATH_PARAMS, texts of 400 octets at most, and a 2yz for a yes, a 4yz
 * or 5yz for a no. Their order is that of the announcement, behind the library's. */
typedef struct ehlo_rows {
  const ehlo_extension_row* extensions;
  const ehlo_param_row* params;
  const ehlo_verb_row* verbs;
  uint32_t extension_size, extension_count;
  uint32_t param_size, param_count;
  uint32_t verb_size, verb_count;
} ehlo_rows;

/* A line of our EHLO reply, without its code 506 octets at most. For an extension of the library it says that it is
 * offered, as its bit does, and with which arguments; SIZE and AUTH have options of their own, and no line. For an
 * extension of the program's rows it gives the arguments. Any other keyword is announced, and that is all; one that
 * begins with "AUTH=" (for clients of old) where AUTH is. */
typedef struct ehlo_keyword_line {
  const char* keyword;   /* letters, digits, "-" and "=" behind the first octet; each keyword once */
  const char* arguments; /* printable; NULL: none */
} ehlo_keyword_line;

/* What to do with a verb or a parameter that is of no row, or of none that is there now (its extension is not offered):
 * refuse it (500, 502, 555); hand it over, as EHLO_VERB_UNKNOWN or EHLO_PARAM_UNKNOWN; drop it (parameters). Verbs with
 * EHLO_COMMAND_FIXED, and what begins with BDAT, are refused in any case. */
enum { EHLO_UNKNOWN_REFUSE = 0, EHLO_UNKNOWN_OFFER = 1, EHLO_UNKNOWN_IGNORE = 2 };

/* The ids of a program's rows: these plus the place in the array. */
#define EHLO_VERB_OWN 256
#define EHLO_PARAM_OWN 256

#endif
