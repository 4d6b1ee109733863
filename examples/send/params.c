/* params.c - ESMTP parameters from the command line, as they are sent. */
#include "params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(const char* option, const char* item, const char* why) {
  fprintf(stderr, "send: %s %s: %s\n", option, item, why);
  return false;
}

/* Whether the value is encoded when it is sent: as xtext (RFC 3461 4), or by the rules of ORCPT (RFC 6533 3). */
static bool is_encoded(const ehlo_param_row* row) {
  return row != NULL &&
         (row->kind == EHLO_KIND_XTEXT || row->kind == EHLO_KIND_MAILBOX || row->kind == EHLO_KIND_CUSTOM);
}

/* NULL: the parameter has no such value. */
static char* encode(uint32_t id, const char* value) {
  size_t length = strlen(value);
  int64_t octets = ehlo_param_value_write(id, 0, value, length, NULL, 0);
  if (octets < 0) return NULL;
  char* text = malloc((size_t)octets + 1);
  if (text == NULL) return NULL;
  ehlo_param_value_write(id, 0, value, length, text, (size_t)octets);
  text[octets] = '\0';
  return text;
}

static bool add(struct send_params* params, const char* option, const char* item, size_t length) {
  const char* value = item[length] == '=' ? item + length + 1 : NULL;
  char* text = NULL;
  if (value != NULL) {
    const ehlo_param_row* row = ehlo_param_named(item, length);
    text = is_encoded(row) ? encode(row->id, value) : strdup(value);
    if (text == NULL) return wrong(option, item, "this value cannot be sent");
  }
  params->values[params->count] = text;
  params->items[params->count++] = (ehlo_param_text){
      .keyword = item, .keyword_length = length, .value = text, .value_length = text == NULL ? 0 : strlen(text)};
  return true;
}

/* The number that the library reads from a parameter of MAIL. */
static bool read_number(uint64_t* number, const char* item) {
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  ehlo_param param;
  size_t count = 0;
  int32_t rc = ehlo_params_parse(item, strlen(item), EHLO_VERB_MAIL, &options, &param, sizeof param, 1, &count, NULL);
  if (rc != EHLO_OK || count != 1) return false;
  *number = ehlo_param_unsigned(&param);
  return true;
}

static bool read_body(struct send_params* params, const char* item) {
  uint64_t body = 0;
  if (!read_number(&body, item)) return wrong("--mail-param", item, "BODY is 7BIT, 8BITMIME or BINARYMIME");
  params->has_body = true;
  params->body = (uint32_t)body;
  return true;
}

static bool read_size(struct send_params* params, const char* item) {
  params->has_size = true;
  return read_number(&params->size, item) || wrong("--mail-param", item, "SIZE is a number of octets");
}

static bool read_flag(bool* flag, const char* item, bool has_value) {
  *flag = true;
  return !has_value || wrong("--mail-param", item, "this parameter takes no value");
}

static bool read_mail(struct send_params* params, const char* item, size_t length) {
  const ehlo_param_row* row = ehlo_param_named(item, length);
  switch (row == NULL ? EHLO_PARAM_UNKNOWN : (int)row->id) {
    case EHLO_PARAM_BODY: return read_body(params, item);
    case EHLO_PARAM_SIZE: return read_size(params, item);
    case EHLO_PARAM_SMTPUTF8: return read_flag(&params->smtputf8, item, item[length] != '\0');
    case EHLO_PARAM_REQUIRETLS: return read_flag(&params->requiretls, item, item[length] != '\0');
    default: return add(params, "--mail-param", item, length);
  }
}

static bool allocate(struct send_params* params, size_t count) {
  *params = (struct send_params){0};
  params->items = calloc(count + 1, sizeof *params->items);
  params->values = calloc(count + 1, sizeof *params->values);
  return (params->items != NULL && params->values != NULL) || wrong("parameters", "", "out of memory");
}

bool send_params_read_mail(struct send_params* params, const struct send_list* list) {
  bool good = allocate(params, list->count);
  for (size_t i = 0; good && i < list->count; i++)
    good = read_mail(params, list->items[i], strcspn(list->items[i], "="));
  return good;
}

bool send_params_read_rcpt(struct send_params* params, const struct send_list* list) {
  bool good = allocate(params, list->count);
  for (size_t i = 0; good && i < list->count; i++)
    good = add(params, "--rcpt-param", list->items[i], strcspn(list->items[i], "="));
  return good;
}

void send_params_free(struct send_params* params) {
  for (size_t i = 0; i < params->count; i++) free(params->values[i]);
  free(params->values);
  free(params->items);
}
