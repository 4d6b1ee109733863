/* session.c - handles the events of a session, and sends its commands. */
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "common/text.h"

/* Replies about recipients come as OUTCOME too, and are ignored here. After a refused EHLO, HELO may follow: see READY.
 */
static void on_reply(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  if (event->code < 400) return;
  if (event->code == 421) send_report_reply(c, input, event); /* it ends the session, whatever command it answers */
  switch (event->verb) {
    case EHLO_VERB_EHLO:
    case EHLO_VERB_HELO:
    case EHLO_VERB_LHLO: send_report_hello(c, input, event); break;
    case EHLO_VERB_BDAT: send_report_chunk(c, input, event); break;
    case EHLO_VERB_STARTTLS:
    case EHLO_VERB_AUTH: send_report_reply(c, input, event); break;
    default: break;
  }
}

static void on_outcome(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  if (event->code == 421) send_report_reply(c, input, event);
  send_report_outcome(c, input, event);
}

static void on_ready(struct send_connection* c, const ehlo_client_event* event) {
  if (event->error != EHLO_OK) send_report_hello_refused(c);
}

static void on_challenge(struct send_connection* c, const ehlo_client_event* event) {
  if ((event->flags & EHLO_FLAG_ANSWERED) != 0 || event->error != EHLO_OK) return;
  int32_t rc = send_auth_answer(c->session, &c->job->options, c->challenges++);
  if (rc == EHLO_OK) return;
  send_report_failure(c, ehlo_error_name(rc), "the challenge cannot be answered");
  ehlo_client_abort(c->session);
}

/* If the session ended before the last message, the rest has failed. An error after the last message does not matter.
 */
static void on_end(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  send_report_said(c, input, event);
  if (event->error != EHLO_OK && c->job->refused && !c->quitting) c->job->failed = true;
  if (send_report_is_complete(c) || c->report.reason != NULL) return;
  if (event->error != EHLO_OK)
    send_report_failure(c, ehlo_error_name(event->error), "");
  else if (event->code != 0)
    send_report_reply(c, input, event);
  else
    send_report_failure(c, "closed", "the server ended the session");
}

void send_session_event(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  switch (event->type) {
    case EHLO_CLIENT_EVENT_GREETING:
      if (event->code != 220) send_report_reply(c, input, event);
      break;
    case EHLO_CLIENT_EVENT_READY: on_ready(c, event); break;
    case EHLO_CLIENT_EVENT_REPLY: on_reply(c, input, event); break;
    case EHLO_CLIENT_EVENT_CHALLENGE: on_challenge(c, event); break;
    case EHLO_CLIENT_EVENT_GO_AHEAD: c->with_data = true; break;
    case EHLO_CLIENT_EVENT_OUTCOME: on_outcome(c, input, event); break;
    case EHLO_CLIENT_EVENT_DONE: send_report_done(c, event->transaction); break;
    case EHLO_CLIENT_EVENT_CLOSED:
    case EHLO_CLIENT_EVENT_ERROR: on_end(c, input, event); break;
    default: break;
  }
}

/* The names of the extensions: "8BITMIME SMTPUTF8". */
static void add_keywords(struct text* text, uint64_t lacks) {
  bool is_first = true;
  for (uint64_t bit = 1; bit != 0 && bit <= lacks; bit <<= 1) {
    if ((lacks & bit) == 0) continue;
    if (!is_first) text_add_string(text, " ");
    text_add_string(text, ehlo_extension_name(bit));
    is_first = false;
  }
}

/* A parameter or mechanism that belongs to no known extension. */
static void add_keyword(struct text* text, const struct send_connection* c) {
  size_t length = 0;
  const char* keyword = ehlo_client_lacks_keyword(c->session, &length);
  if (keyword != NULL) text_add(text, keyword, length);
}

static void add_limit(struct text* text, const struct send_connection* c) {
  uint64_t limit = 0;
  char number[96];
  if (ehlo_client_size_limit(c->session, &limit) != 1) return;
  snprintf(number, sizeof number, "the server takes messages of at most %llu octets", (unsigned long long)limit);
  text_add_string(text, number);
}

