/* main.c - the sink: an SMTP or LMTP server on libehlo that stores or counts what it receives. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "common/descriptors.h"
#include "listener.h"
#include "sink.h"
#include "tls.h"

static ehlo_server_config* make_config(const struct sink* sink) {
  const struct sink_options* options = &sink->options;
  ehlo_server_options server;
  ehlo_server_options_init(&server, sizeof server);
  server.hostname = options->hostname;
  server.protocol = options->lmtp ? EHLO_PROTOCOL_LMTP : EHLO_PROTOCOL_SMTP;
  server.max_message_octets = options->max_size;
  /* RFC 5321 4.5.3.1.7 requires at least 64 KiB. Smaller limits are useful in tests. */
  if (options->max_size > 0) server.flags |= EHLO_SERVER_FLAG_BELOW_MINIMUM;
  /* If messages are only counted, the library gives all answers except that to AUTH, which saves calls. */
  server.asks = EHLO_ASK_AUTH;
  if (sink->storing) server.asks |= EHLO_ASK_MAIL | EHLO_ASK_RCPT | EHLO_ASK_MESSAGE;
  /* Without a certificate there is no TLS, and a user who gives --users wants to try AUTH. */
  if (sink->tls != NULL)
    server.extensions |= EHLO_EXT_BIT(EHLO_EXT_STARTTLS);
  else
    server.flags |= EHLO_SERVER_FLAG_PLAINTEXT_AUTH;
  if (sink->users != NULL) {
    server.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
    server.mechanisms = SINK_AUTH_MECHANISMS;
  }
  int32_t error = EHLO_OK;
  ehlo_server_config* config = ehlo_server_config_new(&server, NULL, &error);
  if (config == NULL)
    fprintf(stderr, "sink: configuration: %s%s\n", ehlo_error_name(error),
            error == EHLO_E_ARGUMENT ? " (--hostname must be a domain or an address literal)" : "");
  return config;
}

static bool open_store(struct sink* sink) {
  const struct sink_options* options = &sink->options;
  sink->store.directory = -1;
  sink->storing = options->store != NULL && !options->quiet;
  if (!sink->storing || sink_store_open(&sink->store, options->store, options->sync)) return true;
  fprintf(stderr, "sink: cannot use %s: %s\n", options->store, strerror(errno));
  return false;
}

static bool allocate_buffers(struct sink* sink) {
  sink->input_octets = SINK_READ_OCTETS + ehlo_server_config_max_line(sink->config);
  sink->input = malloc(sink->input_octets);
  sink->batch = (ehlo_server_batch){.events = sink->events,
                                    .spans = sink->spans,
                                    .params = sink->params,
                                    .event_size = sizeof *sink->events,
                                    .event_cap = SINK_EVENTS,
                                    .span_cap = SINK_SPANS,
                                    .param_size = sizeof *sink->params,
                                    .param_cap = SINK_PARAMS};
  if (sink->input == NULL) fputs("sink: out of memory\n", stderr);
  return sink->input != NULL;
}

static bool prepare(struct sink* sink) {
  const struct sink_options* options = &sink->options;
  if (options->tls_key != NULL) {
    sink->tls = sink_tls_context(options->tls_certificate, options->tls_key);
    if (sink->tls == NULL) return false;
  }
  if (options->users != NULL) {
    sink->users = sink_users_load(options->users);
    if (sink->users == NULL) return false;
  }
  if (!open_store(sink)) return false;
  sink->config = make_config(sink);
  return sink->config != NULL && allocate_buffers(sink);
}

static void release(struct sink* sink) {
  free(sink->input);
  ehlo_server_config_free(sink->config);
  sink_store_close(&sink->store);
  sink_users_free(sink->users);
  SSL_CTX_free(sink->tls);
}

int main(int argc, char** argv) {
  static struct sink sink;
  static char trace_buffer[BUFSIZ];
  int code = sink_options_read(&sink.options, argc, argv);
  if (code >= 0) return code;
  signal(SIGPIPE, SIG_IGN); /* writing to a closed connection is an error, not the end of the program */
  if (sink.options.trace) setvbuf(stderr, trace_buffer, _IOLBF, sizeof trace_buffer);
  descriptors_raise_limit();
  if (!prepare(&sink)) {
    code = 2;
  } else {
    code = sink_serve(&sink) ? 0 : 1;
    if (code == 0) printf("%" PRIu64 " messages\n", sink.messages);
  }
  release(&sink);
  return code;
}
