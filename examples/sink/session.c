/* session.c - handles the events of a session. */
#include "session.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* After a failed answer the client would wait for ever: close the connection. */
static void settle(struct sink_connection* c, int32_t rc) {
  if (rc == EHLO_OK) return;
  fprintf(stderr, "sink: connection %u: %s\n", (unsigned)c->number, ehlo_error_name(rc));
  sink_connection_close(c);
}

/* An event without an id has been answered by the library, as configured. */
static void accept_ask(struct sink_connection* c, const ehlo_server_event* event) {
  if (event->id != 0) settle(c, ehlo_server_accept(c->session, event->id));
}

static void refuse_ask(struct sink_connection* c, const ehlo_server_event* event, uint32_t code, uint32_t enhanced,
                       const char* text) {
  if (event->id == 0) return;
  int32_t rc = ehlo_server_reply(c->session, event->id, code, enhanced, text, strlen(text));
  if (rc == EHLO_E_SPACE && sink_connection_take_output(c)) /* many LMTP answers can fill the room for texts */
    rc = ehlo_server_reply(c->session, event->id, code, enhanced, text, strlen(text));
  if (rc == EHLO_E_SPACE || rc == EHLO_E_MEMORY) rc = ehlo_server_decline(c->session, event->id);
  settle(c, rc);
}

static void on_hello(struct sink_connection* c, const unsigned char* input, const ehlo_server_event* event) {
  if (!c->sink->storing) return;
  free(c->helo);
  c->helo = strndup((const char*)input + event->text.off, event->text.len);
}

static void on_mail(struct sink_connection* c, const unsigned char* input, const ehlo_server_event* event) {
  struct sink* sink = c->sink;
  c->decided = false;
  if (sink->storing) {
    sink_envelope_drop(c->envelope);
    c->envelope = sink_envelope_new(&sink->store, input, &sink->batch, event);
    if (c->envelope == NULL) {
      refuse_ask(c, event, 451, EHLO_ENHANCED(4, 3, 0), "Out of memory, try again later");
      return;
    }
  }
  accept_ask(c, event);
}

static void on_rcpt(struct sink_connection* c, const unsigned char* input, const ehlo_server_event* event) {
  if (c->envelope == NULL || sink_envelope_add_recipient(c->envelope, input, &c->sink->batch, event))
    accept_ask(c, event);
  else
    refuse_ask(c, event, 451, EHLO_ENHANCED(4, 3, 0), "Out of memory, try again later");
}

static bool store_message(struct sink_connection* c) {
  if (!c->sink->storing) return true;
  if (c->envelope == NULL) return false;
  const struct sink_origin origin = {.protocol = ehlo_server_protocol_name(c->session),
                                     .helo = c->helo,
                                     .auth = c->user,
                                     .tls = (ehlo_server_facts(c->session) & EHLO_FACT_TLS) != 0};
  bool stored = sink_envelope_publish(c->envelope, &origin);
  c->envelope = NULL;
  return stored;
}

/* LMTP asks for each recipient (RFC 2033 4.2), but the message is stored once, for all of them or for none. */
static void on_message(struct sink_connection* c, const ehlo_server_event* event) {
  if (!c->decided) {
    c->decided = true;
    c->stored = store_message(c);
    if (c->stored) c->sink->messages++;
  }
  if (c->stored)
    accept_ask(c, event);
  else
    refuse_ask(c, event, 451, EHLO_ENHANCED(4, 3, 0), "Cannot store the message, try again later");
}

static void end_auth(struct sink_connection* c) {
  free(c->auth);
  c->auth = NULL;
}

static bool begin_auth(struct sink_connection* c, const unsigned char* input, const ehlo_server_event* event) {
  end_auth(c);
  c->auth = calloc(1, sizeof *c->auth);
  if (c->auth == NULL) return false;
  c->auth->users = c->sink->users;
  c->auth->login = event->text.len == 5 && strncasecmp((const char*)input + event->text.off, "LOGIN", 5) == 0;
  return true;
}

static void answer_auth(struct sink_connection* c, const ehlo_server_event* event, enum sink_auth_verdict verdict) {
  if (verdict == SINK_AUTH_CHALLENGE) {
    const char* challenge = c->auth->challenge;
    settle(c, ehlo_server_challenge(c->session, event->id, challenge, strlen(challenge)));
    return;
  }
  if (verdict == SINK_AUTH_ACCEPT && (c->user = strdup(c->auth->name)) != NULL)
    accept_ask(c, event);
  else
    refuse_ask(c, event, 535, EHLO_ENHANCED(5, 7, 8), "Authentication credentials invalid");
  end_auth(c);
}

static void on_auth(struct sink_connection* c, unsigned char* input, const ehlo_server_event* event) {
  if (event->type == EHLO_SERVER_EVENT_AUTH && !begin_auth(c, input, event)) {
    refuse_ask(c, event, 454, EHLO_ENHANCED(4, 7, 0), "Out of memory, try again later");
    return;
  }
  bool present = event->response.off != EHLO_ABSENT;
  unsigned char* response = present ? input + event->response.off : NULL;
  answer_auth(c, event, sink_auth_respond(c->auth, response, event->response.len));
  if (present) OPENSSL_cleanse(response, event->response.len);
}

/* Most events that do not wait for an answer need no action. */
void sink_session_event(struct sink_connection* c, unsigned char* input, const ehlo_server_event* event) {
  switch (event->type) {
    case EHLO_SERVER_EVENT_HELLO: on_hello(c, input, event); break;
    case EHLO_SERVER_EVENT_MAIL: on_mail(c, input, event); break;
    case EHLO_SERVER_EVENT_RCPT: on_rcpt(c, input, event); break;
    case EHLO_SERVER_EVENT_BODY:
      if (c->envelope != NULL) sink_envelope_add_body(c->envelope, input, &c->sink->batch, event);
      break;
    case EHLO_SERVER_EVENT_MESSAGE: on_message(c, event); break;
    case EHLO_SERVER_EVENT_ABORT:
      sink_envelope_drop(c->envelope);
      c->envelope = NULL;
      break;
    case EHLO_SERVER_EVENT_AUTH:
    case EHLO_SERVER_EVENT_AUTH_RESPONSE: on_auth(c, input, event); break;
    case EHLO_SERVER_EVENT_AUTH_ABORT: end_auth(c); break;
    case EHLO_SERVER_EVENT_CLOSE: c->linger = event->error != EHLO_OK && event->error != EHLO_E_CONNECTION_LOST; break;
    default: accept_ask(c, event); break;
  }
}

void sink_session_forget(struct sink_connection* c) {
  sink_envelope_drop(c->envelope);
  c->envelope = NULL;
  end_auth(c);
  free(c->helo);
  free(c->user);
  c->helo = c->user = NULL;
}
