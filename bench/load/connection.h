/* connection.h - one connection to the server: its socket, its session, and how far the work has come. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "load.h"

enum load_role { LOAD_SENDS, LOAD_VANISHES, LOAD_IDLES };

struct load_pace;

struct load_connection {
  uv_tcp_t socket; /* first: a pointer to it is one to the connection */
  uv_connect_t connect;
  uv_write_t write;
  struct load* load;
  ehlo_client* session;
  struct load_pace* pace; /* NULL where octets leave as fast as they can */
  uint32_t number;
  enum load_role role;

  unsigned char* tail; /* what the session has seen, but not consumed; NULL when that is nothing */
  size_t tail_length;
  char* queued; /* a copy of the commands that the kernel has not taken yet */
  bool writing; /* it has not taken all */
  bool broken;  /* nothing more can be sent; what the server has said may still be read */
  bool active;  /* the socket is there */
  bool counted; /* among those that are being connected */
  bool ready;   /* the server has taken our hello */
  bool quitting;
  bool spoiled; /* it has failed: the slot does not connect again */

  uint32_t submitted;  /* messages on this connection */
  uint32_t waiting;    /* of them without their outcome */
  uint32_t recipients; /* that have accepted the message whose outcomes come in */
  uint64_t given;      /* octets of the content of the last one */
  bool content_given;  /* all of them */
  uint64_t moved;      /* when something happened last, in milliseconds of the loop */
};

/* Connects; `role` and `load` have been set. */
void load_connection_open(struct load_connection* connection);

/* Goes on with what there is to do and to send. */
void load_connection_advance(struct load_connection* connection);

/* Says why the connection, or a message on it, has failed. */
void load_connection_note(struct load_connection* connection, const char* what, const char* detail);

/* Ends the connection at once; `reset`: the server hears of it as an error. May be called twice. */
void load_connection_close(struct load_connection* connection, bool reset);

/* The time is over: ends the connection if nothing has happened on it for so long. */
void load_connection_check_time(struct load_connection* connection);

#endif
