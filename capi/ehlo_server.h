/* ehlo_server.h - the receiving side: configurations and sessions. */
#ifndef EHLO_SERVER_H
#define EHLO_SERVER_H

#include "ehlo_base.h"
#include "ehlo_server_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- server configuration ---- */

/* The defaults. `size` is sizeof(ehlo_server_options) of the program; a smaller struct of an older header works. */
EHLO_API void ehlo_server_options_init(ehlo_server_options* options, size_t size);

/* The name of the first field that is out of range, such as "max_recipients"; NULL: all are valid. "struct_size" where
 * that is too small, or an option that this library does not know is set. Static. */
EHLO_API const char* ehlo_server_options_check(const ehlo_server_options* options);

typedef struct ehlo_server_config ehlo_server_config;

/* An immutable configuration from `options`, which may be dropped afterwards. `allocator` may be NULL. NULL on
 * failure, with the reason in *error if that is not NULL: EHLO_E_ARGUMENT (ehlo_server_options_check names the field),
 * EHLO_E_MEMORY. Sessions hold references of their own: the program may free its reference at any time, before them
 * or after them, and not use the configuration then. Its memory goes back to its allocator with the last reference. */
EHLO_API ehlo_server_config* ehlo_server_config_new(const ehlo_server_options* options, const ehlo_allocator* allocator,
                                                    int32_t* error);
EHLO_API void ehlo_server_config_free(ehlo_server_config* config);

/* ---- events ---- */

/* The parameter `id` of an event, or NULL. */
EHLO_API const ehlo_param* ehlo_server_event_param(const ehlo_server_batch* batch, const ehlo_server_event* event,
                                                   uint32_t id);
EHLO_API const char* ehlo_server_event_name(uint32_t type);

/* ---- server session ---- */

typedef struct ehlo_server ehlo_server;

/* A session for a new connection. NULL: no memory. It holds a reference to `config`; `allocator` may be NULL. */
EHLO_API ehlo_server* ehlo_server_new(const ehlo_server_config* config, const ehlo_allocator* allocator);
EHLO_API void ehlo_server_free(ehlo_server* server);

/* Shows `length` octets of input, starting with those that the last call did not consume, and fills the batch.
 * Gives the number of octets consumed; keep the rest and show it again with what comes next. To be called once with
 * nothing (length 0) when the connection opens, and again whenever an answer was given or output was taken while
 * ehlo_server_wants says so. The buffer must be able to hold the longest line that the configuration permits
 * (ehlo_server_config_max_line). Octets shown after the end of the session are consumed and ignored. */
EHLO_API size_t ehlo_server_receive(ehlo_server* server, const void* input, size_t length, ehlo_server_batch* batch);

/* The longest command or AUTH line in octets that sessions of this configuration wait for. */
EHLO_API size_t ehlo_server_config_max_line(const ehlo_server_config* config);

/* Answers. Each takes the id of an ask once; asks may be answered late, and several RCPT or MESSAGE asks in any order.
 * EHLO_E_ID: no such ask is open; EHLO_E_ARGUMENT: the answer does not fit the ask or the text may not be sent;
 * EHLO_E_SPACE: reply_text_octets are in use; take output first, or where the first ask is the open one, say less or
 * decline it; EHLO_E_MEMORY. On an error nothing has changed.
 *
 * accept: the positive default, and decline the negative one: 451 4.3.0, for AUTH 454 4.7.0, for COMMAND the `yes` and
 * the `no` of the verb's row (451 4.3.0 for NOOP, HELP, VRFY, EXPN; 500 5.5.1 for a verb that no row knows), for
 * GREETING 421 and the end of the session. They need no room and no memory and cannot fail but with EHLO_E_ID: what is
 * to be refused and cannot be in words of the program's can be declined. reply: `code` 200 to 599 (3yz only for DATA,
 * and with EHLO_COMMAND_REPLY_3YZ), `enhanced` EHLO_ENHANCED() of the class of the code, EHLO_ENHANCED_NONE for none,
 * or 0 for the default: what accept would say, or X.0.0 of the class (it is sent if ENHANCEDSTATUSCODES is offered),
 * `text` in printable ASCII and HT (UTF-8 where the command allowed it); "\n" or "\r\n" in it starts a new line of a
 * multi-line reply; long lines are folded at 512 octets. In a positive answer to GREETING or HELLO it stands behind our
 * name, in one to HELLO it is one line of at most 200 octets. A code of class 2 accepts, 4 and 5 refuse. 421 also ends
 * the session; asks that are open then are still to be answered, and their replies leave behind it.
 *
 * Once the session has ended, a yes that would let the client go on is sent as 421 4.3.2: to GREETING, HELLO, DATA,
 * STARTTLS and AUTH, a challenge too. The call succeeds, and nothing follows from it. Answers about recipients and
 * messages leave as they are: what was accepted is not lost. */
EHLO_API int32_t ehlo_server_accept(ehlo_server* server, uint32_t id);
EHLO_API int32_t ehlo_server_decline(ehlo_server* server, uint32_t id);
EHLO_API int32_t ehlo_server_reply(ehlo_server* server, uint32_t id, uint32_t code, uint32_t enhanced, const char* text,
                                   size_t text_length);