/* A refused call has sent nothing, so the session can still send QUIT. */
static void explain(const struct send_connection* c, int32_t rc, struct text* why) {
  const uint64_t for_8bit = EHLO_EXT_BIT(EHLO_EXT_8BITMIME) | EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8);
  uint64_t lacks = ehlo_client_lacks(c->session);
  if (rc == EHLO_E_MESSAGE_TOO_LARGE)
    add_limit(why, c);
  else if (rc == EHLO_E_NOT_OFFERED)
    text_add_string(why, "the server does not offer ");
  if (rc == EHLO_E_NOT_OFFERED && lacks == 0) add_keyword(why, c);
  if (rc == EHLO_E_NOT_OFFERED) add_keywords(why, lacks);
  if (rc == EHLO_E_NOT_OFFERED && (lacks & EHLO_EXT_BIT(EHLO_EXT_STARTTLS)) != 0 && c->job->implied_starttls)
    text_add_string(why, ", and the password is not sent in clear without --plaintext-auth");
  if (rc == EHLO_E_NOT_OFFERED && (lacks & for_8bit) != 0 && c->job->message.is_8bit)
    text_add_string(why, ", which octets above 127 need");
  text_add(why, "", 1);
}

static void refuse(struct send_connection* c, int32_t rc, bool is_message) {
  struct text why = {0};
  explain(c, rc, &why);
  const char* detail = why.failed ? "" : why.bytes;
  if (is_message)
    send_report_refusal(c, ehlo_error_name(rc), detail);
  else
    send_report_failure(c, ehlo_error_name(rc), detail);
  text_free(&why);
}

static void submit(struct send_connection* c, bool ahead) {
  int32_t rc = ehlo_client_transact(c->session, c->job->envelope);
  if (rc == EHLO_E_STATE && ahead) return; /* not yet: EHLO_WANT_COMMAND will come */
  if (rc != EHLO_OK) {
    refuse(c, rc, rc != EHLO_E_STATE && rc != EHLO_E_MEMORY);
    return;
  }
  c->submitted++;
  c->given = 0;
  c->content_given = c->with_data = false;
}

static void quit(struct send_connection* c) {
  c->quitting = true;
  if (ehlo_client_quit(c->session) != EHLO_OK) ehlo_client_abort(c->session);
}

static void start_tls(struct send_connection* c) {
  int32_t rc = ehlo_client_starttls(c->session);
  if (rc != EHLO_OK) refuse(c, rc, false);
}

static void authenticate(struct send_connection* c) {
  int32_t rc = send_auth_begin(c->session, &c->job->options);
  if (rc != EHLO_OK) refuse(c, rc, false);
}

static void do_next(struct send_connection* c) {
  const struct send_options* options = &c->job->options;
  uint32_t facts = ehlo_client_facts(c->session);
  if (c->report.reason != NULL || c->submitted == options->repeat)
    quit(c);
  else if (options->starttls && (facts & EHLO_FACT_TLS) == 0)
    start_tls(c);
  else if (options->mechanism != NULL && (facts & EHLO_FACT_AUTHENTICATED) == 0)
    authenticate(c);
  else
    submit(c, false);
}

/* MAIL may follow a content before the reply to the message arrives (RFC 2920 3.1). */
static void submit_ahead(struct send_connection* c) {
  bool has_more = c->submitted > 0 && c->submitted < c->job->options.repeat;
  if (c->content_given && has_more && c->report.reason == NULL) submit(c, true);
}

void send_session_next(struct send_connection* c) {
  if (c->quitting) return;
  if ((ehlo_client_wants(c->session) & EHLO_WANT_COMMAND) == 0) {
    submit_ahead(c);
    return;
  }
  bool had_reason = c->report.reason != NULL;
  do_next(c);
  if (!had_reason && c->report.reason != NULL) do_next(c); /* it was refused: QUIT */
}
