/* options.c - reads the command line. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "ehlo.h"

static const char usage[] =
    "usage: send --server HOST:PORT --from ADDR --to ADDR [options] FILE\n"
    "Sends the message in FILE, \"-\" for standard input, and prints the outcome, a line for each recipient.\n"
    "\n"
    "  --server HOST:PORT  where to connect; an IPv6 address as [::1]:25\n"
    "  --from ADDR         reverse-path; \"\" or \"<>\" is the null one\n"
    "  --to ADDR           recipient; may be given more than once\n"
    "  --hostname NAME     our name in EHLO, a domain or an address literal (default: that of this machine)\n"
    "  --lmtp              speak LMTP instead of SMTP\n"
    "  --starttls          send the message only after STARTTLS\n"
    "  --tls               TLS from the first octet\n"
    "  --ca FILE           trust the certificates in FILE, PEM, instead of the system's\n"
    "  --insecure          accept any certificate\n"
    "  --auth MECHANISM    authenticate with PLAIN or LOGIN; implies --starttls, except with --tls, --plaintext-auth, "
    "or "
    "a\n"
    "                      server on a loopback address without --ca and --insecure\n"
    "  --plaintext-auth    send the password in clear to any server\n"
    "  --user NAME         the user to authenticate\n"
    "  --password TEXT     the password\n"
    "  --password-file F   read the password from the first line of F\n"
    "  --chunking          send the content with BDAT if the server can\n"
    "  --no-pipelining     send one command at a time\n"
    "  --mail-param K[=V]  parameter of MAIL; values of AUTH, ENVID and ORCPT are encoded by this program\n"
    "  --rcpt-param K[=V]  parameter of each RCPT\n"
    "  --any-param         send parameters even if the server has not announced them\n"
    "  --normalize         send a CR or LF that stands alone as CRLF, instead of refusing the message\n"
    "  --repeat N          send the message N times on each connection\n"
    "  --connections N     over N connections at the same time\n"
    "  --timeout SECONDS   the longest time to wait for a reply (default: the limits of RFC 5321)\n"
    "  --trace             print the dialogues on standard error, without credentials and content\n"
    "  --version           print the version of the library\n"
    "Without --starttls, --tls and --auth nothing is encrypted, even if the server offers STARTTLS.\n"
    "Exit status: 0 if every recipient was accepted, 1 if some were not, 2 if the connection, TLS, authentication or\n"
    "the protocol failed.\n";

static bool read_number(uint32_t* number, const char* text) {
  char* end = NULL;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno != 0 || *end != '\0' || value == 0 || value > 1000000000) return false;
  *number = (uint32_t)value;
  return true;
}

static int misused(const char* what, const char* value) {
  fprintf(stderr, "send: %s%s%s\nTry 'send --help'.\n", what, value == NULL ? "" : ": ", value == NULL ? "" : value);
  return 2;
}

static int read_count(uint32_t* number, const char* option) {
  if (read_number(number, optarg)) return -1;
  fprintf(stderr, "send: %s takes a number from 1 to 1000000000, not '%s'\nTry 'send --help'.\n", option, optarg);
  return 2;
}

static int add(struct send_list* list, const char* item) {
  const char** items = realloc(list->items, (list->count + 1) * sizeof *items);
  if (items == NULL) return misused("out of memory", NULL);
  list->items = items;
  list->items[list->count++] = item;
  return -1;
}

static void forget_password(struct send_options* options) {
  if (options->password != NULL) OPENSSL_cleanse(options->password, strlen(options->password));
  free(options->password);
  options->password = NULL;
}

static int keep_password(struct send_options* options, char* password) {
  forget_password(options);
  options->password = strdup(password);
  OPENSSL_cleanse(password, strlen(password));
  return options->password != NULL ? -1 : misused("out of memory", NULL);
}

static int read_password(struct send_options* options, const char* path) {
  char line[1024];
  FILE* file = fopen(path, "re");
  if (file == NULL) {
    fprintf(stderr, "send: --password-file: cannot open %s: %s\n", path, strerror(errno));
    return 2;
  }
  setvbuf(file, NULL, _IONBF, 0); /* no second copy of the password in a buffer of stdio */
  bool read = fgets(line, sizeof line, file) != NULL;
  fclose(file);
  if (!read) return misused("--password-file: nothing can be read from", path);
  line[strcspn(line, "\r\n")] = '\0';
  return keep_password(options, line);
}

