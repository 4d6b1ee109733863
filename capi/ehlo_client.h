/* ehlo_client.h - the sending side: envelopes, configurations, events, sessions.
 *
 * A client session is the mirror of a server session: the program shows it what the server sent, executes the
 * events that come back, and sends what the session has to say. What is to be done the program says by calls.
 *
 * Commands (hello, starttls, auth, mail, rcpt, data, rset, quit, ...) are sent at once or refused: EHLO_E_STATE where
 * the protocol does not allow them now, also where a reply must come first. Intents (open, transact) are carried out
 * step by step as replies arrive: fall back to HELO, pipeline what may be pipelined, end with the lone dot or RSET what
 * nobody took. A call that is refused has sent nothing and changed nothing. */
#ifndef EHLO_CLIENT_H
#define EHLO_CLIENT_H

#include "ehlo_client_types.h"
#include "ehlo_syntax.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- envelopes ---- */

/* What is to be sent to whom. It is checked when it is built, and may be submitted to any number of sessions, also by
 * several threads at a time. A session holds a reference of its own until it has been given the content or the
 * transaction is over: the program may free its reference at any time, as that of a configuration. */
typedef struct ehlo_envelope ehlo_envelope;

EHLO_API void ehlo_envelope_options_init(ehlo_envelope_options* options, size_t size);

/* NULL on failure, with the reason in *error if that is not NULL: EHLO_E_ARGUMENT (a sender or parameter against its
 * grammar, CR, LF and NUL among them), EHLO_E_MEMORY. `allocator` may be NULL. */
EHLO_API ehlo_envelope* ehlo_envelope_new(const ehlo_envelope_options* options, const ehlo_allocator* allocator,
                                          int32_t* error);
EHLO_API void ehlo_envelope_free(ehlo_envelope* envelope);

/* Adds a recipient, without brackets; its index is the number of those before it. EHLO_E_ARGUMENT, EHLO_E_MEMORY,
 * EHLO_E_STATE (a session holds it): the envelope is as before. */
EHLO_API int32_t ehlo_envelope_add(ehlo_envelope* envelope, const char* recipient, size_t length,
                                   const ehlo_param_text* params, size_t param_count);
EHLO_API uint32_t ehlo_envelope_count(const ehlo_envelope* envelope);

/* ---- client configuration ---- */

EHLO_API void ehlo_client_options_init(ehlo_client_options* options, size_t size);

typedef struct ehlo_client_config ehlo_client_config;

/* As ehlo_server_config_new. */
EHLO_API ehlo_client_config* ehlo_client_config_new(const ehlo_client_options* options, const ehlo_allocator* allocator,
                                                    int32_t* error);
/* The name of the first field for which ehlo_client_config_new would give EHLO_E_ARGUMENT, such as "max_recipients" or
 * "replies.octets"; NULL: they are all in range. Static. */
EHLO_API const char* ehlo_client_options_check(const ehlo_client_options* options);
EHLO_API void ehlo_client_config_free(ehlo_client_config* config);

/* ---- events ---- */

EHLO_API const char* ehlo_client_event_name(uint32_t type);

/* ---- client session ---- */

typedef struct ehlo_client ehlo_client;

/* A session for a new connection. NULL: no memory. It holds a reference to `config`; `allocator` may be NULL. */
EHLO_API ehlo_client* ehlo_client_new(const ehlo_client_config* config, const ehlo_allocator* allocator);
EHLO_API void ehlo_client_free(ehlo_client* client);

/* Shows `length` octets of input, starting with those that the last call did not consume, and fills the batch. Gives
 * the number of octets consumed; keep the rest and show it again with what comes next. A reply is consumed whole, with
 * all events about it given, so the buffer must be able to grow to ehlo_client_config_max_reply octets. To be called
 * again, with the same rest, while ehlo_client_wants says EHLO_WANT_EVENTS. Octets behind the end of the session are
 * consumed and ignored. */
EHLO_API size_t ehlo_client_receive(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch);
EHLO_API size_t ehlo_client_config_max_reply(const ehlo_client_config* config);

