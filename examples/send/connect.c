/* connect.c - tries the addresses of the server. */
#include "connect.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "trace.h"

/* RFC 5321 has no limit for this. A short one, since another address may work and a user waits. */
enum { CONNECT_SECONDS = 30 };

static void try_address(struct send_connection* c);

static bool is_local(const struct sockaddr* address) {
  static const unsigned char v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in* v4 = (const struct sockaddr_in*)address;
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  if (address->sa_family != AF_INET6) return false;
  const struct in6_addr* v6 = &((const struct sockaddr_in6*)address)->sin6_addr;
  if (memcmp(v6->s6_addr, v4_mapped, sizeof v4_mapped) == 0) return v6->s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(v6);
}

bool send_is_loopback(const struct addrinfo* addresses) {
  for (; addresses != NULL; addresses = addresses->ai_next)
    if (!is_local(addresses->ai_addr)) return false;
  return true;
}

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

/* A socket that failed to connect cannot be used again. */
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
