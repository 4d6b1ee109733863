/* tls.c - the client's side of TLS: which certificates are trusted. */
#include "tls.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <uv.h>

static bool load_trust(SSL_CTX* context, const char* file) {
  bool loaded =
      file == NULL ? SSL_CTX_set_default_verify_paths(context) == 1 : SSL_CTX_load_verify_file(context, file) == 1;
  if (!loaded) fprintf(stderr, "send: --ca: cannot use %s: %s\n", file == NULL ? "the system's" : file, tls_error());
  return loaded;
}

SSL_CTX* send_tls_context(const struct send_options* options) {
  SSL_CTX* context = tls_context(TLS_client_method());
  if (context == NULL) fprintf(stderr, "send: no TLS: %s\n", tls_error());
  if (context != NULL && (options->insecure || load_trust(context, options->ca))) {
    SSL_CTX_set_verify(context, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    return context;
  }
  SSL_CTX_free(context);
  return NULL;
}

static bool is_address(const char* host) {
  unsigned char address[16];
  return uv_inet_pton(AF_INET, host, address) == 0 || uv_inet_pton(AF_INET6, host, address) == 0;
}

/* Without this check, any certificate of a trusted authority would be accepted, whatever its name is. An address is not
 * allowed in SNI (RFC 6066 3). */
static bool expect_host(SSL* tls, const char* host) {
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host) == 1;
  SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(tls, host) == 1 && SSL_set_tlsext_host_name(tls, host) == 1;
}

SSL* send_tls_new(SSL_CTX* context, const struct send_options* options) {
  SSL* tls = tls_new(context);
  if (tls == NULL || expect_host(tls, options->server.host)) return tls;
  SSL_free(tls);
  return NULL;
}

const char* send_tls_error(const SSL* tls) {
  long result = SSL_get_verify_result(tls);
  return result == X509_V_OK ? tls_error() : X509_verify_cert_error_string(result);
}
