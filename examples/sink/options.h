/* options.h - what the command line says. */
#ifndef SINK_OPTIONS_H
#define SINK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/host_port.h"

/* Strings belong to the command line; NULL where a flag was not given. */
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

/* Gives -1 if the program is to go on, else the code to exit with; what is wrong has been printed. */
int sink_options_read(struct sink_options* options, int argc, char** argv);

#endif
