/* auth.h - the server's side of SASL PLAIN and LOGIN. */
#ifndef SINK_AUTH_H
#define SINK_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "users.h"

#define SINK_AUTH_MECHANISMS "PLAIN LOGIN"

enum sink_auth_verdict { SINK_AUTH_CHALLENGE, SINK_AUTH_ACCEPT, SINK_AUTH_REFUSE };

enum { SINK_AUTH_NAME_OCTETS = 256 };

/* An exchange. At the beginning all is zero except `users` and `login`. */
struct sink_auth {
  const struct sink_users* users;
  bool login; /* the mechanism is LOGIN, otherwise PLAIN */
  bool has_name;
  const char* challenge; /* what to send after SINK_AUTH_CHALLENGE */
  char name[SINK_AUTH_NAME_OCTETS];
};

/* Handles a response. `response`: base64 as the client sent it; NULL: the AUTH command had none. */
enum sink_auth_verdict sink_auth_respond(struct sink_auth* auth, const void* response, size_t length);

#endif
