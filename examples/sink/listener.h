/* listener.h - the event loop: listens, sweeps, and ends on a signal. */
#ifndef SINK_LISTENER_H
#define SINK_LISTENER_H

#include "sink.h"

/* Listens, says so, and serves until a signal has ended it. False: what is wrong has been printed. */
bool sink_serve(struct sink* sink);

#endif
