/* options.h - the options of the command line. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/host_port.h"

struct load_options {
  struct host_port server;
  uint64_t size; /* octets of a message */
  uint32_t connections;
  uint32_t messages;
  uint32_t messages_per_connection; /* 0: no limit */
  uint32_t recipients;
  uint32_t rate_octets; /* per second and connection; 0: no limit */
  uint32_t vanish;
  uint32_t idle;
  uint32_t hold;    /* seconds */
  uint32_t timeout; /* seconds without progress after which a connection has failed */
  bool lmtp;
  bool pipelining;
  bool ahead;
  bool chunking;
  bool quiet;
};

/* Returns -1 if the program should go on, otherwise its exit code; an error has been printed. */
int load_options_read(struct load_options* options, int argc, char** argv);

#endif
