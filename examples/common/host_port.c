/* host_port.c - reads HOST:PORT. */
#include "common/host_port.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool copy(char* to, size_t capacity, const char* from, size_t length) {
  if (length >= capacity) return false;
  memcpy(to, from, length);
  to[length] = '\0';
  return true;
}

static bool read_port(struct host_port* to, const char* port) {
  char* end = NULL;
  if (*port < '0' || *port > '9' || strlen(port) > 5) return false;
  if (strtoul(port, &end, 10) > 65535 || *end != '\0') return false;
  return copy(to->port, sizeof to->port, port, strlen(port));
}

bool host_port_read(struct host_port* to, const char* text) {
  const char* colon = strrchr(text, ':');
  if (colon == NULL || !read_port(to, colon + 1)) return false;
  size_t length = (size_t)(colon - text);
  bool bracketed = length >= 2 && text[0] == '[' && text[length - 1] == ']';
  if (bracketed) return copy(to->host, sizeof to->host, text + 1, length - 2);
  if (memchr(text, ':', length) != NULL) return false;
  return copy(to->host, sizeof to->host, text, length);
}
