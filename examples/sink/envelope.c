/* envelope.c - a transaction: its addresses, its parameters and the draft of its content. */
#include "envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The mailbox without brackets and without a source route, which must be ignored (RFC 5321 4.1.1.3). */
static void add_address(struct text* text, const char* input, const ehlo_path* path) {
  if (path->flags & EHLO_PATH_NULL) {
    text_add_string(text, "\"\"");
    return;
  }
  uint32_t end = path->whole.off + path->whole.len - 1;
  text_add_json(text, input + path->local.off, end - path->local.off);
}

static void add_parameters(struct text* text, const char* input, const ehlo_server_batch* batch, ehlo_range range) {
  text_add_string(text, "[");
  for (uint32_t i = 0; i < range.count; i++) {
    const ehlo_param* param = &batch->params[range.first + i];
    text_add_string(text, i == 0 ? "[" : ",[");
    text_add_json(text, input + param->keyword.off, param->keyword.len);
    text_add_string(text, ",");
    if (param->value.off == EHLO_ABSENT)
      text_add_string(text, "null");
    else
      text_add_json(text, input + param->value.off, param->value.len);
    text_add_string(text, "]");
  }
  text_add_string(text, "]");
}

struct sink_envelope* sink_envelope_new(struct sink_store* store, const void* input, const ehlo_server_batch* batch,
                                        const ehlo_server_event* event) {
  struct sink_envelope* envelope = calloc(1, sizeof *envelope);
  if (envelope == NULL) return NULL;
  sink_draft_begin(&envelope->draft, store);
  text_add_string(&envelope->mail, "\"from\":");
  add_address(&envelope->mail, input, &event->path);
  text_add_string(&envelope->mail, ",\"mail_parameters\":");
  add_parameters(&envelope->mail, input, batch, event->params);
  if (!envelope->mail.failed) return envelope;
  sink_envelope_drop(envelope);
  return NULL;
}

bool sink_envelope_add_recipient(struct sink_envelope* envelope, const void* input, const ehlo_server_batch* batch,
                                 const ehlo_server_event* event) {
  struct text *to = &envelope->recipients, *parameters = &envelope->rcpt_parameters;
  size_t to_length = to->length, parameters_length = parameters->length;
  if (to_length > 0) text_add_string(to, ",");
  add_address(to, input, &event->path);
  if (parameters_length > 0) text_add_string(parameters, ",");
  add_parameters(parameters, input, batch, event->params);
  if (!to->failed && !parameters->failed) return true;
  to->length = to_length;
  parameters->length = parameters_length;
  to->failed = parameters->failed = false;
  return false;
}

void sink_envelope_add_body(struct sink_envelope* envelope, const void* input, const ehlo_server_batch* batch,
                            const ehlo_server_event* event) {
  const unsigned char* bytes = input;
  for (uint32_t i = 0; i < event->body.count; i++) {
    ehlo_span span = batch->spans[event->body.first + i];
    sink_draft_add(&envelope->draft, span.off == EHLO_OFF_CRLF ? (const void*)"\r\n" : bytes + span.off, span.len);
  }
}

static void add_string_or_null(struct text* text, const char* string) {
  if (string == NULL)
    text_add_string(text, "null");
  else
    text_add_json(text, string, strlen(string));
}

static void write_json(struct text* json, const struct sink_envelope* envelope, const struct sink_origin* origin) {
  char octets[48];
  snprintf(octets, sizeof octets, "],\"octets\":%" PRIu64 "}\n", envelope->draft.octets);
  text_add_string(json, "{\"protocol\":");
  add_string_or_null(json, origin->protocol);
  text_add_string(json, ",\"helo\":");
  add_string_or_null(json, origin->helo);
  text_add_string(json, origin->tls ? ",\"tls\":true,\"auth\":" : ",\"tls\":false,\"auth\":");
  add_string_or_null(json, origin->auth);
  text_add_string(json, ",");
  text_add(json, envelope->mail.bytes, envelope->mail.length);
  text_add_string(json, ",\"to\":[");
  text_add(json, envelope->recipients.bytes, envelope->recipients.length);
  text_add_string(json, "],\"rcpt_parameters\":[");
  text_add(json, envelope->rcpt_parameters.bytes, envelope->rcpt_parameters.length);
  text_add_string(json, octets);
}

static void free_envelope(struct sink_envelope* envelope) {
  text_free(&envelope->mail);
  text_free(&envelope->recipients);
  text_free(&envelope->rcpt_parameters);
  free(envelope);
}

bool sink_envelope_publish(struct sink_envelope* envelope, const struct sink_origin* origin) {
  struct text json = {0};
  write_json(&json, envelope, origin);
  bool published = !json.failed && sink_draft_publish(&envelope->draft, json.bytes, json.length);
  if (json.failed) sink_draft_drop(&envelope->draft);
  text_free(&json);
  free_envelope(envelope);
  return published;
}

void sink_envelope_drop(struct sink_envelope* envelope) {
  if (envelope == NULL) return;
  sink_draft_drop(&envelope->draft);
  free_envelope(envelope);
}
