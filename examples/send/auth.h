/* auth.h - the client's side of SASL PLAIN and LOGIN. */
#ifndef SEND_AUTH_H
#define SEND_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "ehlo.h"
#include "options.h"

#define SEND_AUTH_MECHANISMS "PLAIN and LOGIN"

/* Whether this program knows the mechanism, in any case. */
bool send_auth_knows(const char* mechanism);

/* Begins the exchange with the mechanism of the options. Returns the result of ehlo_client_auth. */
int32_t send_auth_begin(ehlo_client* session, const struct send_options* options);

/* Answers challenge `number`, counted from 0, or cancels the exchange if the mechanism has no such challenge. */
int32_t send_auth_answer(ehlo_client* session, const struct send_options* options, uint32_t number);

#endif
