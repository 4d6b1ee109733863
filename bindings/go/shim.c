#include "shim.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_llong blocks, octets;

static void* allocate(void* context, size_t size) {
  (void)context;
  void* memory = malloc(size);
  if (memory == NULL) return NULL;
  atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&octets, (long long)size, memory_order_relaxed);
  return memory;
}

static void release(void* context, void* memory, size_t size) {
  (void)context;
  if (memory == NULL) return;
  atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
  atomic_fetch_sub_explicit(&octets, (long long)size, memory_order_relaxed);
  free(memory);
}

const ehlo_allocator ehlo_go_allocator = {allocate, release, NULL};

int64_t ehlo_go_blocks(void) { return atomic_load_explicit(&blocks, memory_order_relaxed); }
int64_t ehlo_go_octets(void) { return atomic_load_explicit(&octets, memory_order_relaxed); }

void ehlo_go_server_step(ehlo_server* server, ehlo_server_answer* answers, uint32_t answer_count, const void* texts,
                         size_t texts_length, const void* input, size_t length, ehlo_server_event* events,
                         uint32_t event_cap, ehlo_span* spans, uint32_t span_cap, ehlo_param* params,
                         uint32_t param_cap, ehlo_go_counts* counts, void* out, size_t capacity,
                         ehlo_progress* progress) {
  ehlo_server_batch batch = {.events = events,
                             .spans = spans,
                             .params = params,
                             .event_size = sizeof *events,
                             .event_cap = event_cap,
                             .span_cap = span_cap,
                             .param_size = sizeof *params,
                             .param_cap = param_cap};
  ehlo_server_advance(server, answers, sizeof *answers, answer_count, texts, texts_length, input, length, &batch, out,
                      capacity, progress);
  *counts = (ehlo_go_counts){batch.event_count, batch.span_count, batch.param_count, batch.error};
}

void ehlo_go_client_step(ehlo_client* client, const void* input, size_t length, ehlo_client_event* events,
                         uint32_t event_cap, ehlo_go_counts* counts, void* out, size_t capacity,
                         ehlo_progress* progress) {
  ehlo_client_batch batch = {.events = events, .event_size = sizeof *events, .event_cap = event_cap};
  ehlo_client_advance(client, input, length, &batch, out, capacity, progress);
  *counts = (ehlo_go_counts){batch.event_count, 0, 0, batch.error};
}