/* Writes as much of the pending commands as fits and gives the number of octets written. */
EHLO_API size_t ehlo_client_output(ehlo_client* client, void* out, size_t capacity);

/* EHLO_WANT_* bits: all that an event loop needs. While EHLO_WANT_EVENTS is set, what the server has said is not known
 * in full, and commands, intents and tls_started may be refused with EHLO_E_STATE for that alone. So take all events
 * first, then call. */
EHLO_API uint32_t ehlo_client_wants(const ehlo_client* client);

/* Intents.
 * open: waits for the greeting and sends EHLO (LHLO in LMTP); to be called again after tls_started. Where EHLO is
 * refused with 500, 501, 502, 504, 550 or 554 (RFC 5321 3.2, RFC 1869 4.5 to 4.7) HELO follows. Ends with READY.
 * transact: one transaction with `envelope`, to be called while wants says COMMAND, or once the content of the
 * transaction before has been given. Then wants says BODY, and the content is given by body. Each recipient has its
 * OUTCOME; DONE ends it. The session does what RFC 2920 allows: MAIL, RCPT and DATA leave together, or one after the
 * other without PIPELINING; the next transaction leaves behind the content of this one, with RSET before it while the
 * message has not been taken. RSET also clears a transaction that nobody was accepted in, or whose DATA or BDAT was
 * refused; a server that refuses RSET is EHLO_E_UNEXPECTED_CODE. EHLO_E_STATE; EHLO_E_ARGUMENT: no recipient, more
 * than max_recipients, or a parameter against a row of the session's that the envelope was not built with;
 * EHLO_E_SPACE: a line is longer than command_octets; EHLO_E_MEMORY; EHLO_E_TLS_REQUIRED; EHLO_E_MESSAGE_TOO_LARGE:
 * above the announced SIZE; EHLO_E_NOT_OFFERED: see ehlo_client_lacks.
 */
EHLO_API int32_t ehlo_client_open(ehlo_client* client);
EHLO_API int32_t ehlo_client_transact(ehlo_client* client, const ehlo_envelope* envelope);

/* The number of the transaction that transact or mail began last. */
EHLO_API uint32_t ehlo_client_transaction(const ehlo_client* client);

/* EHLO_EXT_BIT(x) of the extensions for whose absence the last call gave EHLO_E_NOT_OFFERED; 0: a parameter or
 * mechanism that no known extension brings. A parameter is brought by its own extensions alone: an EHLO line with its
 * keyword is not about it. */
EHLO_API uint64_t ehlo_client_lacks(const ehlo_client* client);
/* The keyword of the parameter, the SASL mechanism, or the first extension of the program's that would bring the verb,
 * for which the last call gave EHLO_E_NOT_OFFERED, as the program wrote it, with a NUL behind it; of more than 63
 * octets the first 63. NULL, with *length 0: it was none of them, see ehlo_client_lacks. Valid until the next call. */
EHLO_API const char* ehlo_client_lacks_keyword(const ehlo_client* client, size_t* length);

