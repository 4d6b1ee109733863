/* connection.h - one connection to the server: its socket, its session, and its progress. */
#ifndef SEND_CONNECTION_H
#define SEND_CONNECTION_H

#include "job.h"
#include "report.h"

struct send_connection {
  uv_tcp_t socket; /* first, so that a pointer to it is a pointer to the connection */
  uv_timer_t timer;
  uv_connect_t request;
  struct send_job* job;
  uint32_t number;
  ehlo_client* session;

  const struct addrinfo* address; /* the one that is being tried or used */
  void (*ready)(struct send_connection* connection, int status);
  int connect_status; /* why the last address failed */
  bool has_socket;
  bool broken; /* nothing more can be sent; replies may still be read */
  bool ending; /* the session has ended */
  SSL* tls;    /* NULL: not in use, or not yet */
  bool secure; /* the handshake is done */

  uint32_t queued;     /* writes that the kernel has not accepted yet */
  bool moved;          /* there was progress since the timer was set */
  unsigned char* tail; /* input that the session has not consumed; NULL: none */
  size_t tail_length;

  uint32_t challenges; /* of the AUTH exchange so far */
  uint32_t submitted;  /* messages */
  bool quitting;
  size_t given;       /* octets of the content of the last message that were given to the session */
  bool content_given; /* all of them */
  bool with_data;     /* it is sent by DATA; false: by BDAT */

  struct send_report report;
};

/* Tries the addresses of the job one after the other, then begins the session. */
void send_connection_start(struct send_connection* connection, struct send_job* job, uint32_t number);

/* Reports that no attempt to connect can be made. */
void send_connection_refuse(struct send_connection* connection, struct send_job* job, uint32_t number, const char* why);

/* A timeout in milliseconds, limited by the options. */
uint64_t send_connection_milliseconds(const struct send_connection* connection, uint32_t seconds);

/* Closes the connection at once. Recipients without an outcome are reported as failed. May be called twice. */
void send_connection_close(struct send_connection* connection);

#endif
