/* ehlo_syntax.h - parsers, writers, decoders and encoders that need no session. */
#ifndef EHLO_SYNTAX_H
#define EHLO_SYNTAX_H

#include "ehlo_base.h"
#include "ehlo_syntax_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Spans of the results are offsets into the text that the call was given, and valid as long as the program keeps it.
 *
 * Calls that write into `out` (the writers, decoders and encoders below) return the number of octets of the result. If
 * that is more than `capacity`, nothing was written; so `out` NULL with `capacity` 0 measures. No NUL is added. A
 * negative number is an ehlo_rc, and nothing was written. */

/* ---- parsing without a session ---- */

/* Fills the options with their defaults. `size` is sizeof(ehlo_parse_options) in the program. */
EHLO_API void ehlo_parse_options_init(ehlo_parse_options* options, size_t size);

/* Parses one command line, with its CRLF. `options` may be NULL: the defaults. `params` receives at most `param_cap`
 * parameters; EHLO_PARAMS_MAX is always enough, and with fewer EHLO_E_SPACE is possible. `param_size` is
 * `sizeof *params` in the program. *error_offset (which may be NULL) is the position of an error of the peer, in octets
 * from the start of the line. EHLO_E_ARGUMENT: a mistake in the call, such as a line without its CRLF or too small a
 * `param_size`.
 *
 * A RCPT line does not show whether its MAIL had SMTPUTF8. So UTF-8 in it is accepted if SMTPUTF8 is among the
 * extensions. A RCPT line without UTF-8 follows the rules of a transaction without SMTPUTF8: ORCPT must then decode to
 * ASCII (RFC 3461 4.2). */
EHLO_API int32_t ehlo_command_parse(const void* line, size_t length, const ehlo_parse_options* options,
                                    ehlo_command* command, ehlo_param* params, size_t param_size, size_t param_cap,
                                    size_t* error_offset);

/* Parses a path with its angle brackets; nothing may follow it. `forward`: 1 for the path of RCPT, which may be
 * <Postmaster> but not <> (RFC 5321 4.1.1.3), 0 for that of MAIL. `flags`: EHLO_SERVER_FLAG_GENERAL_LITERALS or 0. The
 * error and its position in *error_offset (which may be NULL): EHLO_E_SYNTAX; EHLO_E_NEEDS_SMTPUTF8, if the path is not
 * ASCII and `smtputf8` is 0. */
EHLO_API int32_t ehlo_path_parse(const void* text, size_t length, int32_t forward, int32_t smtputf8, uint32_t flags,
                                 ehlo_path* path, size_t* error_offset);

/* Parses the parameters that follow a path and its space. `verb` is EHLO_VERB_MAIL or EHLO_VERB_RCPT. *param_count is
 * their number, 0 after an error. SMTPUTF8, `params` and errors as for ehlo_command_parse. */
EHLO_API int32_t ehlo_params_parse(const void* text, size_t length, uint32_t verb, const ehlo_parse_options* options,
                                   ehlo_param* params, size_t param_size, size_t param_cap, size_t* param_count,
                                   size_t* error_offset);

/* ---- writing without a session ---- */

/* Sets all fields to 0, and struct_size to `size`, which is sizeof(ehlo_command_text) in the program. */
EHLO_API void ehlo_command_text_init(ehlo_command_text* command, size_t size);

/* Writes a command line with its CRLF. A part that may not be sent is EHLO_E_ARGUMENT, EHLO_E_SYNTAX or
 * EHLO_E_NEEDS_SMTPUTF8, so no argument can end the line or begin another. The line parses back to the same values. A
 * text for EHLO_ARGUMENT_NODE has both the `kind` and the `text` that the parser separates. */
EHLO_API int64_t ehlo_command_write(const ehlo_command_text* command, void* out, size_t capacity);

/* Writes "KEYWORD=value" of the library's parameter `id` (EHLO_PARAM_*) from its meaning. The kind of its row says
 * whether that is `number` or the decoded `text` (ehlo_kind). SIZE from 2^63 on: (int64_t)size. ORCPT: "type;address",
 * in UTF-8 for the type utf-8 (RFC 6533 3). EHLO_E_ARGUMENT: the parameter has no such value, or no row has the id. */
EHLO_API int64_t ehlo_param_write(uint32_t id, int64_t number, const char* text, size_t length, void* out,
                                  size_t capacity);
/* Writes the value alone; 0 octets for a parameter that has no value. */
EHLO_API int64_t ehlo_param_value_write(uint32_t id, int64_t number, const char* text, size_t length, void* out,
                                        size_t capacity);

/* Decoders and encoders. A decoder reports EHLO_E_SYNTAX, base64_decode EHLO_E_BAD_BASE64. An encoder reports
 * EHLO_E_ARGUMENT.
 *  local_part_unquote  the meaning of a local part as sent: without quotes and backslashes (RFC 5321 4.1.2)
 *  local_part_quote    the local part as sent, quoted if it must be, from its meaning
 *  xtext_decode        RFC 3461 4; `any_case` 1: hexadecimal digits in lower case too (RFC 4954 5)
 *  orcpt_decode        the address after the "type;" of an ORCPT value: xtext, and for utf-8 also \x{..} (RFC 6533 3)
 *  base64_decode       strict (RFC 4954 4): no octet outside of the alphabet, and padding exactly where it belongs */
