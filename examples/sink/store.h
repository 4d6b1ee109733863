/* store.h - the directory of received messages. */
#ifndef SINK_STORE_H
#define SINK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SINK_DRAFT_OCTETS = 65536 };

struct sink_store {
  int directory;        /* -1: not open */
  bool sync;            /* a message is on the disk before it is published */
  uint64_t last;        /* the highest number in the directory */
  uint64_t drafts;      /* the number of all drafts so far, for the name of the next */
  unsigned char* spare; /* a buffer for the next draft: new pages of memory for each message cost time */
};

/* A message that is arriving. Up to SINK_DRAFT_OCTETS of it are in memory, the rest in a hidden file. */
struct sink_draft {
  struct sink_store* store;
  uint64_t serial;
  uint64_t octets;
  unsigned char* buffer;
  size_t buffered;
  int file; /* -1: all of it is in memory */
  bool failed;
};

/* Opens `path`, and makes it if it does not exist. False: see errno. */
bool sink_store_open(struct sink_store* store, const char* path, bool sync);
void sink_store_close(struct sink_store* store);

void sink_draft_begin(struct sink_draft* draft, struct sink_store* store);

/* A failure is kept for sink_draft_publish: before that the client expects no reply. */
void sink_draft_add(struct sink_draft* draft, const void* bytes, size_t length);

/* Gives the message its number and its two files. Both appear complete, n.json last: if it exists, n.eml is complete.
 * False: there is neither, and the error has been printed. The draft is freed in both cases. */
bool sink_draft_publish(struct sink_draft* draft, const char* envelope, size_t length);

/* Forgets the message. */
void sink_draft_drop(struct sink_draft* draft);

#endif
