/* pace.h - connections that send slowly. */
#ifndef LOAD_PACE_H
#define LOAD_PACE_H

#include "connection.h"

/* From now on the connection sends this number of octets per second, of commands and content. False: no memory. */
bool load_pace_start(struct load_connection* connection);

/* Whether octets are still to be sent. */
bool load_pace_is_behind(const struct load_connection* connection);

/* The connection is being closed. */
void load_pace_stop(struct load_connection* connection);

#endif
