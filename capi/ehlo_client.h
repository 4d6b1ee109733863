/* ehlo_client.h - the sending side: envelopes, configurations, events, sessions.
 *
 * A client session is the counterpart of a server session. The program shows it what the server sent, handles the
 * events that it returns, and sends what it writes. By the calls below the program says what is to be done. There are
 * two kinds:
 *
 * Commands (hello, starttls, auth, mail, rcpt, data, rset, quit, ...) are written at once, or refused. EHLO_E_STATE:
 * the protocol does not allow the command now, or a reply must arrive first.
 *
 * Intents (open, transact) are carried out while replies arrive. The session itself falls back to HELO, pipelines what
 * may be pipelined (RFC 2920), and ends a transaction that nobody accepted with the lone dot or RSET.
 *
 * A call that is refused has written nothing and changed nothing. */
#ifndef EHLO_CLIENT_H
#define EHLO_CLIENT_H

#include "ehlo_client_types.h"
#include "ehlo_syntax.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- envelopes ---- */

/* The sender, the recipients and the parameters of one message. All parts are checked when they are added. An envelope
 * may be given to any number of sessions, also by several threads at a time. Each session holds a reference until the
 * content has been given to it or the transaction is over, so the program may free its own reference at any time. */
typedef struct ehlo_envelope ehlo_envelope;

/* Fills the options with their defaults. `size` is sizeof(ehlo_envelope_options) in the program. */
EHLO_API void ehlo_envelope_options_init(ehlo_envelope_options* options, size_t size);

/* Makes an envelope without recipients. All texts are copied. `allocator` may be NULL. NULL on failure, with the reason
 * in *error (which may be NULL): EHLO_E_ARGUMENT (the sender or a parameter does not match its grammar, or has CR, LF
 * or NUL), EHLO_E_MEMORY. ehlo_envelope_free drops the program's reference. */
EHLO_API ehlo_envelope* ehlo_envelope_new(const ehlo_envelope_options* options, const ehlo_allocator* allocator,
                                          int32_t* error);
EHLO_API void ehlo_envelope_free(ehlo_envelope* envelope);

/* Adds a recipient, given without its angle brackets. All texts are copied. Recipients have the indexes 0, 1, 2, ... in
 * the order in which they are added. Errors; the envelope is unchanged after each of them: EHLO_E_ARGUMENT,
 * EHLO_E_MEMORY, EHLO_E_STATE (a session holds the envelope). */
EHLO_API int32_t ehlo_envelope_add(ehlo_envelope* envelope, const char* recipient, size_t length,
                                   const ehlo_param_text* params, size_t param_count);
/* The number of recipients. */
EHLO_API uint32_t ehlo_envelope_count(const ehlo_envelope* envelope);

/* ---- client configuration ---- */

/* Fills the options with their defaults. `size` is sizeof(ehlo_client_options) in the program. */
EHLO_API void ehlo_client_options_init(ehlo_client_options* options, size_t size);

typedef struct ehlo_client_config ehlo_client_config;

/* As ehlo_server_config_new and ehlo_server_config_free: an immutable copy of the options, shared by reference. */
EHLO_API ehlo_client_config* ehlo_client_config_new(const ehlo_client_options* options, const ehlo_allocator* allocator,
                                                    int32_t* error);
/* The name of the first field for which ehlo_client_config_new reports EHLO_E_ARGUMENT, such as "max_recipients" or
 * "replies.octets"; NULL: all are valid. "struct_size": as for servers. Static. */
EHLO_API const char* ehlo_client_options_check(const ehlo_client_options* options);
EHLO_API void ehlo_client_config_free(ehlo_client_config* config);

/* ---- events ---- */

/* The name of EHLO_CLIENT_EVENT_*. Static. */
EHLO_API const char* ehlo_client_event_name(uint32_t type);

/* ---- client session ---- */

typedef struct ehlo_client ehlo_client;

