/* floor.c - the lower limit for a server: the reads and writes of a server, and almost nothing between them.
 *
 * It is not an SMTP server: it assumes that commands arrive whole and in order, looks at their first letter, and
 * assumes the end of the content when a read ends with CR LF . CR LF. So its time is that of the kernel for the
 * exchange. floor --listen 127.0.0.1:PORT prints "listening on 127.0.0.1:PORT". */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READ_OCTETS = 65536, EVENTS = 1024, BACKLOG = 4096, MOST = 65536 };

static char input[READ_OCTETS];
static bool in_content[MOST]; /* by descriptor */

static const char* reply_to(int fd, char letter) {
  switch (letter) {
    case 'E': return "250-floor\r\n250-PIPELINING\r\n250 SIZE\r\n";
    case 'D': in_content[fd] = true; return "354 go\r\n";
    case 'Q': return "221 bye\r\n";
    default: return "250 ok\r\n";
  }
}

static size_t answer(int fd, size_t length, char* output) {
  size_t written = 0;
  const char* end = input + length;
  if (in_content[fd]) {
    if (length < 3 || memcmp(end - 3, ".\r\n", 3) != 0 || (length > 3 && end[-4] != '\n')) return 0;
    in_content[fd] = false;
    return (size_t)sprintf(output, "250 ok\r\n");
  }
  for (const char* at = input; at < end && written < 4096;) {
    const char* reply = reply_to(fd, *at);
    written += (size_t)sprintf(output + written, "%s", reply);
    const char* line = memchr(at, '\n', (size_t)(end - at));
    at = line == NULL ? end : line + 1;
  }
  return written;
}

static void serve(int fd) {
  char output[8192];
  ssize_t length = read(fd, input, sizeof input);
  size_t octets = length > 0 ? answer(fd, (size_t)length, output) : 0;
  if (length <= 0 || (octets > 0 && write(fd, output, octets) < 0)) close(fd);
}

static void welcome(int listener, int poll) {
  static const char greeting[] = "220 floor ESMTP\r\n";
  const int on = 1;
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (fd < 0 || fd >= MOST) return;
  in_content[fd] = false;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (write(fd, greeting, sizeof greeting - 1) < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) close(fd);
}

static int listen_on(const char* text) {
  const char* colon = text == NULL ? NULL : strrchr(text, ':');
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (colon != NULL) address.sin_port = htons((uint16_t)atoi(colon + 1));
  if (fd < 0 || bind(fd, (struct sockaddr*)&address, length) != 0 || listen(fd, BACKLOG) != 0 ||
      getsockname(fd, (struct sockaddr*)&address, &length) != 0)
    return -1;
  printf("listening on 127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char** argv) {
  static struct epoll_event events[EVENTS];
  int listener = listen_on(argc > 2 ? argv[2] : NULL), poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (listener < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) != 0) {
    perror("floor");
    return 1;
  }
  for (;;) {
    int count = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < count; i++)
      if (events[i].data.fd == listener)
        welcome(listener, poll);
      else
        serve(events[i].data.fd);
  }
}
