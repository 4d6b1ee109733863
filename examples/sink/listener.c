/* listener.c - the event loop: listens, checks timeouts, and ends on a signal. */
#include "listener.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "connection.h"

enum { SWEEP_MILLISECONDS = 1000, GRACE_MILLISECONDS = 1000, BACKLOG = 4096 };

static void close_all(struct sink* sink) {
  for (struct sink_connection* c = sink->connections; c != NULL; c = c->next) sink_connection_close(c);
}

static void on_sweep(uv_timer_t* timer) {
  struct sink* sink = timer->data;
  for (struct sink_connection* c = sink->connections; c != NULL; c = c->next) sink_connection_check_time(c);
  if (sink->accept_later && !sink->stopping) sink_connection_accept(sink);
}

static void on_grace(uv_timer_t* timer) { close_all(timer->data); }

/* The first signal sends 421 to every client. A second one, or the end of the grace time, does not wait for the
 * clients. */
static void on_signal(uv_signal_t* signal, int number) {
  (void)number;
  struct sink* sink = signal->data;
  if (sink->stopping) {
    close_all(sink);
    return;
  }
  sink->stopping = true;
  uv_close((uv_handle_t*)&sink->listener, NULL);
  for (struct sink_connection* c = sink->connections; c != NULL; c = c->next) sink_connection_shutdown(c);
  uv_timer_start(&sink->grace, on_grace, GRACE_MILLISECONDS, 0);
}

static void on_connection(uv_stream_t* listener, int status) {
  if (status < 0)
    fprintf(stderr, "sink: cannot accept: %s\n", uv_strerror(status));
  else
    sink_connection_accept(listener->data);
}

static int bind_address(struct sink* sink) {
  const struct host_port* listen = &sink->options.listen;
  const char* host = listen->host[0] == '\0' ? NULL : listen->host;
  const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  uv_getaddrinfo_t request;
  int status = uv_getaddrinfo(&sink->loop, &request, NULL, host, listen->port, &hints);
  if (status != 0) return status;
  status = uv_tcp_bind(&sink->listener, request.addrinfo->ai_addr, 0);
  uv_freeaddrinfo(request.addrinfo);
  return status;
}

/* Asks the socket, since the kernel may have chosen the port. */
static int announce(struct sink* sink) {
  struct sockaddr_storage address;
  int length = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  int status = uv_tcp_getsockname(&sink->listener, (struct sockaddr*)&address, &length);
  if (status != 0) return status;
  if (getnameinfo((struct sockaddr*)&address, (socklen_t)length, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return UV_EINVAL;
  bool is_ipv6 = strchr(host, ':') != NULL;
  printf("listening on %s%s%s:%s\n", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
  return fflush(stdout) == 0 ? 0 : UV_EIO;
}

static int listen_for_clients(struct sink* sink) {
  int status = bind_address(sink);
  if (status == 0) status = uv_listen((uv_stream_t*)&sink->listener, BACKLOG, on_connection);
  if (status == 0) status = announce(sink);
  return status;
}

static int watch_signals(struct sink* sink) {
  int status = uv_signal_start(&sink->terminate, on_signal, SIGTERM);
  return status == 0 ? uv_signal_start(&sink->interrupt, on_signal, SIGINT) : status;
}

/* Timers and signals do not keep the loop running: it ends without a listener and a connection. */
static void init_handles(struct sink* sink) {
  uv_tcp_init(&sink->loop, &sink->listener);
  uv_timer_init(&sink->loop, &sink->sweep);
  uv_timer_init(&sink->loop, &sink->grace);
  uv_signal_init(&sink->loop, &sink->terminate);
  uv_signal_init(&sink->loop, &sink->interrupt);
  sink->listener.data = sink->sweep.data = sink->grace.data = sink;
  sink->terminate.data = sink->interrupt.data = sink;
  uv_unref((uv_handle_t*)&sink->sweep);
  uv_unref((uv_handle_t*)&sink->grace);
  uv_unref((uv_handle_t*)&sink->terminate);
  uv_unref((uv_handle_t*)&sink->interrupt);
}

static void close_handle(uv_handle_t* handle, void* unused) {
  (void)unused;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

bool sink_serve(struct sink* sink) {
  int status = uv_loop_init(&sink->loop);
  if (status == 0) {
    init_handles(sink);
    status = watch_signals(sink);
    if (status == 0) status = listen_for_clients(sink);
    if (status == 0) status = uv_timer_start(&sink->sweep, on_sweep, SWEEP_MILLISECONDS, SWEEP_MILLISECONDS);
    if (status == 0) uv_run(&sink->loop, UV_RUN_DEFAULT);
    uv_walk(&sink->loop, close_handle, NULL);
    uv_run(&sink->loop, UV_RUN_DEFAULT);
    uv_loop_close(&sink->loop);
  }
  if (status != 0)
    fprintf(stderr, "sink: cannot listen on %s port %s: %s\n", sink->options.listen.host, sink->options.listen.port,
            uv_strerror(status));
  return status == 0;
}
