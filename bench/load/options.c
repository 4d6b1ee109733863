/* options.c - reads the command line. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "content.h"
#include "ehlo.h"

static const char usage[] =
    "usage: load --server HOST:PORT [options]\n"
    "Sends messages to an SMTP or LMTP server as fast as it takes them, and prints what became of them.\n"
    "\n"
    "  --server HOST:PORT           where to connect; an IPv6 address as [::1]:25\n"
    "  --lmtp                       speak LMTP instead of SMTP\n"
    "  --connections N              over N connections at the same time (default: 1)\n"
    "  --messages N                 N messages in all (default: 1, with --idle none)\n"
    "  --messages-per-connection N  QUIT after N messages, and connect anew\n"
    "  --size OCTETS                of each message (default: 4096); made as it is sent, never held\n"
    "  --recipients N               of each message (default: 1)\n"
    "  --no-pipelining              send one command at a time\n"
    "  --ahead                      send the next envelope behind a content, before the reply to that\n"
    "  --chunking                   send the content with BDAT if the server can\n"
    "  --rate-octets N              send N octets a second on each connection, and no more\n"
    "  --vanish N                   N times close a connection in the middle of a message, every other time with a\n"
    "                               reset; these messages are none of the N above\n"
    "  --idle N                     before that, open N more connections that say EHLO and then nothing; prints\n"
    "                               \"holding N\" when they are open\n"
    "  --hold SECONDS               keep these so long (default: 0), or until SIGTERM or SIGINT, and until all\n"
    "                               messages are sent; then QUIT\n"
    "  --timeout SECONDS            give a connection up on which nothing happens so long (default: 60)\n"
    "  --quiet                      do not say on standard error why a message or connection has failed\n"
    "  --version                    print the version of the library\n"
    "Prints a line \"NAME VALUE\" for each of: accepted, failed (messages), vanished, held (connections), seconds,\n"
    "messages-per-second, user-seconds, system-seconds (processor time of this program).\n"
    "Exit status: 0 if all messages were accepted, as many connections have vanished and all idle ones lasted as "
    "asked\n"
    "for; 1 if not; 2 if it could not begin.\n";

static bool read_number(uint64_t* number, const char* text, uint64_t least, uint64_t most) {
  char* end = NULL;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || *end != '\0' || value < least || value > most) return false;
  *number = value;
  return true;
}

static int misused(const char* what, const char* value) {
  fprintf(stderr, "load: %s%s%s\nTry 'load --help'.\n", what, value == NULL ? "" : ": ", value == NULL ? "" : value);
  return 2;
}

static int read_within(uint64_t* number, const char* option, uint64_t least, uint64_t most) {
  if (read_number(number, optarg, least, most)) return -1;
  fprintf(stderr, "load: --%s takes a number from %llu to %llu, not '%s'\nTry 'load --help'.\n", option,
          (unsigned long long)least, (unsigned long long)most, optarg);
  return 2;
}

static int read_count(uint32_t* number, const char* option, uint32_t most) {
  uint64_t value = 0;
  int code = read_within(&value, option, 1, most);
  if (code < 0) *number = (uint32_t)value;
  return code;
}

enum { SERVER = 256, LMTP, NO_PIPELINING, AHEAD, CHUNKING, QUIET, HELP, VERSION, SIZE, FIRST_COUNT };
enum { MANY = 1000000000, FEW = 1000000, MOST_CONNECTIONS = 100000, MOST_RECIPIENTS = 65536 };

/* An option with a number: where it is stored, and its maximum. */
struct count {
  const char* name;
  uint32_t* at;
  uint32_t most;
};
enum { COUNTS = 9, OTHERS = 9 };

static void list_counts(struct count counts[COUNTS], struct load_options* options) {
  const struct count list[COUNTS] = {{"connections", &options->connections, MOST_CONNECTIONS},
                                     {"messages", &options->messages, MANY},
                                     {"messages-per-connection", &options->messages_per_connection, MANY},
                                     {"recipients", &options->recipients, MOST_RECIPIENTS},
                                     {"rate-octets", &options->rate_octets, MANY},
                                     {"vanish", &options->vanish, MANY},
                                     {"idle", &options->idle, MOST_CONNECTIONS},
                                     {"hold", &options->hold, FEW},
                                     {"timeout", &options->timeout, FEW}};
  for (int i = 0; i < COUNTS; i++) counts[i] = list[i];
}

static int read_server(struct load_options* options) {
  bool good = host_port_read(&options->server, optarg) && options->server.host[0] != '\0';
  return good ? -1 : misused("--server is not HOST:PORT", optarg);
}

static int read_one(struct load_options* options, int option) {
  switch (option) {
    case SERVER: return read_server(options);
    case SIZE: return read_within(&options->size, "size", LOAD_CONTENT_LEAST, (uint64_t)1 << 40);
    case LMTP: options->lmtp = true; return -1;
    case NO_PIPELINING: options->pipelining = false; return -1;
    case AHEAD: options->ahead = true; return -1;
    case CHUNKING: options->chunking = true; return -1;
    case QUIET: options->quiet = true; return -1;
    case HELP: return fputs(usage, stdout) < 0 ? 2 : 0;
    case VERSION: return printf("load (libehlo %s)\n", ehlo_version()) < 0 ? 2 : 0;
    default: return 2; /* getopt has printed the error */
  }
}

static int check(struct load_options* options) {
  if (options->server.port[0] == '\0') return misused("--server HOST:PORT is missing", NULL);
  if (options->ahead && !options->pipelining) return misused("--ahead and --no-pipelining exclude each other", NULL);
  if (options->hold > 0 && options->idle == 0) return misused("--hold needs --idle", NULL);
  if (options->messages == 0 && options->idle == 0) options->messages = 1;
  if (options->messages == 0 && options->vanish == 0) options->connections = 0;
  return -1;
}

int load_options_read(struct load_options* options, int argc, char** argv) {
  struct count counts[COUNTS];
  struct option flags[OTHERS + COUNTS + 1] = {
      {"server", required_argument, NULL, SERVER}, {"size", required_argument, NULL, SIZE},
      {"lmtp", no_argument, NULL, LMTP},           {"no-pipelining", no_argument, NULL, NO_PIPELINING},
      {"ahead", no_argument, NULL, AHEAD},         {"chunking", no_argument, NULL, CHUNKING},
      {"quiet", no_argument, NULL, QUIET},         {"help", no_argument, NULL, HELP},
      {"version", no_argument, NULL, VERSION}};
  *options = (struct load_options){.size = 4096, .connections = 1, .recipients = 1, .timeout = 60, .pipelining = true};
  list_counts(counts, options);
  for (int i = 0; i < COUNTS; i++)
    flags[OTHERS + i] = (struct option){counts[i].name, required_argument, NULL, FIRST_COUNT + i};
  int option;
  while ((option = getopt_long(argc, argv, "", flags, NULL)) != -1) {
    const struct count* count = &counts[option >= FIRST_COUNT ? option - FIRST_COUNT : 0];
    int code = option >= FIRST_COUNT ? read_count(count->at, count->name, count->most) : read_one(options, option);
    if (code >= 0) return code;
  }
  if (optind < argc) return misused("unexpected argument", argv[optind]);
  return check(options);
}
