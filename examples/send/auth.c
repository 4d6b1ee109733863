/* auth.c - the client's side of SASL PLAIN (RFC 4616) and LOGIN. */
#include "auth.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_plain(const char* mechanism) { return strcasecmp(mechanism, "PLAIN") == 0; }
static bool is_login(const char* mechanism) { return strcasecmp(mechanism, "LOGIN") == 0; }

bool send_auth_knows(const char* mechanism) { return is_plain(mechanism) || is_login(mechanism); }

static int32_t begin_plain(ehlo_client* session, const struct send_options* options) {
  size_t user = strlen(options->user), password = strlen(options->password), capacity = user + password + 2;
  char* message = malloc(capacity);
  if (message == NULL) return EHLO_E_MEMORY;
  int64_t length = ehlo_auth_plain_write("", 0, options->user, user, options->password, password, message, capacity);
  int32_t rc = length < 0
                   ? (int32_t)length
                   : ehlo_client_auth(session, options->mechanism, strlen(options->mechanism), message, (size_t)length);
  OPENSSL_cleanse(message, capacity);
  free(message);
  return rc;
}

int32_t send_auth_begin(ehlo_client* session, const struct send_options* options) {
  if (is_plain(options->mechanism)) return begin_plain(session, options);
  return ehlo_client_auth(session, options->mechanism, strlen(options->mechanism), NULL, 0);
}

/* The texts of LOGIN's challenges differ between servers, but their order does not. */
int32_t send_auth_answer(ehlo_client* session, const struct send_options* options, uint32_t number) {
  if (is_login(options->mechanism) && number < 2) {
    const char* response = number == 0 ? options->user : options->password;
    return ehlo_client_auth_respond(session, response, strlen(response));
  }
  return ehlo_client_auth_cancel(session);
}