/* Commands. All: EHLO_E_STATE; EHLO_E_ARGUMENT: would break the syntax of the command (also EHLO_E_NEEDS_SMTPUTF8: a
 * non-ASCII address without the parameter SMTPUTF8), or a recipient more than max_recipients; EHLO_E_NOT_OFFERED;
 * EHLO_E_TLS_REQUIRED; EHLO_E_SPACE: output must be taken first, or the line is longer than command_octets;
 * EHLO_E_MEMORY.
 * hello: EHLO_VERB_EHLO, HELO or LHLO with our name; it ends an open transaction as rset does. rset: its reply is 250
 * (RFC 5321 4.1.1.5); after another one it must be tried again before mail.
 *
 * command: a verb in any case and its argument as it goes over the wire, without the space between them; empty: none.
 * It is a verb of the program's rows, or a plain one of the library's (those without EHLO_COMMAND_SESSION, see
 * ehlo_verb_info), or one that no row knows, which may be sent at any time, has printable ASCII behind it, and ends a
 * pipelined group. None that begins with BDAT: EHLO_E_ARGUMENT.
 * Verbs with EHLO_COMMAND_SESSION have calls of their own: EHLO_E_ARGUMENT. Of the row
 * - argument: what it does not read is EHLO_E_ARGUMENT;
 * - SMTP, LMTP, ANY_TIME, IN_TRANSACTION, or neither: between transactions: else EHLO_E_STATE. Behind chunks a
 *   transaction is over with its DONE;
 * - extensions: without one of them EHLO_E_NOT_OFFERED, and ehlo_client_lacks has them;
 * - NEEDS_EHLO behind HELO, NEEDS_AUTH before authentication: EHLO_E_STATE;
 * - ENDS_GROUP: nothing leaves behind it before its reply;
 * - REPLY_3YZ: a 3yz is a reply to it, else EHLO_E_UNEXPECTED_CODE;
 * - SECRET: EHLO_FACT_SECRET_OUTPUT as for AUTH.
 * `flags`: EHLO_FLAG_SMTPUTF8 with EHLO_COMMAND_UTF8 (VRFY, EXPN; RFC 6531 3.7.4.2): the argument may be UTF-8 and the
 * word SMTPUTF8 is written behind it; without SMTPUTF8 EHLO_E_NOT_OFFERED. Other bits, and it with another verb:
 * EHLO_E_ARGUMENT. */
EHLO_API int32_t ehlo_client_hello(ehlo_client* client, uint32_t verb);
EHLO_API int32_t ehlo_client_starttls(ehlo_client* client);
EHLO_API int32_t ehlo_client_mail(ehlo_client* client, const char* sender, size_t length, const ehlo_param_text* params,
                                  size_t param_count);
EHLO_API int32_t ehlo_client_rcpt(ehlo_client* client, const char* recipient, size_t length,
                                  const ehlo_param_text* params, size_t param_count);
EHLO_API int32_t ehlo_client_data(ehlo_client* client);
EHLO_API int32_t ehlo_client_rset(ehlo_client* client);
EHLO_API int32_t ehlo_client_command(ehlo_client* client, const char* verb, size_t verb_length, const char* text,
                                     size_t length, uint32_t flags);
EHLO_API int32_t ehlo_client_quit(ehlo_client* client);

/* A SASL exchange (RFC 4954). EHLO_E_TLS_REQUIRED without TLS, unless EHLO_CLIENT_FLAG_PLAINTEXT_AUTH is set.
 * `response` is the initial response in raw octets, NULL for none; where the command would pass 512 octets it is kept
 * for the first challenge. EHLO_E_NOT_OFFERED also where the mechanism is not in the list. respond: raw octets for the
 * open challenge. cancel: "*". The session forgets responses once they are taken. */
EHLO_API int32_t ehlo_client_auth(ehlo_client* client, const char* mechanism, size_t length, const void* response,
                                  size_t response_length);
EHLO_API int32_t ehlo_client_auth_respond(ehlo_client* client, const void* response, size_t length);
EHLO_API int32_t ehlo_client_auth_cancel(ehlo_client* client);

/* A BDAT line (RFC 3030) for a chunk of `length` octets: the program takes the output and sends `content` behind it, as
 * it is, before any other call. With CHUNKING, and once the replies to MAIL and all RCPT are in. Not within
 * transact, whose content is given by body. Without BODY=BINARYMIME the content is text, and the rules for DATA hold
 * for all chunks together: EHLO_E_BARE_LF, EHLO_E_BARE_CR, EHLO_E_FALSE_END, EHLO_E_NUL as for body, with the position
 * from the start of the first chunk in *error_offset, if that is not NULL. EHLO_E_STATE also while output is pending.
 * On an error nothing has changed. */
EHLO_API int32_t ehlo_client_bdat(ehlo_client* client, const void* content, size_t length, int32_t last,
                                  size_t* error_offset);

