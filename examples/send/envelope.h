/* envelope.h - the envelope, made from the command line and the message. */
#ifndef SEND_ENVELOPE_H
#define SEND_ENVELOPE_H

#include "ehlo.h"
#include "message.h"
#include "options.h"

/* The envelope for all sessions. NULL: the error has been printed. */
ehlo_envelope* send_envelope_new(const struct send_options* options, const struct send_message* message);

#endif
