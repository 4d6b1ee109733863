/* main.c - load: an SMTP or LMTP client on libehlo that puts a server under load. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/descriptors.h"
#include "connection.h"
#include "work.h"

static ehlo_client_config* make_config(const struct load_options* options) {
  ehlo_client_options client;
  ehlo_client_options_init(&client, sizeof client);
  client.hostname = "client.example";
  client.protocol = options->lmtp ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
  if (!options->pipelining) client.flags |= EHLO_CLIENT_FLAG_NO_PIPELINING;
  if (options->chunking) client.flags |= EHLO_CLIENT_FLAG_CHUNKING;
  if (options->recipients > client.max_recipients) client.max_recipients = options->recipients;
  return ehlo_client_config_new(&client, NULL, NULL);
}

static ehlo_envelope* make_envelope(const struct load_options* options) {
  static const char sender[] = "load@client.example";
  ehlo_envelope_options envelope;
  ehlo_envelope_options_init(&envelope, sizeof envelope);
  envelope.sender = sender;
  envelope.sender_length = sizeof sender - 1;
  envelope.size = options->size;
  ehlo_envelope* made = ehlo_envelope_new(&envelope, NULL, NULL);
  for (uint32_t i = 0; made != NULL && i < options->recipients; i++) {
    char recipient[32];
    int length = snprintf(recipient, sizeof recipient, "r%u@mx.example", (unsigned)i);
    if (ehlo_envelope_add(made, recipient, (size_t)length, NULL, 0) == EHLO_OK) continue;
    ehlo_envelope_free(made);
    made = NULL;
  }
  return made;
}

static bool prepare(struct load* load) {
  const struct load_options* options = &load->options;
  load->config = make_config(options);
  load->envelope = make_envelope(options);
  load->slots = calloc((size_t)options->idle + options->connections, sizeof *load->slots);
  bool good = load->config != NULL && load->envelope != NULL && load->slots != NULL;
  if (good) {
    load->input_octets = LOAD_READ_OCTETS + ehlo_client_config_max_reply(load->config);
    load->input = malloc(load->input_octets);
    load->batch =
        (ehlo_client_batch){.events = load->events, .event_size = sizeof *load->events, .event_cap = LOAD_EVENTS};
    good = load->input != NULL && load_content_make(&load->content, options->size);
  }
  if (!good) fputs("load: out of memory\n", stderr);
  return good;
}

static void release(struct load* load) {
  load_content_free(&load->content);
  free(load->input);
  free(load->slots);
  ehlo_envelope_free(load->envelope);
  ehlo_client_config_free(load->config);
}

static int resolve(struct load* load) {
  const struct host_port* server = &load->options.server;
  const struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  uv_getaddrinfo_t request;
  int status = uv_getaddrinfo(&load->loop, &request, NULL, server->host, server->port, &hints);
  if (status != 0) return status;
  memcpy(&load->address, request.addrinfo->ai_addr, request.addrinfo->ai_addrlen);
  uv_freeaddrinfo(request.addrinfo);
  return 0;
}

static void close_handle(uv_handle_t* handle, void* unused) {
  (void)unused;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static bool run(struct load* load) {
  int status = uv_loop_init(&load->loop);
  if (status == 0) {
    status = resolve(load);
    if (status == 0) {
      load_work_start(load);
      uv_run(&load->loop, UV_RUN_DEFAULT);
    }
    uv_walk(&load->loop, close_handle, NULL);
    uv_run(&load->loop, UV_RUN_DEFAULT);
    uv_loop_close(&load->loop);
  }
  if (status != 0) fprintf(stderr, "load: %s: %s\n", load->options.server.host, uv_strerror(status));
  return status == 0;
}

static double seconds_between(uv_timeval_t from, uv_timeval_t to) {
  return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_usec - from.tv_usec) / 1e6;
}

static void report(const struct load* load) {
  const double seconds = (double)(load->ended - load->started) / 1e9;
  printf("accepted %u\nfailed %u\nvanished %u\nheld %u\n", (unsigned)load->accepted, (unsigned)load->failed,
         (unsigned)load->vanished, (unsigned)load->held);
  printf("seconds %.6f\nmessages-per-second %.1f\n", seconds, seconds > 0 ? load->accepted / seconds : 0);
  printf("user-seconds %.6f\nsystem-seconds %.6f\n",
         seconds_between(load->usage_started.ru_utime, load->usage_ended.ru_utime),
         seconds_between(load->usage_started.ru_stime, load->usage_ended.ru_stime));
}

static bool is_good(const struct load* load) {
  const struct load_options* options = &load->options;
  return load->accepted == options->messages && load->failed == 0 && load->vanished == options->vanish &&
         load->held == options->idle;
}

int main(int argc, char** argv) {
  static struct load load;
  int code = load_options_read(&load.options, argc, argv);
  if (code >= 0) return code;
  signal(SIGPIPE, SIG_IGN); /* writing to a closed connection is an error, not the end of the program */
  descriptors_raise_limit();
  code = 2;
  if (prepare(&load) && run(&load)) {
    report(&load);
    code = is_good(&load) ? 0 : 1;
  }
  if (fflush(stdout) != 0) code = 2;
  release(&load);
  return code;
}
