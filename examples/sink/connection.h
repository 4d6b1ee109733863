/* connection.h - one client: its socket, its session, and its state in the sink. */
#ifndef SINK_CONNECTION_H
#define SINK_CONNECTION_H

#include "auth.h"
#include "envelope.h"
#include "sink.h"

struct sink_connection {
  uv_tcp_t socket; /* first, so that a pointer to it is a pointer to the connection */
  struct sink* sink;
  struct sink_connection *next, *previous;
  ehlo_server* session;
  uint64_t active_at; /* when the session last consumed input, in milliseconds of the loop */
  uint32_t number;
  uint32_t queued; /* writes that the kernel has not accepted yet; until then nothing is read */

  unsigned char* tail; /* input that the session has not consumed; NULL: none */
  size_t tail_length;

  SSL* tls;     /* NULL before STARTTLS */
  bool secure;  /* the handshake is done */
  bool ending;  /* the session has ended, and its last replies are being sent */
  bool linger;  /* the session has ended, and the client may still be sending */
  bool decided; /* the message was stored or refused; LMTP asks again for each recipient */
  bool stored;

  struct sink_envelope* envelope; /* NULL outside of a transaction, and if messages are only counted */
  struct sink_auth* auth;         /* NULL outside of an AUTH exchange */
  char* helo;
  char* user;
};

/* Accepts the connection that waits at the listener. */
void sink_connection_accept(struct sink* sink);

/* Asks the session to end with 421. */
void sink_connection_shutdown(struct sink_connection* connection);

/* Closes the connection at once; its memory is freed later, by the loop. May be called twice. */
void sink_connection_close(struct sink_connection* connection);

/* Ends the session if its time has passed. */
void sink_connection_check_time(struct sink_connection* connection);

/* Moves the session's replies to the output buffer. True: there were some. */
bool sink_connection_take_output(struct sink_connection* connection);

#endif
