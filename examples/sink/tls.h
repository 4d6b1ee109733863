/* tls.h - TLS between memory buffers: the program moves the octets, as with the library. */
#ifndef SINK_TLS_H
#define SINK_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/* A context with this certificate chain and key. NULL: what is wrong has been printed. */
SSL_CTX* sink_tls_context(const char* certificate, const char* key);

/* The server's end of a new TLS connection; free with SSL_free. NULL: no memory. */
SSL* sink_tls_new(SSL_CTX* context);

/* Takes octets that came from the network. False: no memory. */
bool sink_tls_feed(SSL* tls, const void* bytes, size_t length);

/* Goes on with the handshake. 1: done; 0: needs more input; -1: failed, sink_tls_error says why. */
int sink_tls_handshake(SSL* tls);

/* Decrypts. The number of octets; 0: needs more input; -1: the peer has closed, or broken the protocol. */
int sink_tls_read(SSL* tls, void* bytes, size_t capacity);

/* Encrypts all of `bytes`. False: impossible. */
bool sink_tls_write(SSL* tls, const void* bytes, size_t length);

/* What is to be sent to the network, until sink_tls_sent or the next call to TLS. */
size_t sink_tls_pending(SSL* tls, const unsigned char** bytes);
void sink_tls_sent(SSL* tls);

/* The reason of the latest failure, until the next call. */
const char* sink_tls_error(void);

#endif
