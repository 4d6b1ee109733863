/* tls.c - TLS between memory buffers. */
#include "common/tls.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <string.h>

const char* tls_error(void) {
  unsigned long error = ERR_peek_error(); /* the first one is the cause, later ones are consequences */
  if (ERR_SYSTEM_ERROR(error)) return strerror(ERR_GET_REASON(error));
  const char* reason = ERR_reason_error_string(error);
  return reason == NULL ? "closed by the peer" : reason;
}

SSL_CTX* tls_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
    SSL_CTX_free(context);
    return NULL;
  }
  /* Decrypted octets may be credentials: they must not stay in the buffers of TLS. */
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return context;
}

SSL* tls_new(SSL_CTX* context) {
  SSL* tls = SSL_new(context);
  BIO *from_network = BIO_new(BIO_s_mem()), *to_network = BIO_new(BIO_s_mem());
  if (tls == NULL || from_network == NULL || to_network == NULL) {
    BIO_free(from_network);
    BIO_free(to_network);
    SSL_free(tls);
    return NULL;
  }
  SSL_set_bio(tls, from_network, to_network);
  if (SSL_is_server(tls))
    SSL_set_accept_state(tls);
  else
    SSL_set_connect_state(tls);
  return tls;
}

bool tls_feed(SSL* tls, const void* bytes, size_t length) {
  size_t written = 0;
  return BIO_write_ex(SSL_get_rbio(tls), bytes, length, &written) == 1 && written == length;
}

int tls_handshake(SSL* tls) {
  ERR_clear_error(); /* SSL_get_error reads the queue of the thread, which may have an error of another connection */
  int result = SSL_do_handshake(tls);
  if (result == 1) return 1;
  return SSL_get_error(tls, result) == SSL_ERROR_WANT_READ ? 0 : -1;
}

int tls_read(SSL* tls, void* bytes, size_t capacity) {
  ERR_clear_error();
  int result = SSL_read(tls, bytes, capacity > INT_MAX ? INT_MAX : (int)capacity);
  if (result > 0) return result;
  return SSL_get_error(tls, result) == SSL_ERROR_WANT_READ ? 0 : -1;
}

bool tls_write(SSL* tls, const void* bytes, size_t length) {
  size_t written = 0;
  ERR_clear_error();
  return SSL_write_ex(tls, bytes, length, &written) == 1 && written == length;
}

size_t tls_pending(SSL* tls, const unsigned char** bytes) {
  char* memory = NULL;
  long length = BIO_get_mem_data(SSL_get_wbio(tls), &memory);
  *bytes = (const unsigned char*)memory;
  return length > 0 ? (size_t)length : 0;
}

void tls_sent(SSL* tls) { (void)BIO_reset(SSL_get_wbio(tls)); }
