// Replaces malloc by a function that counts its calls, so that no allocation is missed, whatever causes it.
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
