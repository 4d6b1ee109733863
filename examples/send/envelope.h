/* envelope.h - what the command line and the message say of the transaction. */
#ifndef SEND_ENVELOPE_H
#define SEND_ENVELOPE_H

#include "ehlo.h"
#include "message.h"
#include "options.h"

/* The envelope that every session submits. NULL: what is wrong has been printed. */
ehlo_envelope* send_envelope_new(const struct send_options* options, const struct send_message* message);

#endif
