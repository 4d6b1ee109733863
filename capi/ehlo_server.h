/* ehlo_server.h - the receiving side: configurations and sessions. */
#ifndef EHLO_SERVER_H
#define EHLO_SERVER_H

#include "ehlo_base.h"
#include "ehlo_server_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- server configuration ---- */

/* Fills the options with their defaults. `size` is sizeof(ehlo_server_options) in the program; it may be smaller than
 * that of the library, if the program was built with an older header. */
EHLO_API void ehlo_server_options_init(ehlo_server_options* options, size_t size);

/* The name of the first field that is out of range, such as "max_recipients"; NULL: all are valid. "struct_size": it is
 * too small, or the program set an option that this library does not know. Static. */
EHLO_API const char* ehlo_server_options_check(const ehlo_server_options* options);

typedef struct ehlo_server_config ehlo_server_config;

/* Makes an immutable configuration from `options`. All of them are copied. `allocator` may be NULL. NULL on failure,
 * with the reason in *error (which may be NULL): EHLO_E_ARGUMENT (ehlo_server_options_check names the field) or
 * EHLO_E_MEMORY.
 *
 * ehlo_server_config_free drops the program's reference; the program must not use it afterwards. Each session holds a
 * reference of its own, so the program may free the configuration before or after its sessions. The memory is released
 * with the last reference. */
EHLO_API ehlo_server_config* ehlo_server_config_new(const ehlo_server_options* options, const ehlo_allocator* allocator,
                                                    int32_t* error);
EHLO_API void ehlo_server_config_free(ehlo_server_config* config);

/* ---- events ---- */

/* The first parameter of the event that has this id (EHLO_PARAM_*, or EHLO_PARAM_OWN + place); NULL: none has. Points
 * into batch->params, and is valid until the next call fills the batch. */
EHLO_API const ehlo_param* ehlo_server_event_param(const ehlo_server_batch* batch, const ehlo_server_event* event,
                                                   uint32_t id);
/* The name of EHLO_SERVER_EVENT_*. Static. */
EHLO_API const char* ehlo_server_event_name(uint32_t type);

/* ---- server session ---- */

typedef struct ehlo_server ehlo_server;

/* Makes a session for a new connection. NULL: no memory. The session holds a reference to `config`. `allocator` may be
 * NULL. The program frees the session. */
EHLO_API ehlo_server* ehlo_server_new(const ehlo_server_config* config, const ehlo_allocator* allocator);
EHLO_API void ehlo_server_free(ehlo_server* server);

/* Shows `length` octets of input and fills the batch with events. The input begins with the octets that the last call
 * did not consume. Returns the number of octets consumed. The program keeps the rest and shows it again, followed by
 * what arrives next. Spans of the events are offsets into `input`.
 *
 * To be called once without input (length 0) when the connection opens. To be called again after an answer, or after
 * output was taken, while ehlo_server_wants has EHLO_WANT_INPUT. The buffer must have room for
 * ehlo_server_config_max_line octets. Input after the end of the session is consumed and ignored.
 *
 * batch->error: EHLO_OK, or EHLO_E_ARGUMENT, and then nothing was consumed (see ehlo_server_batch). */
EHLO_API size_t ehlo_server_receive(ehlo_server* server, const void* input, size_t length, ehlo_server_batch* batch);

/* The buffer that receive needs, in octets: a session of this configuration waits for a command or AUTH line of at most
 * this length. It is an upper bound: it is never below max_auth_line_octets, even if AUTH is not offered. */
EHLO_API size_t ehlo_server_config_max_line(const ehlo_server_config* config);

