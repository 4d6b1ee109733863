/* connection.h - one connection to the server: its socket, its session, and its progress. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "load.h"

enum load_role { LOAD_SENDS, LOAD_VANISHES, LOAD_IDLES };

struct load_pace;

struct load_connection {
  uv_tcp_t socket; /* first, so that a pointer to it is a pointer to the connection */
  uv_connect_t connect;
  uv_write_t write;
  struct load* load;
  ehlo_client* session;
  struct load_pace* pace; /* NULL: no limit of the rate */
  uint32_t number;
  enum load_role role;

  unsigned char* tail; /* input that the session has not consumed; NULL: none */
  size_t tail_length;
  char* queued; /* a copy of the commands that the kernel has not accepted yet */
  bool writing; /* a write is not complete */
  bool broken;  /* nothing more can be sent; replies may still be read */
  bool active;  /* the socket is open */
  bool counted; /* it counts as one that is being opened */
  bool ready;   /* the server has accepted our EHLO */
  bool quitting;
  bool has_failed; /* it has failed, and the slot does not connect again */

  uint32_t submitted;  /* messages on this connection */
  uint32_t waiting;    /* those of them without an outcome */
  uint32_t recipients; /* accepted ones of the message whose outcomes are arriving */
  uint64_t given;      /* octets of the content of the last message that were given to the session */
  bool content_given;  /* all of them */
  uint64_t moved;      /* the time of the last progress, in milliseconds of the loop */
};

/* Connects. `role` and `load` must be set. */
void load_connection_open(struct load_connection* connection);

/* Sends the next commands and output, if it can. */
void load_connection_advance(struct load_connection* connection);

/* Prints why the connection, or a message on it, has failed. */
void load_connection_note(struct load_connection* connection, const char* what, const char* detail);

/* Closes the connection at once. `reset`: by a TCP reset. May be called twice. */
void load_connection_close(struct load_connection* connection, bool reset);

/* Ends the connection if it has had no progress for the time of the options. */
void load_connection_check_time(struct load_connection* connection);

#endif
