/* tls.c - the server's side of TLS: its certificate. */
#include "tls.h"

#include <stdio.h>

static bool load(SSL_CTX* context, const char* certificate, const char* key) {
  const char* culprit = certificate;
  bool loaded = SSL_CTX_use_certificate_chain_file(context, certificate) == 1;
  if (loaded) {
    culprit = key;
    loaded =
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(context) == 1;
  }
  if (!loaded) fprintf(stderr, "sink: cannot use %s: %s\n", culprit, tls_error());
  return loaded;
}

SSL_CTX* sink_tls_context(const char* certificate, const char* key) {
  SSL_CTX* context = tls_context(TLS_server_method());
  if (context == NULL) fprintf(stderr, "sink: no TLS: %s\n", tls_error());
  if (context != NULL && load(context, certificate, key)) return context;
  SSL_CTX_free(context);
  return NULL;
}
