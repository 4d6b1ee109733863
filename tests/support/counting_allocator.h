// An allocator for tests: counts, fails where it is told to, and checks that what comes back is what was given.
#pragma once

#include <cstdlib>
#include <map>

#include "ehlo.h"

namespace support {

class CountingAllocator {
 public:
  // Fails the allocation of this number, counted from 0, and all behind it.
  explicit CountingAllocator(std::size_t first_failure = SIZE_MAX) : first_failure_(first_failure) {}
  CountingAllocator(const CountingAllocator&) = delete;
  CountingAllocator& operator=(const CountingAllocator&) = delete;

  const ehlo_allocator* get() {
    allocator_ = {
        [](void* self, std::size_t octets) { return static_cast<CountingAllocator*>(self)->allocate(octets); },
        [](void* self, void* memory, std::size_t octets) {
          static_cast<CountingAllocator*>(self)->release(memory, octets);
        },
        this};
    return &allocator_;
  }

  std::size_t allocations() const { return allocations_; }
  std::size_t octets() const { return octets_; }  // in use
  std::size_t blocks() const { return sizes_.size(); }
  bool broken() const { return broken_; }  // a block was released twice, or with another size

 private:
  void* allocate(std::size_t octets) {
    if (allocations_++ >= first_failure_) return nullptr;
    void* memory = std::malloc(octets);
    sizes_[memory] = octets;
    octets_ += octets;
    return memory;
  }
  void release(void* memory, std::size_t octets) {
    const auto found = sizes_.find(memory);
    if (found == sizes_.end() || found->second != octets) {
      broken_ = true;
      return;
    }
    octets_ -= octets;
    sizes_.erase(found);
    std::free(memory);
  }

  ehlo_allocator allocator_{};
  std::size_t first_failure_;
  std::size_t allocations_ = 0;
  std::size_t octets_ = 0;
  std::map<void*, std::size_t> sizes_;
  bool broken_ = false;
};

}  // namespace support