EHLO_API int64_t ehlo_local_part_unquote(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_local_part_quote(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_xtext_decode(const void* text, size_t length, int32_t any_case, void* out, size_t capacity);
EHLO_API int64_t ehlo_xtext_encode(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_orcpt_decode(const void* value, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_base64_decode(const void* text, size_t length, void* out, size_t capacity);
EHLO_API int64_t ehlo_base64_encode(const void* octets, size_t length, void* out, size_t capacity);

/* Parses the message of SASL PLAIN (RFC 4616 2), already decoded from base64, into three spans of it. EHLO_E_SYNTAX: it
 * is not [authzid] NUL authcid NUL passwd, in UTF-8, with a non-empty authcid and passwd. */
EHLO_API int32_t ehlo_auth_plain_parse(const void* message, size_t length, ehlo_span* authzid, ehlo_span* authcid,
                                       ehlo_span* passwd);

/* A decoder of the content of DATA (RFC 5321 4.5.2), without a session: for what follows a 354 reply. */
typedef struct ehlo_dot_decoder ehlo_dot_decoder;
/* `max_line_octets` of a content line, with its CRLF, and `max_octets` of the content: what is longer is reported as a
 * violation; 0: no limit. `allocator` may be NULL. NULL: no memory. The program frees the decoder. */
EHLO_API ehlo_dot_decoder* ehlo_dot_decoder_new(uint32_t max_line_octets, uint64_t max_octets,
                                                const ehlo_allocator* allocator);
EHLO_API void ehlo_dot_decoder_free(ehlo_dot_decoder* decoder);
/* Shows the next input and returns the number of octets consumed. The program shows the rest again: at most 3 octets,
 * unless the spans were used up. `spans` receives the content as offsets into `input`; `span_cap` is at least 3, else
 * nothing is consumed. *done is 1 after the end of data was consumed. *violations has the EHLO_SEEN_* bits of the
 * message so far. */
EHLO_API size_t ehlo_dot_decoder_feed(ehlo_dot_decoder* decoder, const void* input, size_t length, ehlo_span* spans,
                                      uint32_t span_cap, uint32_t* span_count, uint32_t* violations, int32_t* done);
/* Where the violation (one EHLO_SEEN_* bit) was first seen, in octets from the start of the content as sent; UINT64_MAX
 * if it was not seen, or if `decoder` is NULL. */
EHLO_API uint64_t ehlo_dot_decoder_first(const ehlo_dot_decoder* decoder, uint32_t violation);

/* ---- replies without a session ---- */

/* Parses one reply at the start of `input` (RFC 5321 4.2). `limits` may be NULL: the defaults. EHLO_E_INCOMPLETE: the
 * reply has not ended yet; call again with more input. *error_offset (which may be NULL) is the position of
 * EHLO_E_MALFORMED_REPLY, EHLO_E_CODE_MISMATCH, EHLO_E_BARE_LF, EHLO_E_BARE_CR or EHLO_E_REPLY_TOO_LONG. */
EHLO_API int32_t ehlo_reply_parse(const void* input, size_t length, const ehlo_reply_limits* limits, ehlo_reply* reply,
                                  size_t* error_offset);

/* Iterates over the lines of a parsed reply; begin with *at = 0. 1: *text is the text after the code of the line, an
 * offset into the reply, and *at is that of the next line. 0: there are no more lines. */
EHLO_API int32_t ehlo_reply_line(const void* reply, size_t length, size_t* at, ehlo_span* text);

/* Writes a reply. `code`: 200 to 599. `enhanced`: EHLO_ENHANCED() of the class of `code`; EHLO_ENHANCED_NONE; or 0 for
 * the default, which is X.0.0 of the class and none for 3yz. `text`: printable octets, HT and UTF-8; "\n" or "\r\n"
 * begins another line. Lines are folded at 512 octets (RFC 5321 4.5.3.1.5). EHLO_E_ARGUMENT. */
EHLO_API int64_t ehlo_reply_write(uint32_t code, uint32_t enhanced, const char* text, size_t text_length, void* out,
                                  size_t capacity);

/* Parses the complete reply to EHLO or LHLO (RFC 5321 4.1.1.1). `tls`: 1 if TLS is active. A line that does not begin
 * with a keyword is skipped. If keywords are repeated, the last SIZE counts, and the mechanisms of all AUTH lines.
 * Errors: those of ehlo_reply_parse; EHLO_E_HELLO_REFUSED for 4yz and 5yz; EHLO_E_UNEXPECTED_CODE for any other code
 * than 250. */
EHLO_API int32_t ehlo_hello_parse(const void* reply, size_t length, int32_t tls, const ehlo_reply_limits* limits,
                                  ehlo_hello* hello, size_t* error_offset);

/* Iterates over the capabilities of such a reply; begin with *at = 0. 1: *capability is the next one; 0: there are no
 * more. A line that does not begin with a keyword is skipped. "AUTH=PLAIN" is AUTH with the parameters "PLAIN". */
EHLO_API int32_t ehlo_hello_next(const void* reply, size_t length, size_t* at, ehlo_capability* capability);

/* 1: an AUTH line of the reply lists the mechanism, in any case; 0: none does. */
EHLO_API int32_t ehlo_hello_has_mechanism(const void* reply, size_t length, const char* mechanism,
                                          size_t mechanism_length);

/* Writes a 250 reply to EHLO: the domain (a name or an address literal), and a line for each of `lines`. These are
 * separated by "\n"; each is a keyword with its parameters. EHLO_E_ARGUMENT. */
EHLO_API int64_t ehlo_hello_write(const char* domain, size_t domain_length, const char* lines, size_t lines_length,
                                  void* out, size_t capacity);

/* ---- SASL messages, the client's side ---- */

/* Writes the message of PLAIN in raw octets (RFC 4616 2). `authzid` may be empty. EHLO_E_ARGUMENT: a field has a NUL,
 * or authcid or passwd is empty. */
EHLO_API int64_t ehlo_auth_plain_write(const char* authzid, size_t authzid_length, const char* authcid,
                                       size_t authcid_length, const char* passwd, size_t passwd_length, void* out,
                                       size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
