/* work.h - which connection does what, and when all is done. */
#ifndef LOAD_WORK_H
#define LOAD_WORK_H

#include "connection.h"

/* Opens the first connections; each of the others follows when one is open. */
void load_work_start(struct load* load);

/* The connection is open, or could not be opened. */
void load_work_connected(struct load_connection* connection);

/* The server has accepted the EHLO of an idle connection. */
void load_work_idle_ready(struct load_connection* connection);

/* The connection is closed and its slot is free. */
void load_work_next(struct load_connection* connection);

/* Claims a message, if one is left; gives a claimed one back. */
bool load_work_claim(struct load* load);
void load_work_return(struct load* load);

#endif
