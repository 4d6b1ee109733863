/* users.h - who may authenticate. */
#ifndef SINK_USERS_H
#define SINK_USERS_H

#include <stdbool.h>
#include <stddef.h>

struct sink_users;

/* Reads lines of name:password; empty lines and those that begin with '#' are skipped. NULL: the error has been
 * printed. Only keyed digests of the passwords are kept. */
struct sink_users* sink_users_load(const char* path);
void sink_users_free(struct sink_users* users);

/* Takes the same time for a wrong password and for an unknown name, so that names cannot be guessed. */
bool sink_users_check(const struct sink_users* users, const void* name, size_t name_length, const void* password,
                      size_t password_length);

#endif