/* Makes a session for a new connection. NULL: no memory. The session holds a reference to `config`. `allocator` may be
 * NULL. The program frees the session. */
EHLO_API ehlo_client* ehlo_client_new(const ehlo_client_config* config, const ehlo_allocator* allocator);
EHLO_API void ehlo_client_free(ehlo_client* client);

/* Shows `length` octets of input and fills the batch with events. The input begins with the octets that the last call
 * did not consume. Returns the number of octets consumed. The program keeps the rest and shows it again, followed by
 * what arrives next. Spans of the events are offsets into `input`.
 *
 * A reply is consumed as a whole, in the call that returns its last event. So the buffer must be able to grow to
 * ehlo_client_config_max_reply octets. To be called again, with the same rest, while ehlo_client_wants has
 * EHLO_WANT_EVENTS. Input after the end of the session is consumed and ignored.
 *
 * batch->error: EHLO_OK, or EHLO_E_ARGUMENT, and then nothing was consumed (see ehlo_client_batch). */
EHLO_API size_t ehlo_client_receive(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch);
/* The buffer that receive needs, in octets: `replies.octets` of the options. */
EHLO_API size_t ehlo_client_config_max_reply(const ehlo_client_config* config);

/* Writes pending commands into `out` and returns the number of octets written. */
EHLO_API size_t ehlo_client_output(ehlo_client* client, void* out, size_t capacity);

/* EHLO_WANT_* bits: what the event loop has to do next. While EHLO_WANT_EVENTS is set, the program does not know yet
 * all that the server said. Commands, intents and tls_started may then be refused with EHLO_E_STATE for this reason
 * alone, so take all events first. */
EHLO_API uint32_t ehlo_client_wants(const ehlo_client* client);

/* Intents.
 *
 * open: waits for the greeting and sends EHLO (LHLO in LMTP). To be called again after tls_started. If EHLO is refused
 * with 500, 501, 502, 504, 550 or 554, HELO follows (RFC 5321 3.2, RFC 1869 4.5 to 4.7). Ends with READY. EHLO_E_STATE,
 * EHLO_E_SPACE, EHLO_E_MEMORY.
 *
 * transact: one transaction with `envelope`. To be called while wants has EHLO_WANT_COMMAND, or when the content of the
 * transaction before has been given. When wants has EHLO_WANT_BODY, the program gives the content by body. Each
 * recipient gets exactly one OUTCOME; DONE ends the transaction. How much is sent without waiting (RFC 2920):
 * - with PIPELINING, MAIL, all RCPT and DATA are sent together; without it, one after the other;
 * - the commands of the next transaction are sent after the content of this one. RSET is sent before them if the
 *   message of this one has not been accepted;
 * - RSET also clears a transaction without an accepted recipient, or whose DATA or BDAT was refused. If the server
 *   refuses RSET, the session ends with EHLO_E_UNEXPECTED_CODE.
 *
 * Errors of transact:
 * - EHLO_E_STATE: not now;
 * - EHLO_E_ARGUMENT: no recipient, more than max_recipients, or a parameter that does not match a row of the session
 *   (the envelope was made without these rows);
 * - EHLO_E_SPACE: a line of the envelope is longer than command_octets;
 * - EHLO_E_MEMORY;
 * - EHLO_E_TLS_REQUIRED: EHLO_CLIENT_FLAG_REQUIRE_TLS, and TLS is not active;
 * - EHLO_E_MESSAGE_TOO_LARGE: the size is above the limit that the server announced (RFC 1870 4);
 * - EHLO_E_NOT_OFFERED: see ehlo_client_lacks. */
EHLO_API int32_t ehlo_client_open(ehlo_client* client);
EHLO_API int32_t ehlo_client_transact(ehlo_client* client, const ehlo_envelope* envelope);

/* The number of the transaction that transact or mail began last, counted from 1; 0: none yet. */
EHLO_API uint32_t ehlo_client_transaction(const ehlo_client* client);

