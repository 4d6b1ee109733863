/* options.h - the options of the command line. */
#ifndef SINK_OPTIONS_H
#define SINK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/host_port.h"

/* Strings are those of the command line; NULL: the flag was not given. */
struct sink_options {
  struct host_port listen; /* an empty host: every address */
  const char* hostname;
  const char* store;
  const char* tls_certificate;
  const char* tls_key;
  const char* users;
  uint64_t max_size; /* 0: no limit */
  bool lmtp;
  bool sync;
  bool trace;
  bool quiet;
};

/* Returns -1 if the program should go on, otherwise its exit code; an error has been printed. */
int sink_options_read(struct sink_options* options, int argc, char** argv);

#endif