/* Answers an AUTH or AUTH_RESPONSE ask with a challenge of raw octets; it goes out as 334 and base64. EHLO_E_STATE: the
 * exchange has had max_auth_challenges challenges; refuse it. EHLO_E_ARGUMENT: another ask, or more than 9000 octets.
 * EHLO_E_SPACE: more than is free of reply_text_octets, which a longer challenge than 4 KB needs raised. EHLO_E_ID and
 * EHLO_E_MEMORY as above. */
EHLO_API int32_t ehlo_server_challenge(ehlo_server* server, uint32_t id, const void* challenge, size_t length);

/* Decides the message that is arriving before its end: no more BODY events come, the rest is read and dropped, and
 * its reply (each of its replies in LMTP) is this refusal, class 4 or 5; a 421 ends the session behind it. Of the rest
 * max_discard_octets are read at most: beyond, the reply is 421 and the session ends. Between DATA
 * or BDAT and the MESSAGE ask; EHLO_E_STATE otherwise, also where that ask is in the same batch as the BODY: refuse the
 * ask then. Text rules and the other errors as for ehlo_server_reply. */
EHLO_API int32_t ehlo_server_refuse_message(ehlo_server* server, uint32_t code, uint32_t enhanced, const char* text,
                                            size_t text_length);

/* Writes as much of the pending replies as fits and gives the number of octets written. Less than `capacity`: that was
 * all there is to send now. */
EHLO_API size_t ehlo_server_output(ehlo_server* server, void* out, size_t capacity);

/* EHLO_WANT_* bits: all that an event loop needs. */
EHLO_API uint32_t ehlo_server_wants(const ehlo_server* server);

/* Reports the outcome of the handshake that EHLO_WANT_TLS asked for. It is asked for when the 220 has been taken and
 * all input that had been read before was shown: such plaintext is dropped by the session, not by the program.
 * EHLO_E_STATE if it did not. After `started` the session is as after its greeting (RFC 3207 4.2), and input is what
 * TLS decrypted; after `failed` it ends. */
EHLO_API int32_t ehlo_server_tls_started(ehlo_server* server);
EHLO_API int32_t ehlo_server_tls_failed(ehlo_server* server);

/* The peer has closed, or the transport has failed: nothing after it counts, an open message is gone. The events of it
 * (ABORT, CLOSE) come with the next receive. */
EHLO_API void ehlo_server_eof(ehlo_server* server);

/* The time of ehlo_server_timeout has passed: 421 4.4.2 and the end. */
EHLO_API void ehlo_server_timed_out(ehlo_server* server);

/* The program ends the session: 421 with `text` (NULL: a default, and `enhanced` is not looked at) as soon as the
 * replies before it are decided: asks that are open still want their answers, behind CLOSE too (see there for what
 * becomes of a yes). A 220 to STARTTLS that has not been taken is not sent; behind one that has, nothing can be said
 * any more. EHLO_E_STATE: it has ended; EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY as for ehlo_server_reply, never
 * without a text. */
EHLO_API int32_t ehlo_server_shutdown(ehlo_server* server, uint32_t enhanced, const char* text, size_t text_length);

/* What is waited for now, and how long at most. NONE once the session has ended: how long its last replies may take to
 * leave is the program's to bound. */
EHLO_API ehlo_timeout ehlo_server_timeout(const ehlo_server* server);

/* EHLO_FACT_* bits. */
EHLO_API uint32_t ehlo_server_facts(const ehlo_server* server);

/* The protocol of the "with" clause (RFC 3848, RFC 6531 4.3): "ESMTPSA", "LMTP", "UTF8SMTP". Static. */
EHLO_API const char* ehlo_server_protocol_name(const ehlo_server* server);

/* Ends a session without closing its connection, which goes on with a session of the other role (TURN, RFC 821; ATRN,
 * RFC 2645) and with the octets that this one did not consume: EHLO_E_STATE unless it is idle (nothing to send, asked
 * or in a transaction, and not within an over-long line or a refused chunk). Afterwards wants gives 0 and the session
 * is only to be freed. */
EHLO_API int32_t ehlo_server_release(ehlo_server* server);

/* ---- a turn of an event loop in one call ----
 *
 * For callers to whom each call costs, as from Go and Python; it does no more than the single calls do. */

/* Gives the answers in their order, each whether or not the one before it was taken, then shows the input as
 * ehlo_server_receive does, then takes output. `answer_size` is `sizeof *answers` of the program; with too small a one
 * no answer is given and all count as refused. `texts` holds the texts of the answers, `texts_length` octets; one that
 * is not within them is EHLO_E_ARGUMENT. Answers, texts and input may be nothing, as may the output (capacity 0). To be
 * called again with the rest of the input, once the events have been executed and the output sent, until a call
 * consumes nothing, writes nothing and gives no event. An answer refused with EHLO_E_SPACE can be given again in the
 * next call: the output of this one has made room. batch->error tells what it does after ehlo_server_receive; the
 * answers have been given then. */
EHLO_API void ehlo_server_advance(ehlo_server* server, ehlo_server_answer* answers, size_t answer_size,
                                  uint32_t answer_count, const void* texts, size_t texts_length, const void* input,
                                  size_t length, ehlo_server_batch* batch, void* out, size_t capacity,
                                  ehlo_progress* progress);

#ifdef __cplusplus
}
#endif
#endif
