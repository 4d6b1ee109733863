/* auth.h - the client's side of SASL PLAIN and LOGIN. */
#ifndef SEND_AUTH_H
#define SEND_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "ehlo.h"
#include "options.h"

#define SEND_AUTH_MECHANISMS "PLAIN and LOGIN"

/* Whether this program speaks the mechanism, in any case. */
bool send_auth_knows(const char* mechanism);

/* Begins the exchange that the options ask for: the result of ehlo_client_auth. */
int32_t send_auth_begin(ehlo_client* session, const struct send_options* options);

/* Answers challenge number `step`, from 0, or cancels the exchange if the mechanism has no such challenge. */
int32_t send_auth_answer(ehlo_client* session, const struct send_options* options, uint32_t step);

#endif
