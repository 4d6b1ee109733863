/* store.c - the directory of received messages: drafts under hidden names, then renamed. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_OCTETS = 64 };

/* Hidden, and without the suffixes that readers of the directory look for. */
static void draft_name(char name[NAME_OCTETS], const struct sink_draft* draft, const char* what) {
  snprintf(name, NAME_OCTETS, ".%s-%ld-%" PRIu64, what, (long)getpid(), draft->serial);
}

static void final_name(char name[NAME_OCTETS], uint64_t number, const char* suffix) {
  snprintf(name, NAME_OCTETS, "%" PRIu64 ".%s", number, suffix);
}

/* The number in "12.eml" or "12.json", 0 for any other name. */
static uint64_t number_of(const char* name) {
  char* end = NULL;
  if (*name < '1' || *name > '9') return 0;
  uint64_t number = strtoull(name, &end, 10);
  if (number > INT64_MAX) return 0; /* not one of our numbers, and the next one would overflow */
  return strcmp(end, ".eml") == 0 || strcmp(end, ".json") == 0 ? number : 0;
}

/* Messages of earlier runs stay: their numbers must not be used again. */
static bool find_last(struct sink_store* store, const char* path) {
  DIR* directory = opendir(path);
  if (directory == NULL) return false;
  for (const struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    uint64_t number = number_of(entry->d_name);
    if (number > store->last) store->last = number;
  }
  closedir(directory);
  return true;
}

bool sink_store_open(struct sink_store* store, const char* path, bool sync) {
  *store = (struct sink_store){.directory = -1, .sync = sync};
  if (mkdir(path, 0777) != 0 && errno != EEXIST) return false;
  store->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return store->directory >= 0 && find_last(store, path);
}

void sink_store_close(struct sink_store* store) {
  if (store->directory >= 0) close(store->directory);
  store->directory = -1;
  free(store->spare);
  store->spare = NULL;
}

static bool failed(const char* what, const char* name) {
  fprintf(stderr, "sink: cannot %s %s: %s\n", what, name, strerror(errno));
  return false;
}

static bool write_all(int file, const unsigned char* bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(file, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    length -= (size_t)written;
  }
  return true;
}

static bool spill(struct sink_draft* draft, const unsigned char* bytes, size_t length) {
  char name[NAME_OCTETS];
  draft_name(name, draft, "content");
  if (draft->file < 0) {
    draft->file = openat(draft->store->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (draft->file < 0) return failed("create", name);
  }
  return write_all(draft->file, bytes, length) || failed("write", name);
}

static bool spill_buffer(struct sink_draft* draft) {
  size_t length = draft->buffered;
  draft->buffered = 0;
  return spill(draft, draft->buffer, length);
}

void sink_draft_begin(struct sink_draft* draft, struct sink_store* store) {
  *draft = (struct sink_draft){.store = store, .serial = ++store->drafts, .file = -1};
}

static bool take_buffer(struct sink_draft* draft) {
  draft->buffer = draft->store->spare != NULL ? draft->store->spare : malloc(SINK_DRAFT_OCTETS);
  draft->store->spare = NULL;
  return draft->buffer != NULL || failed("hold", "a message");
}

static bool add(struct sink_draft* draft, const unsigned char* bytes, size_t length) {
  if (draft->buffer == NULL && !take_buffer(draft)) return false;
  if (length > SINK_DRAFT_OCTETS - draft->buffered) {
    if (!spill_buffer(draft)) return false;
    if (length >= SINK_DRAFT_OCTETS) return spill(draft, bytes, length);
  }
  memcpy(draft->buffer + draft->buffered, bytes, length);
  draft->buffered += length;
  return true;
}

void sink_draft_add(struct sink_draft* draft, const void* bytes, size_t length) {
  if (draft->failed) return;
  draft->octets += length;
  draft->failed = !add(draft, bytes, length);
}

/* close can report errors that write did not (NFS, quotas). */
static bool close_file(const struct sink_store* store, int file, const char* name) {
  bool synced = !store->sync || fsync(file) == 0;
  if (!synced) failed("sync", name);
  return (close(file) == 0 || failed("close", name)) && synced;
}

static bool write_content(struct sink_draft* draft, const char* name) {
  bool written = !draft->failed && spill_buffer(draft);
  if (draft->file < 0) return false;
  int file = draft->file;
  draft->file = -1;
  return close_file(draft->store, file, name) && written;
}

static bool write_envelope(const struct sink_store* store, const char* name, const char* bytes, size_t length) {
  int file = openat(store->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return failed("create", name);
  bool written = write_all(file, (const unsigned char*)bytes, length) || failed("write", name);
  return close_file(store, file, name) && written;
}

static bool rename_both(struct sink_store* store, const char* content, const char* envelope) {
  int directory = store->directory;
  char eml[NAME_OCTETS], json[NAME_OCTETS];
  final_name(eml, store->last + 1, "eml");
  final_name(json, store->last + 1, "json");
  if (renameat(directory, content, directory, eml) != 0) return failed("rename to", eml);
  if (renameat(directory, envelope, directory, json) != 0) {
    failed("rename to", json);
    unlinkat(directory, eml, 0);
    return false;
  }
  if (store->sync && fsync(directory) != 0) {
    failed("sync the directory of", json);
    unlinkat(directory, json, 0);
    unlinkat(directory, eml, 0);
    return false;
  }
  store->last++;
  return true;
}

static void release(struct sink_draft* draft) {
  if (draft->file >= 0) close(draft->file);
  draft->file = -1;
  if (draft->store->spare == NULL)
    draft->store->spare = draft->buffer;
  else
    free(draft->buffer);
  draft->buffer = NULL;
}

bool sink_draft_publish(struct sink_draft* draft, const char* envelope, size_t length) {
  struct sink_store* store = draft->store;
  char content_name[NAME_OCTETS], envelope_name[NAME_OCTETS];
  draft_name(content_name, draft, "content");
  draft_name(envelope_name, draft, "envelope");
  bool published = write_content(draft, content_name) && write_envelope(store, envelope_name, envelope, length) &&
                   rename_both(store, content_name, envelope_name);
  if (!published) {
    unlinkat(store->directory, content_name, 0);
    unlinkat(store->directory, envelope_name, 0);
  }
  release(draft);
  return published;
}

void sink_draft_drop(struct sink_draft* draft) {
  char name[NAME_OCTETS];
  draft_name(name, draft, "content");
  if (draft->file >= 0) unlinkat(draft->store->directory, name, 0);
  release(draft);
}
