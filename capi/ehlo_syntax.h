/* ehlo_syntax.h - parsers, writers, decoders and encoders that need no session. */
#ifndef EHLO_SYNTAX_H
#define EHLO_SYNTAX_H

#include "ehlo_base.h"
#include "ehlo_syntax_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- parsing without a session ---- */

EHLO_API void ehlo_parse_options_init(ehlo_parse_options* options, size_t size);

/* Parses one line, with its CRLF. `params` takes at most `param_cap` parameters (EHLO_PARAMS_MAX is always enough;
 * more is EHLO_E_SPACE). An error of the peer gives its position in *error_offset, if that is not NULL. What MAIL said
 * before RCPT is not known here: with SMTPUTF8 among the extensions UTF-8 in RCPT is taken for allowed, and RCPT
 * without any is judged as in a transaction without SMTPUTF8 (what ORCPT decodes to is ASCII then, RFC 3461 4.2).
 * `param_size` is `sizeof *params` of the program; too small a one is EHLO_E_ARGUMENT. */
EHLO_API int32_t ehlo_command_parse(const void* line, size_t length, const ehlo_parse_options* options,
                                    ehlo_command* command, ehlo_param* params, size_t param_size, size_t param_cap,
                                    size_t* error_offset);

/* Parses a path with its angle brackets, whole. `forward`: no null path, but bare Postmaster. EHLO_E_SYNTAX;
 * EHLO_E_NEEDS_SMTPUTF8 where non-ASCII is not allowed. */
EHLO_API int32_t ehlo_path_parse(const void* text, size_t length, int32_t forward, int32_t smtputf8, uint32_t flags,
                                 ehlo_path* path, size_t* error_offset);

/* Parses the parameters that follow a path and its space, for EHLO_VERB_MAIL or EHLO_VERB_RCPT; SMTPUTF8 as above. */
EHLO_API int32_t ehlo_params_parse(const void* text, size_t length, uint32_t verb, const ehlo_parse_options* options,
                                   ehlo_param* params, size_t param_size, size_t param_cap, size_t* param_count,
                                   size_t* error_offset);

/* ---- writing without a session ---- */

EHLO_API void ehlo_command_text_init(ehlo_command_text* command, size_t size);

/* Writes the command line with its CRLF into `out` and gives its octets; where they pass `capacity` nothing is written.
 * EHLO_E_ARGUMENT, EHLO_E_SYNTAX, EHLO_E_NEEDS_SMTPUTF8 for a part that may not be sent: nothing that would end the
 * line or begin another can leave inside an argument. What was written parses back to the same values, `kind` and
 * `text` of a NODE from a text that has both. */
EHLO_API int64_t ehlo_command_write(const ehlo_command_text* command, void* out, size_t capacity);

/* Writes "KEYWORD=value" of the parameter `id` of the library from its meaning, `number` or decoded `text` as the kind
 * of its row says (SIZE from 2^63 on: (int64_t)size; ORCPT: "type;address", UTF-8 for the type utf-8). As above;
 * EHLO_E_ARGUMENT where there is no such value. */
EHLO_API int64_t ehlo_param_write(uint32_t id, int64_t number, const char* text, size_t length, void* out,
                                  size_t capacity);
