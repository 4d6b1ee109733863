/* message.h - the message to be sent, read once and kept in memory for all connections. */
#ifndef SEND_MESSAGE_H
#define SEND_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct send_message {
  char* bytes; /* NULL: an empty message */
  size_t length;
  bool ends_with_crlf;
  bool is_8bit;        /* an octet is above 127 */
  bool header_is_8bit; /* an octet of the header section is above 127 */
  uint64_t bare;       /* the number of bare CR and LF */
  size_t first_bare;   /* the position of the first one */
};

/* Reads the file, "-" for standard input. False: the error has been printed. */
bool send_message_read(struct send_message* message, const char* path);
void send_message_free(struct send_message* message);

/* Prints the position of the first bare CR or LF. */
void send_message_print_bare(const struct send_message* message, const char* path);

#endif
