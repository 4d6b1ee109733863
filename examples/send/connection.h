/* connection.h - one connection to the server: its socket, its session, and how far the work has come. */
#ifndef SEND_CONNECTION_H
#define SEND_CONNECTION_H

#include "job.h"
#include "report.h"

struct send_connection {
  uv_tcp_t socket; /* first: a pointer to it is one to the connection */
  uv_timer_t timer;
  uv_connect_t request;
  struct send_job* job;
  uint32_t number;
  ehlo_client* session;

  const struct addrinfo* address; /* the one that is tried, or in use */
  void (*ready)(struct send_connection* connection, int status);
  int connect_status; /* why the last address was no good */
  bool has_socket;
  bool broken; /* nothing more can be sent; what the server has said may still be read */
  bool ending; /* the session is over */
  SSL* tls;    /* NULL where there is none, and before STARTTLS */
  bool secure; /* the handshake is done */

  uint32_t queued;     /* writes that the kernel has not taken yet */
  bool moved;          /* something went on since the timer was set */
  unsigned char* tail; /* what the session has seen, but not consumed; NULL when that is nothing */
  size_t tail_length;

  uint32_t challenges; /* of the AUTH exchange */
  uint32_t submitted;  /* messages */
  bool quitting;
  size_t given;       /* octets of the content of the last one */
  bool content_given; /* all of them */
  bool with_data;     /* it goes with DATA, else in chunks */

  struct send_report report;
};

/* Tries the addresses of the job in turn, then speaks with the server. */
void send_connection_start(struct send_connection* connection, struct send_job* job, uint32_t number);

/* Reports that the connection cannot be tried. */
void send_connection_refuse(struct send_connection* connection, struct send_job* job, uint32_t number, const char* why);

/* The time for something in milliseconds, as the options cap it. */
uint64_t send_connection_milliseconds(const struct send_connection* connection, uint32_t seconds);

/* Ends the connection at once; what has no outcome yet is reported as failed. May be called twice. */
void send_connection_close(struct send_connection* connection);

#endif
