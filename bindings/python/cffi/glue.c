/* glue.c - see glue.h. */
#include "glue.h"

#include <stdlib.h>
#include <string.h>

/* The calls of Python's threads run at the same time: cffi lets the interpreter lock go around each. */
static int64_t live_blocks;

static void* counted_allocate(void* context, size_t octets) {
  (void)context;
  void* block = malloc(octets);
  if (block != NULL) __atomic_add_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
  return block;
}

static void counted_release(void* context, void* block, size_t octets) {
  (void)context;
  (void)octets;
  if (block != NULL) __atomic_sub_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
  free(block);
}

const ehlo_allocator* ehlo_py_allocator(void) {
  static const ehlo_allocator counted = {counted_allocate, counted_release, NULL};
  return &counted;
}

int64_t ehlo_py_live_blocks(void) { return __atomic_load_n(&live_blocks, __ATOMIC_RELAXED); }

/* Adds the results of the advances before to those of this one, and returns whether another one may do more. */
static int goes_on(ehlo_py_head* head, ehlo_progress* sum, uint32_t event_count) {
  const int has_moved = head->progress.consumed != 0 || head->progress.written != 0;
  head->base = sum->consumed;
  head->event_count = event_count;
  head->progress.consumed += sum->consumed;
  head->progress.written += sum->written;
  *sum = head->progress;
  return event_count == 0 && has_moved;
}

void ehlo_py_server_advance(ehlo_server* server, const char* input, size_t length, ehlo_py_server_turn* turn,
                            uint32_t event_cap, uint32_t span_cap, size_t out_cap) {
  ehlo_server_batch batch = {0};
  ehlo_progress sum = {0};
  batch.events = turn->events;
  batch.event_size = sizeof *batch.events;
  batch.event_cap = event_cap;
  batch.spans = turn->spans;
  batch.span_cap = span_cap;
  batch.params = turn->params;
  batch.param_size = sizeof *batch.params;
  batch.param_cap = EHLO_PY_PARAMS;
  do {
    ehlo_server_advance(server, NULL, sizeof(ehlo_server_answer), 0, NULL, 0, input + sum.consumed,
                        length - sum.consumed, &batch, turn->out + sum.written, out_cap - sum.written,
                        &turn->head.progress);
  } while (goes_on(&turn->head, &sum, batch.event_count));
}

void ehlo_py_client_advance(ehlo_client* client, const char* input, size_t length, ehlo_py_client_turn* turn,
                            uint32_t event_cap, uint32_t span_cap, size_t out_cap) {
  ehlo_client_batch batch = {0};
  ehlo_progress sum = {0};
  (void)span_cap;
  batch.events = turn->events;
  batch.event_size = sizeof *batch.events;
  batch.event_cap = event_cap;
  do {
    ehlo_client_advance(client, input + sum.consumed, length - sum.consumed, &batch, turn->out + sum.written,
                        out_cap - sum.written, &turn->head.progress);
  } while (goes_on(&turn->head, &sum, batch.event_count));
}

size_t ehlo_py_gather(const char* base, const ehlo_span* spans, uint32_t count, char* out) {
  size_t octets = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (out != NULL && spans[i].off == EHLO_OFF_CRLF) memcpy(out + octets, "\r\n", 2);
    if (out != NULL && spans[i].off != EHLO_OFF_CRLF) memcpy(out + octets, base + spans[i].off, spans[i].len);
    octets += spans[i].len;
  }
  return octets;
}
