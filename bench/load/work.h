/* work.h - who does what, and when all is done. */
#ifndef LOAD_WORK_H
#define LOAD_WORK_H

#include "connection.h"

/* Opens the first connections; the others follow as these are open. */
void load_work_start(struct load* load);

/* The connection is open, or could not be. */
void load_work_connected(struct load_connection* connection);

/* The server has taken the hello of an idle connection. */
void load_work_idle_ready(struct load_connection* connection);

/* The connection is gone and its slot is free. */
void load_work_next(struct load_connection* connection);

/* Claims a message, if there is one left; gives it back. */
bool load_work_claim(struct load* load);
void load_work_return(struct load* load);

#endif
