/* message.h - the message to be sent, read once and held in memory for all connections. */
#ifndef SEND_MESSAGE_H
#define SEND_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct send_message {
  char* bytes; /* NULL if there are none */
  size_t length;
  bool ends_with_crlf;
  bool is_8bit;        /* some octet is above 127 */
  bool header_is_8bit; /* one of the header section is */
  uint64_t bare;       /* how many CR and LF stand alone */
  size_t first_bare;   /* where the first of them stands */
};

/* Reads the file, "-" for standard input. False: what is wrong has been printed. */
bool send_message_read(struct send_message* message, const char* path);
void send_message_free(struct send_message* message);

/* Says where the first bare CR or LF stands. */
void send_message_print_bare(const struct send_message* message, const char* path);

#endif
