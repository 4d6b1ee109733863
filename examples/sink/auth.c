/* auth.c - the server's side of SASL PLAIN (RFC 4616) and LOGIN. */
#include "auth.h"

#include <openssl/crypto.h>
#include <string.h>

#include "ehlo.h"

enum { DECODED_OCTETS = 9216 }; /* fit into a line of 12288 octets, the library's default limit (RFC 4954 4) */

static enum sink_auth_verdict ask(struct sink_auth* auth, const char* challenge) {
  auth->challenge = challenge;
  return SINK_AUTH_CHALLENGE;
}

/* A name is logged as a C string, so a name with a NUL would not be the one that was checked. */
static bool keep_name(struct sink_auth* auth, const char* name, size_t length) {
  if (length == 0 || length >= sizeof auth->name || memchr(name, '\0', length) != NULL) return false;
  memcpy(auth->name, name, length);
  auth->name[length] = '\0';
  auth->has_name = true;
  return true;
}

static enum sink_auth_verdict check(const struct sink_auth* auth, const char* password, size_t length) {
  return sink_users_check(auth->users, auth->name, strlen(auth->name), password, length) ? SINK_AUTH_ACCEPT
                                                                                         : SINK_AUTH_REFUSE;
}

static enum sink_auth_verdict respond_plain(struct sink_auth* auth, const char* message, size_t length) {
  ehlo_span authzid, authcid, password;
  if (ehlo_auth_plain_parse(message, length, &authzid, &authcid, &password) != EHLO_OK) return SINK_AUTH_REFUSE;
  bool acts_for_itself = authzid.len == 0 || (authzid.len == authcid.len &&
                                              memcmp(message + authzid.off, message + authcid.off, authcid.len) == 0);
  if (!acts_for_itself || !keep_name(auth, message + authcid.off, authcid.len)) return SINK_AUTH_REFUSE;
  return check(auth, message + password.off, password.len);
}

static enum sink_auth_verdict respond_login(struct sink_auth* auth, const char* message, size_t length) {
  if (auth->has_name) return check(auth, message, length);
  return keep_name(auth, message, length) ? ask(auth, "Password:") : SINK_AUTH_REFUSE;
}

enum sink_auth_verdict sink_auth_respond(struct sink_auth* auth, const void* response, size_t length) {
  if (response == NULL) return ask(auth, auth->login ? "Username:" : "");
  if (length == 1 && memcmp(response, "=", 1) == 0) length = 0; /* an empty initial response (RFC 4954 4) */
  char message[DECODED_OCTETS];
  int64_t octets = ehlo_base64_decode(response, length, message, sizeof message);
  if (octets < 0 || octets > (int64_t)sizeof message) return SINK_AUTH_REFUSE;
  enum sink_auth_verdict verdict =
      auth->login ? respond_login(auth, message, (size_t)octets) : respond_plain(auth, message, (size_t)octets);
  OPENSSL_cleanse(message, (size_t)octets);
  return verdict;
}
