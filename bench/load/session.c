/* session.c - handles the events of a session, and sends its commands. */
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "work.h"

static void fail(struct load_connection* c, const char* what, const char* detail) {
  c->has_failed = true;
  load_connection_note(c, what, detail);
}

/* Stores a reply without octets that would control a terminal. */
static void note_reply(struct load_connection* c, const char* what, const unsigned char* input,
                       const ehlo_client_event* event) {
  char detail[256];
  int length = snprintf(detail, sizeof detail, "%u ", (unsigned)event->code);
  for (uint32_t i = 0; event->code != 0 && i < event->text.len && (size_t)length + 1 < sizeof detail; i++) {
    unsigned char octet = input[event->text.off + i];
    detail[length++] = (char)(octet < ' ' || octet > '~' ? '?' : octet);
  }
  detail[length] = '\0';
  load_connection_note(c, what, event->code != 0 ? detail : ehlo_error_name(event->error));
}

static void on_done(struct load_connection* c) {
  struct load* load = c->load;
  bool accepted = c->recipients == load->options.recipients;
  c->waiting--;
  c->recipients = 0;
  if (c->role != LOAD_SENDS) return;
  load->accepted += accepted;
  load->failed += !accepted;
}

/* The session has ended, regularly only if this is the reply to our QUIT. */
static void on_end(struct load_connection* c, const unsigned char* input, const ehlo_client_event* event) {
  if (c->quitting && event->type == EHLO_CLIENT_EVENT_CLOSED) return;
  c->has_failed = true;
  note_reply(c, "session ended", input, event);
}

void load_session_event(struct load_connection* c, const unsigned char* input, const ehlo_client_event* event) {
  switch (event->type) {
    case EHLO_CLIENT_EVENT_GREETING:
      if (event->code != 220) note_reply(c, "greeting", input, event);
      break;
    case EHLO_CLIENT_EVENT_READY:
      c->ready = event->error == EHLO_OK;
      if (!c->ready)
        fail(c, "hello refused", "");
      else if (c->role == LOAD_IDLES)
        load_work_idle_ready(c);
      break;
    case EHLO_CLIENT_EVENT_OUTCOME:
      c->recipients += event->verdict == EHLO_VERDICT_ACCEPTED;
      if (event->verdict != EHLO_VERDICT_ACCEPTED) note_reply(c, "not accepted", input, event);
      break;
    case EHLO_CLIENT_EVENT_DONE: on_done(c); break;
    case EHLO_CLIENT_EVENT_CLOSED:
    case EHLO_CLIENT_EVENT_ERROR: on_end(c, input, event); break;
    default: break;
  }
}

/* The session would refuse the message again. */
static bool submit(struct load_connection* c, bool ahead) {
  int32_t rc = ehlo_client_transact(c->session, c->load->envelope);
  if (rc == EHLO_E_STATE && ahead) return false; /* not yet: EHLO_WANT_COMMAND will come */
  if (rc != EHLO_OK) {
    fail(c, "cannot send", ehlo_error_name(rc));
    return false;
  }
  c->submitted++;
  c->waiting++;
  c->given = 0;
  c->content_given = false;
  return true;
}

static bool submit_claimed(struct load_connection* c, bool ahead) {
  const uint32_t most = c->load->options.messages_per_connection;
  if (c->has_failed || !c->ready || (most > 0 && c->submitted == most) || !load_work_claim(c->load)) return false;
  if (submit(c, ahead)) return true;
  load_work_return(c->load);
  return false;
}

static void quit(struct load_connection* c) {
  c->quitting = true;
  if (ehlo_client_quit(c->session) != EHLO_OK) ehlo_client_abort(c->session);
}

void load_session_next(struct load_connection* c) {
  if (c->quitting) return;
  if ((ehlo_client_wants(c->session) & EHLO_WANT_COMMAND) == 0) {
    if (c->load->options.ahead && c->content_given && c->role == LOAD_SENDS) (void)submit_claimed(c, true);
    return;
  }
  bool begun = false;
  if (c->role == LOAD_SENDS)
    begun = submit_claimed(c, false);
  else if (c->role == LOAD_VANISHES && c->submitted == 0 && c->ready)
    begun = submit(c, false);
  else if (c->role == LOAD_IDLES)
    begun = c->ready && !c->load->releasing;
  if (!begun) quit(c);
}
