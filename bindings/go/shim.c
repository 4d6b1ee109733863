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