static int check_credentials(const struct send_options* options) {
  if (options->mechanism == NULL) {
    if (options->plaintext_auth) return misused("--plaintext-auth needs --auth", NULL);
    bool idle = options->user == NULL && options->password == NULL;
    return idle ? -1 : misused("--user and --password need --auth", NULL);
  }
  if (!send_auth_knows(options->mechanism))
    return misused("--auth: only " SEND_AUTH_MECHANISMS " are known here, not", options->mechanism);
  if (options->user == NULL || options->password == NULL) return misused("--auth needs --user and --password", NULL);
  if (options->user[0] == '\0') return misused("--user is empty", NULL);
  if (options->password[0] == '\0') return misused("--password is empty", NULL);
  return -1;
}

static int check(const struct send_options* options) {
  if (options->server.port[0] == '\0') return misused("--server HOST:PORT is missing", NULL);
  if (options->from == NULL) return misused("--from is missing", NULL);
  if (options->to.count == 0) return misused("--to is missing", NULL);
  if (options->to.count > 65536) return misused("--to: a transaction has at most 65536 recipients", NULL);
  if (options->starttls && options->tls) return misused("--starttls and --tls exclude each other", NULL);
  if (options->ca != NULL && options->insecure) return misused("--ca and --insecure exclude each other", NULL);
  if (options->plaintext_auth && (options->starttls || options->tls))
    return misused("--plaintext-auth excludes --starttls and --tls", NULL);
  if ((options->ca != NULL || options->insecure) && !options->starttls && !options->tls)
    return misused("--ca and --insecure need --starttls, --tls, or --auth without --plaintext-auth", NULL);
  if (options->normalize && options->chunking)
    return misused("--normalize and --chunking exclude each other: BDAT sends octets as they are", NULL);
  if (options->file == NULL) return misused("the FILE to send is missing", NULL);
  return check_credentials(options);
}

enum {
  SERVER = 256,
  FROM,
  TO,
  HOSTNAME,
  LMTP,
  STARTTLS,
  TLS,
  CA,
  INSECURE,
  AUTH,
  PLAINTEXT_AUTH,
  USER,
  PASSWORD,
  PASSWORD_FILE,
  CHUNKING,
  NO_PIPELINING,
  MAIL_PARAM,
  RCPT_PARAM,
  ANY_PARAM,
  NORMALIZE,
  REPEAT,
  CONNECTIONS,
  TIMEOUT,
  TRACE,
  HELP,
  VERSION
};

static int read_server(struct send_options* options) {
  bool good = host_port_read(&options->server, optarg) && options->server.host[0] != '\0';
  return good ? -1 : misused("--server is not HOST:PORT", optarg);
}

static int read_valued(struct send_options* options, int option) {
  switch (option) {
    case SERVER: return read_server(options);
    case FROM: options->from = optarg; return -1;
    case TO: return add(&options->to, optarg);
    case HOSTNAME: options->hostname = optarg; return -1;
    case CA: options->ca = optarg; return -1;
    case AUTH: options->mechanism = optarg; return -1;
    case USER: options->user = optarg; return -1;
    case PASSWORD: return keep_password(options, optarg);
    case PASSWORD_FILE: return read_password(options, optarg);
    case MAIL_PARAM: return add(&options->mail_params, optarg);
    case RCPT_PARAM: return add(&options->rcpt_params, optarg);
    case REPEAT: return read_count(&options->repeat, "--repeat");
    case CONNECTIONS: return read_count(&options->connections, "--connections");
    case TIMEOUT: return read_count(&options->timeout, "--timeout");
    default: return 2; /* getopt has printed the error */
  }
}

