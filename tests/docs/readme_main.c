/* The function of the README, with a program around it: the connection is standard input and output. */
#include <ehlo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readme.h"

int main(void) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  options.hostname = "mx.example";
  ehlo_server_config* config = ehlo_server_config_new(&options, NULL, NULL);
  ehlo_server* server = ehlo_server_new(config, NULL);
  char input[4096];
  ehlo_server_event events[32];
  ehlo_span spans[64];
  ehlo_server_batch batch = {
      .events = events, .event_size = sizeof *events, .event_cap = 32, .spans = spans, .span_cap = 64};
  size_t length = 0;
  ssize_t more = 0;
  do {
    size_t consumed = 0;
    do {
      consumed = serve(server, &batch, input, length, stdout);
      memmove(input, input + consumed, length -= consumed);
    } while (consumed != 0 || batch.event_count != 0);
    more = read(STDIN_FILENO, input + length, sizeof input - length);
    if (more > 0) length += (size_t)more;
  } while (more > 0);
  ehlo_server_free(server);
  ehlo_server_config_free(config);
  return 0;
}
