/* host_port.h - reads HOST:PORT. */
#ifndef COMMON_HOST_PORT_H
#define COMMON_HOST_PORT_H

#include <stdbool.h>

struct host_port {
  char host[256]; /* without brackets; may be empty */
  char port[8];   /* a number up to 65535 */
};

/* An IPv6 address is in brackets: [::1]:25. False: the text does not have this form. */
bool host_port_read(struct host_port* to, const char* text);

#endif