/* After EHLO_E_NOT_OFFERED: the EHLO_EXT_BIT(x) of the extensions that the call needed and the server lacks. 0: the
 * parameter or mechanism belongs to no extension that the library knows. A parameter needs one of the extensions of its
 * own row; an EHLO line with the keyword of the parameter does not count. */
EHLO_API uint64_t ehlo_client_lacks(const ehlo_client* client);
/* After EHLO_E_NOT_OFFERED: the name of what was not offered, as the program wrote it and followed by a NUL. It is the
 * keyword of the parameter, the SASL mechanism, or the first of the program's own extensions that would bring the verb.
 * Cut after 63 octets. *length is its length. NULL, with *length 0: it was none of these, see ehlo_client_lacks. Owned
 * by the session, and valid until the next call. */
EHLO_API const char* ehlo_client_lacks_keyword(const ehlo_client* client, size_t* length);

/* Commands. Errors of all of them:
 * - EHLO_E_STATE: not now;
 * - EHLO_E_ARGUMENT: the text would break the syntax of the command, or one recipient more than max_recipients;
 * - EHLO_E_NEEDS_SMTPUTF8: a non-ASCII address without the parameter SMTPUTF8 (RFC 6531 3.5);
 * - EHLO_E_NOT_OFFERED: see ehlo_client_lacks;
 * - EHLO_E_TLS_REQUIRED: EHLO_CLIENT_FLAG_REQUIRE_TLS, and TLS is not active;
 * - EHLO_E_SPACE: output must be taken first, or the line is longer than command_octets;
 * - EHLO_E_MEMORY.
 *
 * hello: `verb` is EHLO_VERB_EHLO, HELO or LHLO; it is sent with our name. It ends an open transaction, as rset does
 * (RFC 5321 4.1.4).
 *
 * mail, rcpt: the address without its angle brackets; "" is the null reverse-path.
 *
 * rset: the reply should be 250 (RFC 5321 4.1.1.5). After any other reply rset must be called again before mail.
 *
 * command: `verb` in any case, and `text`, its argument as it is sent, without the space between them; an empty text:
 * no argument. The verb is one of these:
 * - a verb of the program's rows;
 * - a verb of the library's rows without EHLO_COMMAND_SESSION (see ehlo_verb_info). A verb with EHLO_COMMAND_SESSION
 *   has a call of its own: EHLO_E_ARGUMENT;
 * - a verb that no row knows. It may be sent at any time, its argument is printable ASCII, and it ends a pipelined
 *   group. A verb that begins with BDAT is EHLO_E_ARGUMENT, because a receiver might take what follows for a chunk.
 *
 * The row of the verb decides:
 * - argument: a text that does not match is EHLO_E_ARGUMENT;
 * - EHLO_COMMAND_SMTP, LMTP, ANY_TIME, IN_TRANSACTION: when the verb may be sent. Without the last two it is sent only
 *   between transactions. At any other time EHLO_E_STATE. A transaction with BDAT is over with its DONE;
 * - extensions: if none of them is offered, EHLO_E_NOT_OFFERED;
 * - EHLO_COMMAND_NEEDS_EHLO: EHLO_E_STATE after HELO;
 * - EHLO_COMMAND_NEEDS_AUTH: EHLO_E_STATE before authentication;
 * - EHLO_COMMAND_ENDS_GROUP: nothing is sent after it before its reply (RFC 2920 3.1);
 * - EHLO_COMMAND_REPLY_3YZ: a 3yz may answer it; otherwise a 3yz is EHLO_E_UNEXPECTED_CODE;
 * - EHLO_COMMAND_SECRET: EHLO_FACT_SECRET_OUTPUT is set, as for AUTH.
 *
 * `flags` of command: EHLO_FLAG_SMTPUTF8 or 0. With the flag, and a verb that has EHLO_COMMAND_UTF8 (VRFY, EXPN), the
 * argument may be UTF-8, and the word SMTPUTF8 is written after it (RFC 6531 3.7.4.2); EHLO_E_NOT_OFFERED if the server
 * does not offer SMTPUTF8. Other bits, or the flag with another verb: EHLO_E_ARGUMENT. */
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

