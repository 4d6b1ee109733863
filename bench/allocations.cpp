// Counts calls of malloc in front of the C library's own: what is measured as free of allocations must be so whatever
// way it takes to the heap.
#include "allocations.h"

#include <stddef.h>

namespace {
std::uint64_t count = 0;
}

extern "C" void* __libc_malloc(size_t octets);
extern "C" void* malloc(size_t octets) {
  ++count;
  return __libc_malloc(octets);
}

namespace bench {
std::uint64_t allocations() noexcept { return count; }
}  // namespace bench
