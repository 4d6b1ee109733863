/* tls.h - the client's side of TLS: whom to trust. */
#ifndef SEND_TLS_H
#define SEND_TLS_H

#include "common/tls.h"
#include "options.h"

/* A context that verifies as the options say. NULL: what is wrong has been printed. */
SSL_CTX* send_tls_context(const struct send_options* options);

/* The client's end of a connection to `host`, a name or an address, for which the certificate must be. NULL: no memory,
 * or a host that no certificate could be for. */
SSL* send_tls_new(SSL_CTX* context, const struct send_options* options);

/* Why the handshake has failed, until the next call. */
const char* send_tls_error(const SSL* tls);

#endif
