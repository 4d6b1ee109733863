/* options.c - reads the command line. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: sink --listen HOST:PORT [options]\n"
    "Receives mail and stores or counts it.\n"
    "\n"
    "  --listen HOST:PORT  where to listen; an IPv6 address as [::1]:25, port 0 for any free one\n"
    "  --lmtp              speak LMTP instead of SMTP\n"
    "  --hostname NAME     our name in the greeting (default localhost)\n"
    "  --store DIR         store message n as DIR/n.eml and DIR/n.json; numbers already in DIR are not used again\n"
    "  --sync              with --store: on the disk before the message is accepted\n"
    "  --tls-cert FILE     certificate chain, PEM; with --tls-key: offer STARTTLS\n"
    "  --tls-key FILE      its private key, PEM\n"
    "  --users FILE        lines of name:password; offer AUTH, behind TLS only if TLS is offered\n"
    "  --max-size N        refuse messages of more than N octets\n"
    "  --trace             print the dialogues on standard error, without credentials\n"
    "  --quiet             store nothing, only count\n"
    "Without --store messages are only counted. The count is printed at the end (SIGTERM or SIGINT).\n";

static bool read_size(uint64_t* size, const char* text) {
  char* end = NULL;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || *end != '\0') return false;
  *size = value;
  return true;
}

static int misused(const char* what, const char* value) {
  fprintf(stderr, "sink: %s%s%s\nTry 'sink --help'.\n", what, value == NULL ? "" : ": ", value == NULL ? "" : value);
  return 2;
}

static int check(const struct sink_options* options) {
  if (options->listen.port[0] == '\0') return misused("--listen HOST:PORT is missing", NULL);
  if ((options->tls_certificate == NULL) != (options->tls_key == NULL))
    return misused("--tls-cert and --tls-key go together", NULL);
  if (options->sync && options->store == NULL) return misused("--sync needs --store", NULL);
  return -1;
}

enum { LISTEN = 256, LMTP, HOSTNAME, STORE, SYNC, TLS_CERT, TLS_KEY, USERS, MAX_SIZE, TRACE, QUIET, HELP };

static int read_one(struct sink_options* options, int option) {
  switch (option) {
    case LISTEN: return host_port_read(&options->listen, optarg) ? -1 : misused("--listen is not HOST:PORT", optarg);
    case MAX_SIZE:
      return read_size(&options->max_size, optarg) ? -1 : misused("--max-size is not a number of octets", optarg);
    case HOSTNAME: options->hostname = optarg; return -1;
    case STORE: options->store = optarg; return -1;
    case TLS_CERT: options->tls_certificate = optarg; return -1;
    case TLS_KEY: options->tls_key = optarg; return -1;
    case USERS: options->users = optarg; return -1;
    case LMTP: options->lmtp = true; return -1;
    case SYNC: options->sync = true; return -1;
    case TRACE: options->trace = true; return -1;
    case QUIET: options->quiet = true; return -1;
    case HELP: return fputs(usage, stdout) < 0 ? 1 : 0;
    default: return 2; /* getopt has printed the error */
  }
}

int sink_options_read(struct sink_options* options, int argc, char** argv) {
  static const struct option flags[] = {{"listen", required_argument, NULL, LISTEN},
                                        {"lmtp", no_argument, NULL, LMTP},
                                        {"hostname", required_argument, NULL, HOSTNAME},
                                        {"store", required_argument, NULL, STORE},
                                        {"sync", no_argument, NULL, SYNC},
                                        {"tls-cert", required_argument, NULL, TLS_CERT},
                                        {"tls-key", required_argument, NULL, TLS_KEY},
                                        {"users", required_argument, NULL, USERS},
                                        {"max-size", required_argument, NULL, MAX_SIZE},
                                        {"trace", no_argument, NULL, TRACE},
                                        {"quiet", no_argument, NULL, QUIET},
                                        {"help", no_argument, NULL, HELP},
                                        {NULL, 0, NULL, 0}};
  *options = (struct sink_options){.hostname = "localhost"};
  int option;
  while ((option = getopt_long(argc, argv, "", flags, NULL)) != -1) {
    int code = read_one(options, option);
    if (code >= 0) return code;
  }
  if (optind < argc) return misused("unexpected argument", argv[optind]);
  return check(options);
}
