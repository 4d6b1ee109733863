/* listener.h - the event loop: listens, checks timeouts, and ends on a signal. */
#ifndef SINK_LISTENER_H
#define SINK_LISTENER_H

#include "sink.h"

/* Listens, prints the address, and serves until a signal ends it. False: the error has been printed. */
bool sink_serve(struct sink* sink);

#endif
