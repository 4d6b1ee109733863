/* connection.h - one client: its socket, its session, and what the sink knows of it. */
#ifndef SINK_CONNECTION_H
#define SINK_CONNECTION_H

#include "auth.h"
#include "envelope.h"
#include "sink.h"

struct sink_connection {
  uv_tcp_t socket; /* first: a pointer to it is one to the connection */
  struct sink* sink;
  struct sink_connection *next, *previous;
  ehlo_server* session;
  uint64_t active_at; /* when the session last made something of the input, in milliseconds of the loop */
  uint32_t number;
  uint32_t queued; /* writes that the kernel has not taken yet; nothing is read meanwhile */

  unsigned char* tail; /* what the session has seen, but not consumed; NULL when that is nothing */
  size_t tail_length;

  SSL* tls;     /* NULL before STARTTLS */
  bool secure;  /* the handshake is done */
  bool ending;  /* the session is over, its last replies are on their way */
  bool linger;  /* and the client may still be sending */
  bool decided; /* a message was stored, or not; LMTP asks again for each recipient */
  bool stored;

  struct sink_envelope* envelope; /* NULL outside of a transaction, and if messages are only counted */
  struct sink_auth* auth;         /* NULL outside of an AUTH exchange */
  char* helo;
  char* user;
};

/* Takes the connection that waits at the listener. */
void sink_connection_accept(struct sink* sink);

/* Asks the session to end with 421. */
void sink_connection_shutdown(struct sink_connection* connection);

/* Ends the connection at once; its memory lives until the loop comes round again. May be called twice. */
void sink_connection_close(struct sink_connection* connection);

/* Acts if the client has let its time pass. */
void sink_connection_check_time(struct sink_connection* connection);

/* Moves the session's replies to the output buffer. True: there were some. */
bool sink_connection_take_output(struct sink_connection* connection);

#endif
