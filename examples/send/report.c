/* report.c - prints the outcome of each message, in the order of the recipients. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "connection.h"

struct outcome {
  bool accepted;
  char* text; /* what follows "ok " or "failed "; NULL: none yet, or no memory for it */
};

struct send_transaction {
  struct send_transaction* next;
  uint32_t number, count;
  char* refused_chunk; /* the refusal of a chunk before the last one, whose outcomes come without it; NULL: none */
  struct outcome outcomes[];
};

static char* take_text(struct text* text) {
  text_add(text, "", 1);
  if (!text->failed) return text->bytes;
  text_free(text);
  return NULL;
}

static void add_codes(struct text* text, const ehlo_client_event* event) {
  char codes[48];
  snprintf(codes, sizeof codes, "%03u", (unsigned)event->code);
  text_add_string(text, codes);
  if (EHLO_ENHANCED_CLASS(event->enhanced) == 0) return;
  snprintf(codes, sizeof codes, " %u.%u.%u", (unsigned)EHLO_ENHANCED_CLASS(event->enhanced),
           (unsigned)EHLO_ENHANCED_SUBJECT(event->enhanced), (unsigned)EHLO_ENHANCED_DETAIL(event->enhanced));
  text_add_string(text, codes);
}

/* If the reply has an enhanced code, each line begins with it; it has been printed already. */
static ehlo_span without_enhanced(const char* reply, ehlo_span line) {
  while (line.len > 0 && reply[line.off] != ' ') {
    line.off++;
    line.len--;
  }
  while (line.len > 0 && reply[line.off] == ' ') {
    line.off++;
    line.len--;
  }
  return line;
}

static void add_lines(struct text* text, const char* reply, const ehlo_client_event* event) {
  ehlo_span line;
  bool is_first = true;
  for (size_t at = 0; ehlo_reply_line(reply, event->reply.len, &at, &line) == 1; is_first = false) {
    if (EHLO_ENHANCED_CLASS(event->enhanced) != 0) line = without_enhanced(reply, line);
    if (!is_first || line.len > 0) text_add_string(text, is_first ? " " : " / ");
    text_add_visible(text, reply + line.off, line.len);
  }
}

/* An outcome may have the codes of an earlier reply, whose text is gone. */
static char* reply_text(const void* input, const ehlo_client_event* event) {
  struct text text = {0};
  add_codes(&text, event);
  if (event->reply.off != EHLO_ABSENT) add_lines(&text, (const char*)input + event->reply.off, event);
  return take_text(&text);
}

static char* named_text(const char* prefix, const char* name, const char* detail) {
  struct text text = {0};
  text_add_string(&text, prefix);
  text_add_string(&text, name);
  if (*detail != '\0') text_add_string(&text, " ");
  text_add_visible(&text, detail, strlen(detail));
  return take_text(&text);
}

static char* outcome_text(const void* input, const ehlo_client_event* event, const char* refused_chunk) {
  /* Sending it again may deliver it twice (RFC 1047). */
  if (event->verdict == EHLO_VERDICT_UNKNOWN)
    return named_text("000 unknown: ", event->error == EHLO_OK ? "contradiction" : ehlo_error_name(event->error),
                      "the message may have arrived");
  if (event->code != 0 && event->reply.off == EHLO_ABSENT && refused_chunk != NULL) return strdup(refused_chunk);
  if (event->code != 0) return reply_text(input, event);
  return named_text("000 ", ehlo_error_name(event->error), "");
}

static struct send_transaction* add_transaction(struct send_report* report, uint32_t number, uint32_t count) {
  struct send_transaction** last = &report->first;
  while (*last != NULL) last = &(*last)->next;
  *last = calloc(1, sizeof **last + count * sizeof(struct outcome));
  if (*last == NULL) return NULL;
  (*last)->number = number;
  (*last)->count = count;
  return *last;
}

static struct send_transaction* find_transaction(struct send_connection* c, uint32_t number) {
  for (struct send_transaction* one = c->report.first; one != NULL; one = one->next)
    if (one->number == number) return one;
  return add_transaction(&c->report, number, ehlo_envelope_count(c->job->envelope));
}