/* Content: after GO_AHEAD, or when wants says BODY behind transact, for which it becomes DATA or a BDAT chunk a call.
 * `last`: the content ends with these octets; without a CRLF at its end DATA adds one. Fills `spans` with what is to be
 * sent, in order, behind the output, which is to be taken and sent with them before any other call: offsets into
 * `content`, but for EHLO_OFF_CRLF and EHLO_OFF_END. Where the spans run out (at least EHLO_SPANS_MIN, else
 * EHLO_E_ARGUMENT), *consumed says how much was taken: call again with the rest, with `last` until wants says BODY no
 * more. Two octets that belong together may come in two calls. EHLO_E_STATE also while output is pending: take it
 * first. EHLO_E_BARE_LF, EHLO_E_BARE_CR, EHLO_E_FALSE_END, EHLO_E_NUL: nothing of this call may be sent, nothing has
 * changed, and *consumed is the position of the octet from the start of the content. Content that cannot be completed
 * is given up by closing the connection (ehlo_client_abort). body_copy writes the pending output and what is to be sent
 * into `out` instead, of 64 octets at least; the rest of the content is given again. */
EHLO_API int32_t ehlo_client_body(ehlo_client* client, const void* content, size_t length, int32_t last,
                                  ehlo_span* spans, uint32_t span_cap, uint32_t* span_count, size_t* consumed);
EHLO_API int32_t ehlo_client_body_copy(ehlo_client* client, const void* content, size_t length, int32_t last, void* out,
                                       size_t capacity, size_t* written, size_t* consumed);

/* The lone dot after a 354 without an accepted recipient (RFC 2920 3.1). transact does it by itself. */
EHLO_API int32_t ehlo_client_abort_data(ehlo_client* client);

/* As for servers: the outcome of the handshake, the peer's close, the time of ehlo_client_timeout. What was read before
 * the close counts: eof is acted on by the receive that uses up the input. */
EHLO_API int32_t ehlo_client_tls_started(ehlo_client* client);
EHLO_API int32_t ehlo_client_tls_failed(ehlo_client* client);
EHLO_API void ehlo_client_eof(ehlo_client* client);
EHLO_API void ehlo_client_timed_out(ehlo_client* client);
/* The program gives up: the session ends with EHLO_E_SHUTDOWN, nothing more is sent, the connection is to be closed. */
EHLO_API void ehlo_client_abort(ehlo_client* client);

/* What is waited for now, and how long at most. */
EHLO_API ehlo_timeout ehlo_client_timeout(const ehlo_client* client);

/* EHLO_FACT_* bits. */
EHLO_API uint32_t ehlo_client_facts(const ehlo_client* client);

/* Replies awaited. */
EHLO_API uint32_t ehlo_client_outstanding(const ehlo_client* client);

/* What the server announced last and may be used now, as EHLO_EXT_BIT(x), and the limit of SIZE: 1, or 0 if it gave
 * none. The reply itself, for ehlo_hello_next: valid until the next hello or start of TLS; NULL before. */
EHLO_API uint64_t ehlo_client_extensions(const ehlo_client* client);
EHLO_API int32_t ehlo_client_size_limit(const ehlo_client* client, uint64_t* octets);
EHLO_API const char* ehlo_client_hello_reply(const ehlo_client* client, size_t* length);
/* 1: a line of that reply has this keyword, in any case and known to the library or not; 0: none has it. *arguments, if
 * that is not NULL, is what follows the keyword in the reply, in the last such line; absent where nothing does. A "="
 * behind AUTH or X-EXPS is not part of it: "AUTH=LOGIN" is AUTH with "LOGIN". It looks at nothing but the reply: what
 * of it may be used now, with TLS and with one another, ehlo_client_extensions says. EHLO_E_ARGUMENT: not a call. */
EHLO_API int32_t ehlo_client_offers(const ehlo_client* client, const char* keyword, size_t length,
                                    ehlo_span* arguments);

/* As ehlo_server_release: also nothing may be awaited. The peer waits for our 220 (RFC 2645 5.2.2): what it says before
 * that is judged by the session that is to be released. */
EHLO_API int32_t ehlo_client_release(ehlo_client* client);

/* A turn of an event loop in one call, as ehlo_server_advance: shows the input, then takes output. Commands, intents
 * and content are calls of their own. */
EHLO_API void ehlo_client_advance(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch,
                                  void* out, size_t capacity, ehlo_progress* progress);

#ifdef __cplusplus
}
#endif
#endif