static int read_one(struct send_options* options, int option) {
  switch (option) {
    case LMTP: options->lmtp = true; return -1;
    case STARTTLS: options->starttls = true; return -1;
    case TLS: options->tls = true; return -1;
    case INSECURE: options->insecure = true; return -1;
    case PLAINTEXT_AUTH: options->plaintext_auth = true; return -1;
    case CHUNKING: options->chunking = true; return -1;
    case NO_PIPELINING: options->pipelining = false; return -1;
    case ANY_PARAM: options->any_param = true; return -1;
    case NORMALIZE: options->normalize = true; return -1;
    case TRACE: options->trace = true; return -1;
    case HELP: return fputs(usage, stdout) < 0 ? 2 : 0;
    case VERSION: return printf("send (libehlo %s)\n", ehlo_version()) < 0 ? 2 : 0;
    default: return read_valued(options, option);
  }
}

int send_options_read(struct send_options* options, int argc, char** argv) {
  static const struct option flags[] = {{"server", required_argument, NULL, SERVER},
                                        {"from", required_argument, NULL, FROM},
                                        {"to", required_argument, NULL, TO},
                                        {"hostname", required_argument, NULL, HOSTNAME},
                                        {"lmtp", no_argument, NULL, LMTP},
                                        {"starttls", no_argument, NULL, STARTTLS},
                                        {"tls", no_argument, NULL, TLS},
                                        {"ca", required_argument, NULL, CA},
                                        {"insecure", no_argument, NULL, INSECURE},
                                        {"auth", required_argument, NULL, AUTH},
                                        {"plaintext-auth", no_argument, NULL, PLAINTEXT_AUTH},
                                        {"user", required_argument, NULL, USER},
                                        {"password", required_argument, NULL, PASSWORD},
                                        {"password-file", required_argument, NULL, PASSWORD_FILE},
                                        {"chunking", no_argument, NULL, CHUNKING},
                                        {"no-pipelining", no_argument, NULL, NO_PIPELINING},
                                        {"mail-param", required_argument, NULL, MAIL_PARAM},
                                        {"rcpt-param", required_argument, NULL, RCPT_PARAM},
                                        {"any-param", no_argument, NULL, ANY_PARAM},
                                        {"normalize", no_argument, NULL, NORMALIZE},
                                        {"repeat", required_argument, NULL, REPEAT},
                                        {"connections", required_argument, NULL, CONNECTIONS},
                                        {"timeout", required_argument, NULL, TIMEOUT},
                                        {"trace", no_argument, NULL, TRACE},
                                        {"help", no_argument, NULL, HELP},
                                        {"version", no_argument, NULL, VERSION},
                                        {NULL, 0, NULL, 0}};
  *options = (struct send_options){.repeat = 1, .connections = 1, .pipelining = true};
  int option;
  while ((option = getopt_long(argc, argv, "", flags, NULL)) != -1) {
    int code = read_one(options, option);
    if (code >= 0) return code;
  }
  if (optind < argc) options->file = argv[optind++];
  if (optind < argc) return misused("unexpected argument", argv[optind]);
  /* --ca and --insecure imply TLS. */
  bool has_trust = options->ca != NULL || options->insecure;
  if (has_trust && send_options_want_tls_unless_local(options)) options->starttls = true;
  return check(options);
}

bool send_options_want_tls_unless_local(const struct send_options* options) {
  return options->mechanism != NULL && !options->starttls && !options->tls && !options->plaintext_auth;
}

void send_options_free(struct send_options* options) {
  forget_password(options);
  free(options->to.items);
  free(options->mail_params.items);
  free(options->rcpt_params.items);
}
