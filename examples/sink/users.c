/* users.c - who may authenticate: a file of names and passwords. */
#include "users.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_OCTETS = 32 };

struct user {
  struct user* next;
  unsigned char digest[DIGEST_OCTETS];
  size_t name_length;
  char name[];
};

struct sink_users {
  struct user* first;
  unsigned char key[DIGEST_OCTETS]; /* random, so that two runs have different digests */
};

/* All digests have one length, so that the time of a comparison does not reveal the length of a password. */
static bool digest(const struct sink_users* users, const void* password, size_t length,
                   unsigned char out[DIGEST_OCTETS]) {
  unsigned int octets = 0;
  return HMAC(EVP_sha256(), users->key, sizeof users->key, password, length, out, &octets) != NULL &&
         octets == DIGEST_OCTETS;
}

static bool add_user(struct sink_users* users, const char* name, size_t name_length, const char* password,
                     size_t password_length) {
  struct user* user = malloc(sizeof *user + name_length);
  if (user == NULL) return false;
  memcpy(user->name, name, name_length);
  user->name_length = name_length;
  if (!digest(users, password, password_length, user->digest)) {
    free(user);
    return false;
  }
  user->next = users->first;
  users->first = user;
  return true;
}

static const char* add_line(struct sink_users* users, const char* line, size_t length) {
  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
  if (length == 0 || line[0] == '#') return NULL;
  const char* colon = memchr(line, ':', length);
  if (colon == NULL || colon == line || colon == line + length - 1) return "not name:password";
  size_t name_length = (size_t)(colon - line);
  return add_user(users, line, name_length, colon + 1, length - name_length - 1) ? NULL : "out of memory";
}

static bool read_lines(struct sink_users* users, FILE* file, const char* path) {
  char* line = NULL;
  size_t capacity = 0;
  const char* wrong = NULL;
  unsigned number = 0;
  for (ssize_t length; wrong == NULL && (length = getline(&line, &capacity, file)) > 0; number++)
    wrong = add_line(users, line, (size_t)length);
  if (line != NULL) OPENSSL_cleanse(line, capacity);
  free(line);
  if (wrong != NULL) {
    fprintf(stderr, "sink: %s:%u: %s\n", path, number, wrong);
    return false;
  }
  if (ferror(file)) fprintf(stderr, "sink: cannot read %s: %s\n", path, strerror(errno));
  return !ferror(file);
}

static bool load(struct sink_users* users, const char* path) {
  if (RAND_bytes(users->key, sizeof users->key) != 1) {
    fputs("sink: no random numbers\n", stderr);
    return false;
  }
  FILE* file = fopen(path, "re");
  if (file == NULL) {
    fprintf(stderr, "sink: cannot open %s: %s\n", path, strerror(errno));
    return false;
  }
  bool read = read_lines(users, file, path);
  fclose(file);
  return read;
}

struct sink_users* sink_users_load(const char* path) {
  struct sink_users* users = calloc(1, sizeof *users);
  if (users == NULL) {
    fputs("sink: out of memory\n", stderr);
    return NULL;
  }
  if (load(users, path)) return users;
  sink_users_free(users);
  return NULL;
}

void sink_users_free(struct sink_users* users) {
  if (users == NULL) return;
  for (struct user *user = users->first, *next; user != NULL; user = next) {
    next = user->next;
    OPENSSL_cleanse(user->digest, sizeof user->digest);
    free(user);
  }
  OPENSSL_cleanse(users->key, sizeof users->key);
  free(users);
}

bool sink_users_check(const struct sink_users* users, const void* name, size_t name_length, const void* password,
                      size_t password_length) {
  static const unsigned char nobody[DIGEST_OCTETS];
  const unsigned char* expected = nobody;
  for (const struct user* user = users->first; user != NULL; user = user->next)
    if (user->name_length == name_length && memcmp(user->name, name, name_length) == 0) expected = user->digest;
  unsigned char given[DIGEST_OCTETS];
  bool equal = digest(users, password, password_length, given) && CRYPTO_memcmp(given, expected, sizeof given) == 0;
  OPENSSL_cleanse(given, sizeof given);
  return equal && expected != nobody;
}
