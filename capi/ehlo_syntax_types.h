/* ehlo_syntax_types.h - the options and results of parsers and writers: plain data. */
#ifndef EHLO_SYNTAX_TYPES_H
#define EHLO_SYNTAX_TYPES_H

#include "ehlo_rows.h"

/* ---- parsing without a session ---- */

/* What a parser takes for granted. Fill with ehlo_parse_options_init. */
typedef struct ehlo_parse_options {
  size_t struct_size;
  uint64_t extensions;      /* offered */
  uint32_t protocol;        /* EHLO_PROTOCOL_* */
  uint32_t max_line_octets; /* 0: 512 and what the extensions add; AUTH, where it is offered: 12288 */
  uint32_t flags;           /* EHLO_SERVER_FLAG_GENERAL_LITERALS, EHLO_SERVER_FLAG_IMPLICIT_TLS (TLS is active) */
  uint32_t reserved;
  uint32_t max_local_part_octets; /* of a local part as sent, with its quotes; 0: no limit but the line's */
  uint32_t max_path_octets;       /* of a path with its angle brackets; likewise */
  const ehlo_rows* rows;          /* of the program; NULL: none. Each call validates them, which takes a time that grows
                                     with the square of their number */
} ehlo_parse_options;

/* A parsed command line; spans are offsets into it. What is filled besides `verb` depends on the kind of argument:
 * EHLO_ARGUMENT_* (ehlo_rows.h). */
typedef struct ehlo_command {
  uint32_t verb;  /* EHLO_VERB_* */
  uint32_t flags; /* EHLO_FLAG_LAST (BDAT), EHLO_FLAG_SMTPUTF8 (VRFY, EXPN), EHLO_FLAG_LITERAL */
  uint32_t kind;  /* EHLO HELO LHLO: EHLO_DOMAIN_* */
  uint32_t param_count;
  uint64_t number;    /* BDAT: octets */
  ehlo_span text;     /* host, mechanism, argument */
  ehlo_span response; /* AUTH: initial response as sent; "=" is present with length 0 */
  ehlo_path path;
} ehlo_command;

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
  uint64_t number; /* BDAT: octets */
  uint32_t verb;   /* EHLO_VERB_* */
  uint32_t flags;  /* EHLO_FLAG_LAST (BDAT), EHLO_FLAG_SMTPUTF8 (non-ASCII allowed; VRFY and EXPN carry it) */
} ehlo_command_text;

/* What a dot decoder has seen: the kinds of violations. */
enum {
  EHLO_SEEN_BARE_LF = 1,
  EHLO_SEEN_BARE_CR = 2,
  EHLO_SEEN_LONG_LINE = 4,
  EHLO_SEEN_TOO_LARGE = 8,
  EHLO_SEEN_FALSE_END = 16,
  EHLO_SEEN_NUL = 32
};

/* ---- replies without a session ---- */

/* Bounds of one reply. 0 stands for the default. */
typedef struct ehlo_reply_limits {
  uint32_t line_octets; /* of a line, with CRLF; default 4096 */
  uint32_t lines;       /* default 256 */
  uint32_t octets;      /* of the whole reply; default 65536 */
} ehlo_reply_limits;

typedef struct ehlo_reply {
  uint32_t code;
  uint32_t enhanced; /* what all lines have and is of the class of the code (RFC 2034 4); else EHLO_ENHANCED_NONE */
  uint32_t lines;
  uint32_t length; /* octets, with the CRLF of the last line */
} ehlo_reply;

/* A line of an EHLO reply. Spans are offsets into the reply. */
typedef struct ehlo_capability {
  ehlo_span keyword; /* as sent, any case */
  ehlo_span params;  /* what follows it, without the spaces at its ends; absent if nothing does */
} ehlo_capability;

typedef struct ehlo_hello {
  uint64_t offered;    /* EHLO_EXT_BIT(x) of what is known */
  uint64_t usable;     /* of these, what may be used: without what needs TLS, or the absence of it, or another one */
  uint64_t size_limit; /* octets, 0: no fixed limit; only with has_size_limit */
  uint32_t has_size_limit;
  uint32_t reserved;
  ehlo_span domain; /* the first word */
} ehlo_hello;

/* ---- SASL messages, the client's side ---- */

#endif
