/* tls.h - the server's side of TLS: its certificate. */
#ifndef SINK_TLS_H
#define SINK_TLS_H

#include "common/tls.h"

/* A context with this certificate chain and key. NULL: the error has been printed. */
SSL_CTX* sink_tls_context(const char* certificate, const char* key);

#endif
