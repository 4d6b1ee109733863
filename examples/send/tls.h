/* tls.h - the client's side of TLS: which certificates are trusted. */
#ifndef SEND_TLS_H
#define SEND_TLS_H

#include "common/tls.h"
#include "options.h"

/* A context that verifies as the options say. NULL: the error has been printed. */
SSL_CTX* send_tls_context(const struct send_options* options);

/* The client's end of a connection to `host`, a name or an address. The certificate must be for it. NULL: no memory, or
 * no certificate can be for this host. */
SSL* send_tls_new(SSL_CTX* context, const struct send_options* options);

/* Why the handshake failed; valid until the next call. */
const char* send_tls_error(const SSL* tls);

#endif
