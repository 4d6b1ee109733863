/* ehlo_step.h - a turn of an event loop in one call, for callers to whom each call costs, as from Go and Python.
 * Nothing here does more than the single calls of ehlo_server.h and ehlo_client.h do. */
#ifndef EHLO_STEP_H
#define EHLO_STEP_H

#include "ehlo_client.h"
#include "ehlo_server.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  EHLO_SERVER_ANSWER_ACCEPT = 0,    /* ehlo_server_accept */
  EHLO_SERVER_ANSWER_REPLY = 1,     /* ehlo_server_reply */
  EHLO_SERVER_ANSWER_CHALLENGE = 2, /* ehlo_server_challenge: text is raw octets */
  EHLO_SERVER_ANSWER_REFUSE = 3,    /* ehlo_server_refuse_message: id is not looked at */
  EHLO_SERVER_ANSWER_DECLINE = 4    /* ehlo_server_decline */
};

/* An answer, given by the call that it is passed to. */
typedef struct ehlo_server_answer {
  uint32_t id;
  uint32_t kind;     /* EHLO_SERVER_ANSWER_* */
  uint32_t code;     /* REPLY, REFUSE */
  uint32_t enhanced; /* EHLO_ENHANCED(), or 0 for a default of the code's class */
  ehlo_span text;    /* offset and length in `texts` of the call */
  int32_t error;     /* set by the call: what the single call would have given */
  uint32_t reserved; /* 0 */
} ehlo_server_answer;

/* Where a session stands after a step. */
typedef struct ehlo_progress {
  uint64_t consumed; /* octets of the input: drop them */
  uint64_t written;  /* octets of the output: send them */
  uint32_t wants;    /* EHLO_WANT_* */
  uint32_t facts;    /* EHLO_FACT_* */
  ehlo_timeout timeout;
  uint32_t refused; /* how many answers have an error */
  uint32_t reserved;
} ehlo_progress;

/* Gives the answers in their order, each whether or not the one before it was taken, then shows the input as
 * ehlo_server_receive does, then takes output. `texts` holds the texts of the answers, `texts_length` octets; one that
 * is not within them is EHLO_E_ARGUMENT. Answers, texts and input may be nothing, as may the output (capacity 0). To be
 * called again with the rest of the input, once the events have been executed and the output sent, until a step
 * consumes nothing, writes nothing and gives no event. An answer refused with EHLO_E_SPACE can be given again in the
 * next step: the output of this one has made room. batch->error tells what it does after ehlo_server_receive; the
 * answers have been given then. */
EHLO_API void ehlo_server_advance(ehlo_server* server, ehlo_server_answer* answers, uint32_t answer_count,
                                  const void* texts, size_t texts_length, const void* input, size_t length,
                                  ehlo_server_batch* batch, void* out, size_t capacity, ehlo_progress* progress);

/* Likewise for a client: shows the input, then takes output. Commands, intents and content are calls of their own. */
EHLO_API void ehlo_client_advance(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch,
                                  void* out, size_t capacity, ehlo_progress* progress);

#ifdef __cplusplus
}
#endif
#endif
