/* options.h - the options of the command line. */
#ifndef SEND_OPTIONS_H
#define SEND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host_port.h"

/* The values of an option that may be given more than once. */
struct send_list {
  const char** items;
  size_t count;
};

/* Strings are those of the command line; NULL: the flag was not given. */
struct send_options {
  struct host_port server;
  const char* hostname;
  const char* from;
  struct send_list to, mail_params, rcpt_params;
  const char* file; /* "-": standard input */
  const char* ca;
  const char* mechanism;
  const char* user;
  char* password; /* a copy: the command line, which other users may see, is wiped */
  uint32_t repeat;
  uint32_t connections;
  uint32_t timeout; /* seconds; 0: those of RFC 5321 */
  bool lmtp;
  bool starttls;
  bool tls;
  bool insecure;
  bool plaintext_auth;
  bool chunking;
  bool pipelining;
  bool any_param;
  bool normalize;
  bool trace;
};

/* Returns -1 if the program should go on, otherwise its exit code; an error has been printed. */
int send_options_read(struct send_options* options, int argc, char** argv);

/* Whether the password needs STARTTLS, unless the server is on this machine. */
bool send_options_want_tls_unless_local(const struct send_options* options);
void send_options_free(struct send_options* options);

#endif
