/* params.c - ESMTP parameters from the command line, as they go over the wire. */
#include "params.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool wrong(const char* option, const char* item, const char* why) {
  fprintf(stderr, "send: %s %s: %s\n", option, item, why);
  return false;
}

static bool is_keyword(const char* item, size_t length, const char* keyword) {
  return strlen(keyword) == length && strncasecmp(item, keyword, length) == 0;
}

/* The parameters whose values are written in xtext (RFC 3461 4), or in UTF-8 of their own (RFC 6533 3). */
static uint32_t encoded_parameter(const char* item, size_t length) {
  if (is_keyword(item, length, "ENVID")) return EHLO_PARAM_ENVID;
  if (is_keyword(item, length, "ORCPT")) return EHLO_PARAM_ORCPT;
  if (is_keyword(item, length, "AUTH")) return EHLO_PARAM_AUTH;
  return EHLO_PARAM_UNKNOWN;
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
    uint32_t id = encoded_parameter(item, length);
    text = id == EHLO_PARAM_UNKNOWN ? strdup(value) : encode(id, value);
    if (text == NULL) return wrong(option, item, "this value cannot be sent");
  }
  params->values[params->count] = text;
  params->items[params->count++] = (ehlo_param_text){
      .keyword = item, .keyword_length = length, .value = text, .value_length = text == NULL ? 0 : strlen(text)};
  return true;
}

static bool read_body(struct send_params* params, const char* item, const char* value) {
  params->has_body = true;
  if (value != NULL && strcasecmp(value, "7BIT") == 0)
    params->body = EHLO_BODY_7BIT;
  else if (value != NULL && strcasecmp(value, "8BITMIME") == 0)
    params->body = EHLO_BODY_8BITMIME;
  else if (value != NULL && strcasecmp(value, "BINARYMIME") == 0)
    params->body = EHLO_BODY_BINARYMIME;
  else
    return wrong("--mail-param", item, "BODY is 7BIT, 8BITMIME or BINARYMIME");
  return true;
}

static bool read_size(struct send_params* params, const char* item, const char* value) {
  char* end = NULL;
  errno = 0;
  params->has_size = true;
  params->size = value == NULL || *value < '0' || *value > '9' ? 0 : strtoull(value, &end, 10);
  if (end == NULL || *end != '\0' || errno != 0) return wrong("--mail-param", item, "SIZE is a number of octets");
  return true;
}

static bool read_flag(bool* flag, const char* item, const char* value) {
  *flag = true;
  return value == NULL || wrong("--mail-param", item, "this parameter takes no value");
}

static bool read_mail(struct send_params* params, const char* item, size_t length) {
  const char* value = item[length] == '=' ? item + length + 1 : NULL;
  if (is_keyword(item, length, "BODY")) return read_body(params, item, value);
  if (is_keyword(item, length, "SIZE")) return read_size(params, item, value);
  if (is_keyword(item, length, "SMTPUTF8")) return read_flag(&params->smtputf8, item, value);
  if (is_keyword(item, length, "REQUIRETLS")) return read_flag(&params->requiretls, item, value);
  return add(params, "--mail-param", item, length);
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
