// An allocator for tests: counts, fails where a test says so, and checks that what comes back is what was given.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <map>

#include "base/allocator.h"
#include "ehlo.h"
#include "properties.h"

namespace support {

inline ehlo::Allocator heap() {
  return {[](void*, std::size_t octets) { return std::malloc(octets); },
          [](void*, void* memory, std::size_t) { std::free(memory); }, nullptr};
}

class CountingAllocator {
 public:
  // Fails the allocation of this number, counted from 0, and all after it.
  explicit CountingAllocator(std::size_t first_failure = SIZE_MAX) : first_failure_(first_failure) {}
  // For a fuzz target. Bit n: the allocation n fails; bit 7 stands for all from there on.
  static CountingAllocator failing(unsigned bits) { return CountingAllocator(SIZE_MAX, bits, 4u << 20); }
  // What is thrown here ends the program.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~CountingAllocator() { require(std::uncaught_exceptions() != 0 || blocks() == 0, "every block is released"); }
  CountingAllocator(const CountingAllocator&) = delete;
  CountingAllocator& operator=(const CountingAllocator&) = delete;

  const ehlo_allocator* get() const { return &allocator_; }
  ehlo::Allocator core() const { return {allocator_.allocate, allocator_.release, allocator_.context}; }
  // From now on there is memory, or there is none.
  void set_dry(bool dry) {
    first_failure_ = dry ? 0 : SIZE_MAX;
    bits_ = 0;
  }
  bool dry() const { return first_failure_ != SIZE_MAX || bits_ != 0 || refused_; }

  std::size_t allocations() const { return allocations_; }
  std::size_t octets() const { return octets_; }  // in use
  std::size_t most_octets() const { return most_octets_; }
  std::size_t blocks() const { return sizes_.size(); }
  bool broken() const { return broken_; }  // a block was released twice, or with another size

 private:
  // `most`: octets that are given at a time, whatever the options say.
  CountingAllocator(std::size_t first_failure, unsigned bits, std::size_t most)
      : first_failure_(first_failure), bits_(bits), most_(most) {}

  void* allocate(std::size_t octets) {
    const std::size_t number = allocations_++;
    if (number >= first_failure_ || (bits_ >> std::min<std::size_t>(number, 7) & 1) != 0) return nullptr;
    refused_ |= octets > most_;
    if (octets > most_) return nullptr;
    void* memory = std::malloc(octets);
    sizes_[memory] = octets;
    octets_ += octets;
    most_octets_ = std::max(most_octets_, octets_);
    return memory;
  }
  void release(void* memory, std::size_t octets) {
    const auto found = sizes_.find(memory);
    broken_ |= found == sizes_.end() || found->second != octets;
    require(!broken_, "a block is released once, with its size");
    octets_ -= octets;
    sizes_.erase(found);
    std::free(memory);
  }

  ehlo_allocator allocator_{
      [](void* self, std::size_t octets) { return static_cast<CountingAllocator*>(self)->allocate(octets); },
      [](void* self, void* memory, std::size_t octets) {
        static_cast<CountingAllocator*>(self)->release(memory, octets);
      },
      this};
  std::size_t first_failure_;
  unsigned bits_ = 0;
  std::size_t most_ = SIZE_MAX;
  std::size_t allocations_ = 0;
  std::size_t octets_ = 0, most_octets_ = 0;
  std::map<void*, std::size_t> sizes_;
  bool broken_ = false, refused_ = false;
};

}  // namespace support
