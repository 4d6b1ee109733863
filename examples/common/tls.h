/* tls.h - TLS between memory buffers: the program moves the octets, as with the library. */
#ifndef COMMON_TLS_H
#define COMMON_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/* A context for TLS 1.2 and later, of TLS_server_method() or TLS_client_method(). NULL: see tls_error. */
SSL_CTX* tls_context(const SSL_METHOD* method);

/* One end of a new TLS connection; free with SSL_free. NULL: no memory. */
SSL* tls_new(SSL_CTX* context);

/* Takes octets that came from the network. False: no memory. */
bool tls_feed(SSL* tls, const void* bytes, size_t length);

/* Continues the handshake. 1: done; 0: needs more input; -1: failed, see tls_error. */
int tls_handshake(SSL* tls);

/* Decrypts. The number of octets; 0: needs more input; -1: the peer has closed or violated the protocol. */
int tls_read(SSL* tls, void* bytes, size_t capacity);

/* Encrypts all of `bytes`. False: it failed. */
bool tls_write(SSL* tls, const void* bytes, size_t length);

/* The octets to be sent to the network; valid until tls_sent or the next call to TLS. */
size_t tls_pending(SSL* tls, const unsigned char** bytes);
void tls_sent(SSL* tls);

/* The reason of the last failure; valid until the next call. */
const char* tls_error(void);

#endif
