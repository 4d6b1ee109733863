// Where memory comes from: the allocator that the program gave.
#pragma once

#include <cstddef>

namespace ehlo {

// The layout of ehlo_allocator.
struct Allocator {
  void* (*allocate)(void* context, std::size_t octets);
  void (*release)(void* context, void* memory, std::size_t octets);
  void* context;
};

}  // namespace ehlo