void send_report_outcome(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  bool accepted = event->verdict == EHLO_VERDICT_ACCEPTED;
  if (!accepted) c->job->refused = true;
  if (!accepted && event->scope == EHLO_SCOPE_CONNECTION) c->job->failed = true;
  struct send_transaction* transaction = find_transaction(c, event->transaction);
  if (transaction == NULL || event->index >= transaction->count) return;
  struct outcome* outcome = &transaction->outcomes[event->index];
  free(outcome->text);
  *outcome = (struct outcome){.accepted = accepted, .text = outcome_text(input, event, transaction->refused_chunk)};
}

void send_report_chunk(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  struct send_transaction* transaction = find_transaction(c, event->transaction);
  if (transaction != NULL && transaction->refused_chunk == NULL) transaction->refused_chunk = reply_text(input, event);
}

static void print_failed(const struct send_connection* c) {
  const char* reason = c->report.reason;
  printf("failed %s\n", reason == NULL ? "000 unknown: no outcome was reported" : reason);
}

static void print_outcome(const struct send_connection* c, const struct outcome* outcome) {
  if (outcome->text != NULL)
    printf("%s %s\n", outcome->accepted ? "ok" : "failed", outcome->text);
  else if (outcome->accepted)
    puts("ok 250");
  else
    print_failed(c);
}

/* Unlinks the first transaction. */
static void print_first(struct send_connection* c) {
  struct send_transaction* transaction = c->report.first;
  c->report.first = transaction->next;
  for (uint32_t i = 0; i < transaction->count; i++) {
    print_outcome(c, &transaction->outcomes[i]);
    free(transaction->outcomes[i].text);
  }
  free(transaction->refused_chunk);
  free(transaction);
  c->report.printed++;
}

/* Transactions end in the order in which they began. */
void send_report_done(struct send_connection* c, uint32_t transaction) {
  while (c->report.first != NULL && c->report.first->number <= transaction) print_first(c);
  (void)fflush(stdout); /* a user who interrupts the program knows what was accepted; errors are checked at the end */
}

bool send_report_is_complete(const struct send_connection* c) { return c->report.printed >= c->job->options.repeat; }

void send_report_end(struct send_connection* c) {
  while (c->report.first != NULL) print_first(c);
  if (!send_report_is_complete(c) && c->report.reason == NULL) send_report_failure(c, "connection-lost", "");
  for (; !send_report_is_complete(c); c->report.printed++)
    for (uint32_t i = 0; i < ehlo_envelope_count(c->job->envelope); i++) print_failed(c);
  free(c->report.hello);
  free(c->report.reason);
  c->report.hello = c->report.reason = NULL;
}

static void set_reason(struct send_connection* c, char* reason) {
  if (c->report.reason != NULL) {
    free(reason);
    return;
  }
  c->report.reason = reason;
  fprintf(stderr, "send: connection %u: %s\n", (unsigned)c->number, reason == NULL ? "out of memory" : reason);
}

void send_report_reply(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  c->job->failed = true;
  set_reason(c, reply_text(input, event));
}

void send_report_said(const struct send_connection* c, const void* input, const ehlo_client_event* event) {
  enum { MOST = 512 };
  if (event->error == EHLO_OK || event->reply.off == EHLO_ABSENT) return;
  const char* reply = (const char*)input + event->reply.off;
  size_t length = event->reply.len;
  if (event->code == 0 && length > MOST) length = MOST;
  while (length > 0 && (reply[length - 1] == '\r' || reply[length - 1] == '\n')) length--;
  struct text text = {0};
  text_add_visible(&text, reply, length);
  text_add(&text, "", 1);
  if (!text.failed) fprintf(stderr, "send: connection %u: the server said: %s\n", (unsigned)c->number, text.bytes);
  text_free(&text);
}

void send_report_hello(struct send_connection* c, const void* input, const ehlo_client_event* event) {
  free(c->report.hello);
  c->report.hello = reply_text(input, event);
}

void send_report_hello_refused(struct send_connection* c) {
  c->job->failed = true;
  set_reason(c, c->report.hello);
  c->report.hello = NULL;
}

void send_report_refusal(struct send_connection* c, const char* name, const char* detail) {
  c->job->refused = true;
  set_reason(c, named_text("000 ", name, detail));
}

void send_report_failure(struct send_connection* c, const char* name, const char* detail) {
  c->job->failed = true;
  set_reason(c, named_text("000 ", name, detail));
}