/* Answers to asks. An ask is an event with an id, and each id is answered once. The program may answer late. Several
 * RCPT or MESSAGE asks may be answered in any order.
 *
 * accept gives the positive default answer: see EHLO_ASK_*, and for COMMAND the `yes` of the verb's row.
 *
 * decline gives the negative default answer: 451 4.3.0, with these exceptions:
 * - AUTH: 454 4.7.0;
 * - GREETING: 421, and the session ends;
 * - COMMAND: the `no` of the verb's row (451 4.3.0 for NOOP, HELP, VRFY, EXPN; 500 5.5.1 for a verb without a row).
 *
 * accept and decline need no room and no memory, so their only error is EHLO_E_ID. A program whose reply fails with
 * EHLO_E_SPACE or EHLO_E_MEMORY can always decline.
 *
 * reply gives an answer in the program's words:
 * - `code`: 200 to 599. Class 2 accepts, classes 4 and 5 refuse. Class 3 is for DATA, and for verbs with
 *   EHLO_COMMAND_REPLY_3YZ. 421 also ends the session; asks that are open then must still be answered, and their
 *   replies are sent after the 421.
 * - `enhanced`: EHLO_ENHANCED() of the class of `code`; EHLO_ENHANCED_NONE; or 0 for the default, which is what accept
 *   would send, or else X.0.0 of the class. It is sent only if ENHANCEDSTATUSCODES is offered (RFC 2034).
 * - `text`: printable ASCII and HT; UTF-8 too where the command allowed it (EHLO_FLAG_SMTPUTF8). "\n" or "\r\n" begins
 *   another line of a multi-line reply (RFC 5321 4.2.1). Lines are folded at 512 octets. The text of a positive answer
 *   to GREETING or HELLO follows our name; that to HELLO is one line of at most 200 octets. The text is copied.
 *
 * Errors; the session is unchanged after each of them:
 * - EHLO_E_ID: no ask with this id is open;
 * - EHLO_E_ARGUMENT: this ask cannot have this answer, or the text may not be sent;
 * - EHLO_E_SPACE: no room in reply_text_octets. Take output first. If the open ask is the oldest one, output cannot
 *   help: send a shorter text or decline;
 * - EHLO_E_MEMORY.
 *
 * After the session has ended, a positive answer that would let the client go on is sent as 421 4.3.2: to GREETING,
 * HELLO, DATA, STARTTLS and AUTH (a challenge too), and a 3yz to COMMAND. The call returns EHLO_OK and has no other
 * effect. All other answers are sent unchanged, so the client learns which recipients and messages were accepted. */
EHLO_API int32_t ehlo_server_accept(ehlo_server* server, uint32_t id);
EHLO_API int32_t ehlo_server_decline(ehlo_server* server, uint32_t id);
EHLO_API int32_t ehlo_server_reply(ehlo_server* server, uint32_t id, uint32_t code, uint32_t enhanced, const char* text,
                                   size_t text_length);

/* Answers an AUTH or AUTH_RESPONSE ask with a challenge of `length` raw octets. It is sent as 334 and base64
 * (RFC 4954 4). Errors; the session is unchanged after each of them:
 * - EHLO_E_STATE: the exchange has had max_auth_challenges challenges; decline the ask;
 * - EHLO_E_ARGUMENT: an ask of another kind, or more than 9000 octets;
 * - EHLO_E_SPACE: no room in reply_text_octets; the default of that is too small for a challenge above 4 KB;
 * - EHLO_E_ID, EHLO_E_MEMORY: as for reply. */
EHLO_API int32_t ehlo_server_challenge(ehlo_server* server, uint32_t id, const void* challenge, size_t length);

/* Refuses the message that is arriving before its end. No more BODY events come; the rest is read and dropped. The
 * reply to the message (in LMTP each of its replies) is this one, of class 4 or 5. A 421 ends the session after it. If
 * the rest is longer than max_discard_octets, the reply is 421 and the session ends.
 *
 * To be called between DATA or BDAT and the MESSAGE ask. EHLO_E_STATE: at any other time, also if the batch that had
 * the BODY has the MESSAGE ask too; refuse that ask then. Text and other errors as for reply. */
EHLO_API int32_t ehlo_server_refuse_message(ehlo_server* server, uint32_t code, uint32_t enhanced, const char* text,
                                            size_t text_length);

/* Writes pending replies into `out` and returns the number of octets written. Fewer than `capacity`: no reply is left
 * that can be sent now. */
EHLO_API size_t ehlo_server_output(ehlo_server* server, void* out, size_t capacity);

/* EHLO_WANT_* bits: what the event loop has to do next. */
EHLO_API uint32_t ehlo_server_wants(const ehlo_server* server);

