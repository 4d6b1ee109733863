/* users.h - who may authenticate. */
#ifndef SINK_USERS_H
#define SINK_USERS_H

#include <stdbool.h>
#include <stddef.h>

struct sink_users;

/* Reads lines of name:password; empty lines and those that begin with '#' are skipped. NULL: what is wrong has been
 * printed. The passwords are not kept, only keyed digests of them. */
struct sink_users* sink_users_load(const char* path);
void sink_users_free(struct sink_users* users);

/* Takes the same time for a wrong password as for an unknown name. */
bool sink_users_check(const struct sink_users* users, const void* name, size_t name_length, const void* password,
                      size_t password_length);

#endif