/* A SASL exchange (RFC 4954). Responses are raw octets; the session writes them in base64, and keeps them only until
 * the output is taken.
 *
 * auth: `response` is the initial response; NULL: none; the length 0 is sent as "=". If the command would be longer
 * than 512 octets, the response is sent after the first challenge instead (RFC 4954 4). EHLO_E_TLS_REQUIRED: TLS is not
 * active and EHLO_CLIENT_FLAG_PLAINTEXT_AUTH is not set. EHLO_E_NOT_OFFERED: also if the server does not list the
 * mechanism. EHLO_E_SPACE: also if the response in base64 is longer than max_auth_line_octets.
 * auth_respond: the response to the open challenge.
 * auth_cancel: ends the exchange with "*". */
EHLO_API int32_t ehlo_client_auth(ehlo_client* client, const char* mechanism, size_t length, const void* response,
                                  size_t response_length);
EHLO_API int32_t ehlo_client_auth_respond(ehlo_client* client, const void* response, size_t length);
EHLO_API int32_t ehlo_client_auth_cancel(ehlo_client* client);

/* Writes a BDAT line (RFC 3030 2) for a chunk of `length` octets. The program takes the output and sends `content`,
 * unchanged, after it, before any other call. CHUNKING must be offered, and the replies to MAIL and all RCPT must have
 * arrived. It is not for a transaction of transact, whose content is given by body.
 *
 * Without BODY=BINARYMIME the content is text, and the rules for DATA hold for all chunks together: EHLO_E_BARE_LF,
 * EHLO_E_BARE_CR, EHLO_E_FALSE_END and EHLO_E_NUL, as for body. *error_offset (which may be NULL) is then the position
 * of the octet, counted from the start of the first chunk. EHLO_E_STATE also while output is pending. The other errors
 * are those of commands. After an error nothing has changed. */
EHLO_API int32_t ehlo_client_bdat(ehlo_client* client, const void* content, size_t length, int32_t last,
                                  size_t* error_offset);

/* Content, for DATA after GO_AHEAD, and for transact while wants has EHLO_WANT_BODY. transact sends it by DATA, or each
 * call as one BDAT chunk. `last`: the content ends with these octets; DATA adds a CRLF if they do not end with one.
 *
 * body fills `spans` with what is to be sent, in order. The program takes the output, sends it, and sends the spans
 * after it, before any other call. They are offsets into `content`, apart from EHLO_OFF_CRLF and EHLO_OFF_END.
 * `span_cap` is at least EHLO_SPANS_MIN. *consumed is the number of octets of content that were taken. If that is less
 * than `length`, the program calls again with the rest, and with `last` until wants has EHLO_WANT_BODY no more.
 * A CR and its LF may come in two calls.
 *
 * body_copy writes the pending output and then what is to be sent into `out`. `capacity` is at least 64 octets.
 *
 * Errors of both:
 * - EHLO_E_ARGUMENT: too few spans, or too small an `out`;
 * - EHLO_E_STATE: not now, or (body) output is pending: take it first;
 * - EHLO_E_BARE_LF, EHLO_E_BARE_CR, EHLO_E_FALSE_END, EHLO_E_NUL: the content has what `data_endings` or
 *   EHLO_CLIENT_FLAG_REFUSE_NUL forbids. Nothing of this call may be sent, and the session is unchanged. *consumed is
 *   the position of the octet, counted from the start of the content;
 * - EHLO_E_MEMORY.
 * A program that cannot complete the content calls ehlo_client_abort and closes the connection. With any other end the
 * server would accept an incomplete message. */