/* Reports how the TLS handshake ended. Both are for the time when wants has EHLO_WANT_TLS: EHLO_E_STATE otherwise. The
 * session asks for the handshake after the 220 was taken and all input read before it was shown. It drops such
 * plaintext itself; the program must show it (RFC 3207 4.2).
 * tls_started: the session is as after its greeting (RFC 3207 4.2). From now on input is what TLS has decrypted.
 * tls_failed: the session ends. */
EHLO_API int32_t ehlo_server_tls_started(ehlo_server* server);
EHLO_API int32_t ehlo_server_tls_failed(ehlo_server* server);

/* Reports that the peer has closed the connection, or that the transport has failed. An open message is dropped. The
 * events (ABORT, CLOSE) come with the next receive. */
EHLO_API void ehlo_server_eof(ehlo_server* server);

/* Reports that the time of ehlo_server_timeout has passed: the session sends 421 4.4.2 and ends. */
EHLO_API void ehlo_server_timed_out(ehlo_server* server);

/* Ends the session with 421 and `text`, after the replies that come before it. If `text` is empty, the text and the
 * enhanced code are defaults, and `enhanced` is ignored. Open asks must still be answered, also after CLOSE
 * (ehlo_server_reply says which positive answers become 421). A pending 220 to STARTTLS is not sent. If it has been
 * taken, the session ends without a reply: the client expects TLS. Errors:
 * - EHLO_E_STATE: the session has ended;
 * - EHLO_E_ARGUMENT, EHLO_E_SPACE, EHLO_E_MEMORY: as for reply, and only with a text. */
EHLO_API int32_t ehlo_server_shutdown(ehlo_server* server, uint32_t enhanced, const char* text, size_t text_length);

/* What the session waits for, and the longest time that it should wait (RFC 5321 4.5.3.2). EHLO_TIMEOUT_NONE after the
 * end of the session: the program itself limits the time in which the last replies are sent. */
EHLO_API ehlo_timeout ehlo_server_timeout(const ehlo_server* server);

/* EHLO_FACT_* bits. */
EHLO_API uint32_t ehlo_server_facts(const ehlo_server* server);

/* The protocol for the "with" clause of a Received field (RFC 3848, RFC 6531 4.3): "ESMTPSA", "LMTP", "UTF8SMTP".
 * Static. */
EHLO_API const char* ehlo_server_protocol_name(const ehlo_server* server);

/* Ends the session but not its connection. Another session, of the other role, goes on with the connection (TURN,
 * RFC 821; ATRN, RFC 2645) and with the octets that this session did not consume. Afterwards wants is 0, and the
 * program frees the session. EHLO_E_STATE: the session is not idle. It is idle when nothing is to be sent, no ask and
 * no transaction is open, and it is not inside an over-long line or a refused chunk. */
EHLO_API int32_t ehlo_server_release(ehlo_server* server);

/* ---- several calls in one ----
 *
 * For languages in which each call into C is expensive, such as Go and Python. The effect is that of the single
 * calls. */

/* Does the following, in this order:
 * 1. It gives the answers in their order, and sets `error` of each. An error does not stop the answers after it.
 * 2. It shows the input, as ehlo_server_receive does. `error` of the batch has the meaning that it has there; the
 *    answers have been given in any case.
 * 3. It takes output, as ehlo_server_output does.
 *
 * `answer_size` is `sizeof *answers` in the program. If it is too small, no answer is given and all count as refused.
 * `texts` has the texts of the answers, `texts_length` octets; a text outside of them is EHLO_E_ARGUMENT. Answers,
 * texts and input may be NULL with the length 0, and so may the output with the capacity 0.
 *
 * When the events are handled and the output is sent, the program calls again with the rest of the input, until a call
 * consumes nothing, writes nothing and returns no event. An answer with the error EHLO_E_SPACE may be given again in
 * the next call, since the output of this call has made room. */
EHLO_API void ehlo_server_advance(ehlo_server* server, ehlo_server_answer* answers, size_t answer_size,
                                  uint32_t answer_count, const void* texts, size_t texts_length, const void* input,
                                  size_t length, ehlo_server_batch* batch, void* out, size_t capacity,
                                  ehlo_progress* progress);

#ifdef __cplusplus
}
#endif
#endif