/* The value alone; empty for a parameter that has none. */
EHLO_API int64_t ehlo_param_value_write(uint32_t id, int64_t number, const char* text, size_t length, void* out,
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
/* Gives the octets consumed (keep the rest, at most 3 octets unless the spans ran out). Fills `spans`, at least three:
 * with fewer nothing is consumed. Sets *done to 1 when the end of data was consumed, and *violations to the EHLO_SEEN_*
 * bits of the message so far. */
EHLO_API size_t ehlo_dot_decoder_feed(ehlo_dot_decoder* decoder, const void* input, size_t length, ehlo_span* spans,
                                      uint32_t span_cap, uint32_t* span_count, uint32_t* violations, int32_t* done);
/* Where each kind of violation was first seen: octets from the start of the wire content; UINT64_MAX if not seen. */
EHLO_API uint64_t ehlo_dot_decoder_first(const ehlo_dot_decoder* decoder, uint32_t violation);

/* ---- replies without a session ---- */

/* Reads one reply from the start of `input` (RFC 5321 4.2). `limits` may be NULL. EHLO_E_INCOMPLETE: it has not ended
 * yet. EHLO_E_MALFORMED_REPLY, EHLO_E_CODE_MISMATCH, EHLO_E_BARE_LF, EHLO_E_BARE_CR, EHLO_E_REPLY_TOO_LONG: with the
 * position in *error_offset, if that is not NULL. */
EHLO_API int32_t ehlo_reply_parse(const void* input, size_t length, const ehlo_reply_limits* limits, ehlo_reply* reply,
                                  size_t* error_offset);

/* The lines of a reply that was read: gives 1 and the text behind the code of the line at *at, which moves to the next
 * one; 0 behind the last. Begin with *at = 0. */
EHLO_API int32_t ehlo_reply_line(const void* reply, size_t length, size_t* at, ehlo_span* text);

/* Writes a reply: `code` 200 to 599; `enhanced` EHLO_ENHANCED() of the class of the code, EHLO_ENHANCED_NONE, or 0 for
 * the default: X.0.0 of that class, none for 3yz; `text` in printable octets, HT and UTF-8, in which "\n" or "\r\n"
 * begins a line. Lines are folded at 512 octets. Gives its octets; where they pass `capacity` nothing is written.
 * EHLO_E_ARGUMENT. */
EHLO_API int64_t ehlo_reply_write(uint32_t code, uint32_t enhanced, const char* text, size_t text_length, void* out,
                                  size_t capacity);

/* Reads the complete reply to EHLO or LHLO (RFC 5321 4.1.1.1). `tls`: whether TLS is active. The errors of
 * ehlo_reply_parse; EHLO_E_HELLO_REFUSED for 4yz and 5yz, EHLO_E_UNEXPECTED_CODE for any other than 250. Lines that are
 * no keyword are passed over; of repeated ones the last SIZE counts, the mechanisms of all AUTH lines do. */
EHLO_API int32_t ehlo_hello_parse(const void* reply, size_t length, int32_t tls, const ehlo_reply_limits* limits,
                                  ehlo_hello* hello, size_t* error_offset);

/* The capabilities of such a reply: 1 and the next one, 0 behind the last. Begin with *at = 0. Lines that are no
 * keyword are passed over. "AUTH=PLAIN" is given as AUTH with the parameters "PLAIN". */
EHLO_API int32_t ehlo_hello_next(const void* reply, size_t length, size_t* at, ehlo_capability* capability);

/* Whether the mechanism, in any case, stands in an AUTH line of the reply. */
EHLO_API int32_t ehlo_hello_has_mechanism(const void* reply, size_t length, const char* mechanism,
                                          size_t mechanism_length);

/* Writes a 250 reply to EHLO: the domain (a name or an address literal) and a line for each line of `lines`, which are
 * separated by "\n" and each a keyword with its parameters. EHLO_E_ARGUMENT. As ehlo_reply_write. */
EHLO_API int64_t ehlo_hello_write(const char* domain, size_t domain_length, const char* lines, size_t lines_length,
                                  void* out, size_t capacity);

/* ---- SASL messages, the client's side ---- */

/* Writes the message of PLAIN in raw octets (RFC 4616). `authzid` may be empty. EHLO_E_ARGUMENT: a NUL in a field, or
 * an empty authcid or passwd. As ehlo_reply_write. */
EHLO_API int64_t ehlo_auth_plain_write(const char* authzid, size_t authzid_length, const char* authcid,
                                       size_t authcid_length, const char* passwd, size_t passwd_length, void* out,
                                       size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
