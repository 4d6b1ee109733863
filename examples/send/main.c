/* main.c - send: an SMTP or LMTP client on libehlo that sends a message and prints its outcome. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/descriptors.h"
#include "connect.h"
#include "connection.h"
#include "envelope.h"
#include "job.h"
#include "tls.h"

/* The name of this machine if EHLO allows it (RFC 5321 4.1.1.1), otherwise a name that nobody can have. */
static const char* own_name(char* name, size_t capacity) {
  char path[UV_MAXHOSTNAMESIZE + 8];
  size_t length = capacity;
  ehlo_path parsed;
  if (uv_os_gethostname(name, &length) == 0) {
    int octets = snprintf(path, sizeof path, "<x@%s>", name);
    int32_t rc = ehlo_path_parse(path, (size_t)octets, 1, 0, 0, &parsed, NULL);
    if (rc == EHLO_OK && parsed.domain_kind == EHLO_DOMAIN_NAME) return name;
  }
  return "localhost.localdomain";
}

static uint32_t client_flags(const struct send_options* options, bool starttls) {
  uint32_t flags = 0;
  if (starttls) flags |= EHLO_CLIENT_FLAG_REQUIRE_TLS; /* also protects against mistakes of this program */
  if (options->mechanism != NULL && !starttls && !options->tls) flags |= EHLO_CLIENT_FLAG_PLAINTEXT_AUTH;
  if (options->tls) flags |= EHLO_CLIENT_FLAG_IMPLICIT_TLS;
  if (!options->pipelining) flags |= EHLO_CLIENT_FLAG_NO_PIPELINING;
  if (options->chunking) flags |= EHLO_CLIENT_FLAG_CHUNKING;
  if (options->any_param) flags |= EHLO_CLIENT_FLAG_ANY_PARAMETER;
  return flags;
}

static ehlo_client_config* make_config(const struct send_options* options, bool starttls) {
  char name[UV_MAXHOSTNAMESIZE];
  ehlo_client_options client;
  ehlo_client_options_init(&client, sizeof client);
  client.hostname = options->hostname != NULL ? options->hostname : own_name(name, sizeof name);
  client.protocol = options->lmtp ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
  client.flags = client_flags(options, starttls);
  client.data_endings = options->normalize ? EHLO_ENDING_NORMALIZE : EHLO_ENDING_REJECT;
  if (options->to.count > client.max_recipients) client.max_recipients = (uint32_t)options->to.count;
  int32_t error = EHLO_OK;
  ehlo_client_config* config = ehlo_client_config_new(&client, NULL, &error);
  if (config == NULL)
    fprintf(stderr, "send: configuration: %s%s\n", ehlo_error_name(error),
            error == EHLO_E_ARGUMENT ? " (--hostname must be a domain or an address literal)" : "");
  return config;
}

static bool allocate(struct send_job* job) {
  job->input_octets = SEND_READ_OCTETS + ehlo_client_config_max_reply(job->config);
  job->input = malloc(job->input_octets);
  job->connections = calloc(job->options.connections, sizeof *job->connections);
  job->batch = (ehlo_client_batch){.events = job->events, .event_size = sizeof *job->events, .event_cap = SEND_EVENTS};
  bool good = job->input != NULL && job->connections != NULL;
  if (!good) fputs("send: out of memory\n", stderr);
  return good;
}

static bool prepare(struct send_job* job) {
  const struct send_options* options = &job->options;
  if (!send_message_read(&job->message, options->file)) return false;
  job->envelope = send_envelope_new(options, &job->message);
  if (job->envelope == NULL) return false;
  bool may_need_tls = send_options_want_tls_unless_local(options);
  if (options->starttls || options->tls || may_need_tls) {
    job->tls = send_tls_context(options);
    if (job->tls == NULL) return false;
  }
  job->config = make_config(options, options->starttls);
  if (job->config != NULL && may_need_tls) job->secure_config = make_config(options, true);
  bool configured = job->config != NULL && (!may_need_tls || job->secure_config != NULL);
  return configured && allocate(job);
}

static void release(struct send_job* job) {
  free(job->connections);
  free(job->input);
  ehlo_client_config_free(job->config);
  ehlo_client_config_free(job->secure_config);
  ehlo_envelope_free(job->envelope);
  SSL_CTX_free(job->tls);
  send_message_free(&job->message);
  send_options_free(&job->options);
}

/* Whether the password needs TLS depends on the address of the server. */
static void protect_password(struct send_job* job) {
  struct send_options* options = &job->options;
  if (send_options_want_tls_unless_local(options) && !send_is_loopback(job->addresses)) {
    ehlo_client_config* config = job->config;
    job->config = job->secure_config;
    job->secure_config = config;
    options->starttls = job->implied_starttls = true;
  }
  if (options->mechanism != NULL && !options->starttls && !options->tls)
    fputs("send: without --starttls or --tls the password can be read on the way\n", stderr);
}

static void on_addresses(uv_getaddrinfo_t* lookup, int status, struct addrinfo* addresses) {
  struct send_job* job = lookup->data;
  job->addresses = addresses;
  if (status == 0) protect_password(job);
  for (uint32_t i = 0; i < job->options.connections; i++) {
    struct send_connection* c = &job->connections[i];
    if (status == 0)
      send_connection_start(c, job, i + 1);
    else
      send_connection_refuse(c, job, i + 1, uv_strerror(status));
  }
}

static bool run(struct send_job* job) {
  const struct host_port* server = &job->options.server;
  const struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  int status = uv_loop_init(&job->loop);
  if (status == 0) {
    job->lookup.data = job;
    status = uv_getaddrinfo(&job->loop, &job->lookup, on_addresses, server->host, server->port, &hints);
    if (status == 0) uv_run(&job->loop, UV_RUN_DEFAULT);
    if (job->addresses != NULL) uv_freeaddrinfo(job->addresses);
    uv_loop_close(&job->loop);
  }
  if (status != 0) fprintf(stderr, "send: no event loop: %s\n", uv_strerror(status));
  return status == 0;
}

static bool flush_output(void) {
  bool flushed = fflush(stdout) == 0 && !ferror(stdout);
  if (!flushed) perror("send: cannot write the results");
  return flushed;
}

int main(int argc, char** argv) {
  static struct send_job job;
  static char trace_buffer[BUFSIZ];
  int code = send_options_read(&job.options, argc, argv);
  if (code < 0) {
    signal(SIGPIPE, SIG_IGN); /* writing to a closed connection is an error, not the end of the program */
    if (job.options.trace) setvbuf(stderr, trace_buffer, _IOLBF, sizeof trace_buffer);
    descriptors_raise_limit();
    bool worked = prepare(&job) && run(&job);
    code = !worked || job.failed ? 2 : job.refused ? 1 : 0;
  }
  if (!flush_output()) code = 2;
  release(&job);
  return code;
}
