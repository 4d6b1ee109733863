/* auth.h - the server's side of SASL PLAIN and LOGIN. */
#ifndef SINK_AUTH_H
#define SINK_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "users.h"

#define SINK_AUTH_MECHANISMS "PLAIN LOGIN"

enum sink_auth_verdict { SINK_AUTH_CHALLENGE, SINK_AUTH_ACCEPT, SINK_AUTH_REFUSE };

enum { SINK_AUTH_NAME_OCTETS = 256 };

/* An exchange. Begin with zero but for `users` and `login`. */
struct sink_auth {
  const struct sink_users* users;
  bool login; /* the mechanism is LOGIN, else PLAIN */
  bool has_name;
  const char* challenge; /* what to ask, after SINK_AUTH_CHALLENGE */
  char name[SINK_AUTH_NAME_OCTETS];
};

/* The next step. `response`: base64 as the client sent it, NULL if the command came without one. */
enum sink_auth_verdict sink_auth_step(struct sink_auth* auth, const void* response, size_t length);

#endif
