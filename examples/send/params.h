/* params.h - ESMTP parameters from the command line, as they go over the wire. */
#ifndef SEND_PARAMS_H
#define SEND_PARAMS_H

#include "ehlo.h"
#include "options.h"

/* What MAIL carries. Those that the session writes by itself, from what an envelope says, are kept apart. */
struct send_params {
  ehlo_param_text* items;
  char** values; /* owned; NULL where there is none */
  size_t count;
  bool has_body, has_size, smtputf8, requiretls;
  uint32_t body; /* EHLO_BODY_* */
  uint64_t size;
};

/* Reads the list of --mail-param or --rcpt-param. False: what is wrong has been printed. */
bool send_params_read_mail(struct send_params* params, const struct send_list* list);
bool send_params_read_rcpt(struct send_params* params, const struct send_list* list);
void send_params_free(struct send_params* params);

#endif
