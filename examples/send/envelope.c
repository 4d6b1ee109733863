/* envelope.c - the envelope, made from the command line and the message. */
#include "envelope.h"

#include <stdio.h>
#include <string.h>

#include "params.h"

struct address {
  const char* text;
  size_t length;
};

/* An envelope takes addresses without brackets, but users write them. */
static struct address without_brackets(const char* text) {
  size_t length = strlen(text);
  bool bracketed = length >= 2 && text[0] == '<' && text[length - 1] == '>';
  return bracketed ? (struct address){text + 1, length - 2} : (struct address){text, length};
}

/* As DATA sends the message, without the doubled dots (RFC 1870 5). The estimate may be a little high. */
static uint64_t wire_size(const struct send_options* options, const struct send_message* message) {
  uint64_t size = message->length + (options->normalize ? message->bare : 0);
  return message->ends_with_crlf || options->chunking ? size : size + 2;
}

static bool check_line_ends(const struct send_options* options, const struct send_message* message, uint32_t body) {
  if (message->bare == 0 || options->normalize || body == EHLO_BODY_BINARYMIME) return true;
  send_message_print_bare(message, options->file);
  return false;
}

static ehlo_envelope* build(const struct send_options* options, const struct send_message* message,
                            const struct send_params* mail) {
  const struct address from = without_brackets(options->from);
  ehlo_envelope_options envelope;
  ehlo_envelope_options_init(&envelope, sizeof envelope);
  envelope.sender = from.text;
  envelope.sender_length = from.length;
  envelope.params = mail->items;
  envelope.param_count = mail->count;
  envelope.size = mail->has_size ? mail->size : wire_size(options, message);
  envelope.body = mail->has_body ? mail->body : message->is_8bit ? EHLO_BODY_8BITMIME : EHLO_BODY_7BIT;
  if (mail->smtputf8 || message->header_is_8bit) envelope.flags |= EHLO_ENVELOPE_FLAG_SMTPUTF8;
  if (mail->requiretls) envelope.flags |= EHLO_ENVELOPE_FLAG_REQUIRETLS;
  if (!check_line_ends(options, message, envelope.body)) return NULL;
  int32_t error = EHLO_OK;
  ehlo_envelope* made = ehlo_envelope_new(&envelope, NULL, &error);
  if (made == NULL)
    fprintf(stderr, "send: --from %s%s: %s\n", options->from, mail->count > 0 ? " with its --mail-param" : "",
            error == EHLO_E_ARGUMENT ? "not what RFC 5321 allows" : ehlo_error_name(error));
  return made;
}

static bool add_recipients(ehlo_envelope* envelope, const struct send_options* options,
                           const struct send_params* rcpt) {
  for (size_t i = 0; i < options->to.count; i++) {
    const struct address to = without_brackets(options->to.items[i]);
    int32_t rc = ehlo_envelope_add(envelope, to.text, to.length, rcpt->items, rcpt->count);
    if (rc == EHLO_OK) continue;
    fprintf(stderr, "send: --to %s%s: %s\n", options->to.items[i], rcpt->count > 0 ? " with its --rcpt-param" : "",
            rc == EHLO_E_ARGUMENT ? "not what RFC 5321 allows" : ehlo_error_name(rc));
    return false;
  }
  return true;
}

ehlo_envelope* send_envelope_new(const struct send_options* options, const struct send_message* message) {
  struct send_params mail = {0}, rcpt = {0};
  ehlo_envelope* envelope = NULL;
  if (send_params_read_mail(&mail, &options->mail_params) && send_params_read_rcpt(&rcpt, &options->rcpt_params))
    envelope = build(options, message, &mail);
  if (envelope != NULL && !add_recipients(envelope, options, &rcpt)) {
    ehlo_envelope_free(envelope);
    envelope = NULL;
  }
  send_params_free(&mail);
  send_params_free(&rcpt);
  return envelope;
}
