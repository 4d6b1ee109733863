/* connect.c - tries the addresses of the server. */
#include "connect.h"

#include <netdb.h>
#include <stdio.h>

#include "trace.h"

/* RFC 5321 has no limit for this. There may be another address, and people who wait. */
enum { CONNECT_SECONDS = 30 };

static void try_address(struct send_connection* c);

/* "[::1]:25" */
static void name_address(const struct send_connection* c, char* name, size_t capacity) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  const struct addrinfo* address = c->address;
  int status = getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof host, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV);
  const char* form = address->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s";
  if (status == 0)
    snprintf(name, capacity, form, host, port);
  else
    snprintf(name, capacity, "%s", "an address without a name");
}

static void note(const struct send_connection* c, const char* what) {
  char name[NI_MAXHOST + NI_MAXSERV + 8];
  name_address(c, name, sizeof name);
  send_trace_note(c, name, what);
}

static void on_closed(uv_handle_t* handle) {
  struct send_connection* c = (struct send_connection*)handle;
  c->has_socket = false;
  c->address = c->address->ai_next;
  if (c->address == NULL)
    c->ready(c, c->connect_status);
  else
    try_address(c);
}

/* A socket that has failed to connect cannot be used for another attempt. */
static void give_up_address(struct send_connection* c, int status) {
  note(c, uv_strerror(status));
  uv_timer_stop(&c->timer);
  c->connect_status = status;
  uv_close((uv_handle_t*)&c->socket, on_closed);
}

static void on_timer(uv_timer_t* timer) { give_up_address(timer->data, UV_ETIMEDOUT); }

static void on_connect(uv_connect_t* request, int status) {
  struct send_connection* c = (struct send_connection*)request->handle;
  if (status == UV_ECANCELED) return; /* its socket is being closed */
  if (status < 0) {
    give_up_address(c, status);
    return;
  }
  uv_timer_stop(&c->timer);
  note(c, "connected");
  c->ready(c, 0);
}

static void try_address(struct send_connection* c) {
  uv_tcp_init(&c->job->loop, &c->socket);
  c->has_socket = true;
  int status = uv_tcp_connect(&c->request, &c->socket, c->address->ai_addr, on_connect);
  if (status < 0)
    give_up_address(c, status);
  else
    uv_timer_start(&c->timer, on_timer, send_connection_milliseconds(c, CONNECT_SECONDS), 0);
}

void send_connect(struct send_connection* c, void (*ready)(struct send_connection*, int)) {
  c->ready = ready;
  try_address(c);
}
