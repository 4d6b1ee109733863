/* ehlo_syntax_types.h - the options and results of parsers and writers: plain data. */
#ifndef EHLO_SYNTAX_TYPES_H
#define EHLO_SYNTAX_TYPES_H

#include "ehlo_rows.h"

/* ---- parsing without a session ---- */

/* What a parser assumes about the session. Fill with ehlo_parse_options_init. */
typedef struct ehlo_parse_options {
  size_t struct_size;
  uint64_t extensions;      /* offered: EHLO_EXT_BIT(x) */
  uint32_t protocol;        /* EHLO_PROTOCOL_* */
  uint32_t max_line_octets; /* with CRLF; 0: 512 and what the extensions add; for AUTH, if it is offered, 12288 */
  uint32_t flags;           /* EHLO_SERVER_FLAG_GENERAL_LITERALS, EHLO_SERVER_FLAG_IMPLICIT_TLS (TLS is active) */
  uint32_t reserved;
  uint32_t max_local_part_octets; /* of a local part as sent, with its quotes; 0: limited only by the line */
  uint32_t max_path_octets;       /* of a path with its angle brackets; 0: limited only by the line */
  const ehlo_rows* rows; /* of the program; NULL: none. Not copied: each call validates them, in a time that grows
                            with the square of their number */
} ehlo_parse_options;

/* A parsed command line; spans are offsets into it. ehlo_argument (ehlo_rows.h) says which fields the argument fills.
 * The others are 0 or absent. */
typedef struct ehlo_command {
  uint32_t verb;  /* EHLO_VERB_* */
  uint32_t flags; /* EHLO_FLAG_LAST (BDAT), EHLO_FLAG_SMTPUTF8 (VRFY, EXPN), EHLO_FLAG_LITERAL */
  uint32_t kind;  /* EHLO HELO LHLO: EHLO_DOMAIN_* */
  uint32_t param_count;
  uint64_t number;    /* BDAT: octets */
  ehlo_span text;     /* host, mechanism, argument */
  ehlo_span response; /* AUTH: the initial response as sent; of "=" it is present and empty */
  ehlo_path path;
} ehlo_command;

/* ---- writing without a session ---- */

/* A command to be written. Fill with ehlo_command_text_init. The texts are used during the call only. */
typedef struct ehlo_command_text {
  size_t struct_size;
  const char* text; /* host, mechanism or argument; MAIL and RCPT: the path without its brackets, "" for <> */
  size_t text_length;
  const char* params; /* MAIL and RCPT: "KEYWORD=value KEYWORD"; see ehlo_param_write */
  size_t params_length;
  const char* response; /* AUTH: the initial response in raw octets; NULL: none; the length 0 is written as "=" */
  size_t response_length;
  uint64_t number; /* BDAT: octets */
  uint32_t verb;   /* EHLO_VERB_* */
  uint32_t flags;  /* EHLO_FLAG_LAST (BDAT), EHLO_FLAG_SMTPUTF8 (non-ASCII is allowed; written with VRFY and EXPN) */
} ehlo_command_text;

/* The kinds of violations that a dot decoder reports. */
enum {
  EHLO_SEEN_BARE_LF = 1,
  EHLO_SEEN_BARE_CR = 2,
  EHLO_SEEN_LONG_LINE = 4,
  EHLO_SEEN_TOO_LARGE = 8,
  EHLO_SEEN_FALSE_END = 16,
  EHLO_SEEN_NUL = 32
};

/* ---- replies without a session ---- */

/* Limits of one reply. 0: the default. */
typedef struct ehlo_reply_limits {
  uint32_t line_octets; /* of a line, with CRLF; default 4096 */
  uint32_t lines;       /* the number of lines; default 256 */
  uint32_t octets;      /* of the whole reply; default 65536 */
} ehlo_reply_limits;

/* A parsed reply. */
typedef struct ehlo_reply {
  uint32_t code;
  uint32_t enhanced; /* the same in all lines, and of the class of the code (RFC 2034 4); else EHLO_ENHANCED_NONE */
  uint32_t lines;    /* the number of lines */
  uint32_t length;   /* octets, with the CRLF of the last line */
} ehlo_reply;

/* A line of an EHLO reply. Spans are offsets into the reply. */
typedef struct ehlo_capability {
  ehlo_span keyword; /* as sent, any case */
  ehlo_span params;  /* what follows it, without spaces at both ends; absent if nothing follows */
} ehlo_capability;

/* What an EHLO reply offers. */
typedef struct ehlo_hello {
  uint64_t offered;        /* EHLO_EXT_BIT(x) of the known extensions in it */
  uint64_t usable;         /* those of them that may be used now: it depends on TLS and on other extensions */
  uint64_t size_limit;     /* of SIZE, in octets; 0: no fixed limit (RFC 1870 4). Only with has_size_limit */
  uint32_t has_size_limit; /* 1: SIZE has a limit */
  uint32_t reserved;
  ehlo_span domain; /* the first word of the reply: the server's name */
} ehlo_hello;

#endif
