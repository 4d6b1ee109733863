/* params.h - ESMTP parameters from the command line, as they are sent. */
#ifndef SEND_PARAMS_H
#define SEND_PARAMS_H

#include "ehlo.h"
#include "options.h"

/* The parameters of MAIL or RCPT. Those of MAIL that the session itself writes, from the options of an envelope, are
 * fields of their own. */
struct send_params {
  ehlo_param_text* items;
  char** values; /* owned; NULL: no value */
  size_t count;
  bool has_body, has_size, smtputf8, requiretls;
  uint32_t body; /* EHLO_BODY_* */
  uint64_t size;
};

/* Reads the list of --mail-param or --rcpt-param. False: the error has been printed. */
bool send_params_read_mail(struct send_params* params, const struct send_list* list);
bool send_params_read_rcpt(struct send_params* params, const struct send_list* list);
void send_params_free(struct send_params* params);

#endif