EHLO_API int32_t ehlo_client_body(ehlo_client* client, const void* content, size_t length, int32_t last,
                                  ehlo_span* spans, uint32_t span_cap, uint32_t* span_count, size_t* consumed);
EHLO_API int32_t ehlo_client_body_copy(ehlo_client* client, const void* content, size_t length, int32_t last, void* out,
                                       size_t capacity, size_t* written, size_t* consumed);

/* Writes the lone dot after a 354, if no recipient was accepted (RFC 2920 3.1). EHLO_E_STATE otherwise. transact does
 * this itself. */
EHLO_API int32_t ehlo_client_abort_data(ehlo_client* client);

/* As for servers: report how the handshake ended (EHLO_E_STATE unless wants has EHLO_WANT_TLS), that the peer has
 * closed, and that the time of ehlo_client_timeout has passed. After tls_started the session has forgotten what the
 * server announced before (RFC 3207 4.2). What was read before the close is still used: the session acts on eof in the
 * receive that consumes the last input. */
EHLO_API int32_t ehlo_client_tls_started(ehlo_client* client);
EHLO_API int32_t ehlo_client_tls_failed(ehlo_client* client);
EHLO_API void ehlo_client_eof(ehlo_client* client);
EHLO_API void ehlo_client_timed_out(ehlo_client* client);
/* Ends the session with EHLO_E_SHUTDOWN. Nothing more is sent; the program closes the connection. */
EHLO_API void ehlo_client_abort(ehlo_client* client);

/* What the session waits for, and the longest time that it should wait (RFC 5321 4.5.3.2). */
EHLO_API ehlo_timeout ehlo_client_timeout(const ehlo_client* client);

/* EHLO_FACT_* bits. */
EHLO_API uint32_t ehlo_client_facts(const ehlo_client* client);

/* The number of replies that the session waits for. */
EHLO_API uint32_t ehlo_client_outstanding(const ehlo_client* client);

/* The EHLO_EXT_BIT(x) of the extensions in the last EHLO reply that may be used now. */
EHLO_API uint64_t ehlo_client_extensions(const ehlo_client* client);
/* 1: that reply has a SIZE limit, and *octets is the limit (0: no fixed limit, RFC 1870 4); 0: it has none. */
EHLO_API int32_t ehlo_client_size_limit(const ehlo_client* client, uint64_t* octets);
/* That reply itself, *length octets, for ehlo_hello_next. NULL: there is none yet. Owned by the session, and valid
 * until the next hello or start of TLS. */
EHLO_API const char* ehlo_client_hello_reply(const ehlo_client* client, size_t* length);
/* 1: a line of that reply has this keyword, in any case, also one that the library does not know; 0: none has it.
 * *arguments (which may be NULL) is what follows the keyword in the last such line, an offset into
 * ehlo_client_hello_reply; absent if nothing follows. The "=" of old servers is a separator after AUTH and X-EXPS:
 * "AUTH=LOGIN" is AUTH with "LOGIN". The call looks at the reply alone. Whether an extension may be used now, which can
 * depend on TLS and on other extensions, is in ehlo_client_extensions. EHLO_E_ARGUMENT: a mistake in the call. */
EHLO_API int32_t ehlo_client_offers(const ehlo_client* client, const char* keyword, size_t length,
                                    ehlo_span* arguments);

/* As ehlo_server_release: EHLO_E_STATE unless the session is idle, which includes that it waits for no reply. The peer
 * must wait for our 220 before it sends anything (RFC 2645 5.3). What it sends earlier is still read by this session,
 * as input that no command asked for. */
EHLO_API int32_t ehlo_client_release(ehlo_client* client);

/* Several calls in one, as ehlo_server_advance: shows the input, as ehlo_client_receive does, then takes output.
 * Commands, intents and content are calls of their own. */
EHLO_API void ehlo_client_advance(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch,
                                  void* out, size_t capacity, ehlo_progress* progress);

#ifdef __cplusplus
}
#endif
#endif
