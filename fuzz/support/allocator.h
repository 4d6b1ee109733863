// An allocator that counts, that checks what comes back, and that can run dry.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>

#include "ehlo.h"
#include "require.h"

namespace fuzz {

class Allocator {
 public:
  // Bit n: the allocation n, counted from 0, gives nothing; bit 7 stands for all from there on.
  explicit Allocator(unsigned failures) : failures_(failures) {}
  ~Allocator() { require(blocks_.empty(), "every block is released"); }
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  const ehlo_allocator* api() const { return &api_; }
  unsigned calls() const { return calls_; }
  std::size_t most_octets() const { return most_octets_; }  // in use at a time
  // From now on there is memory, or there is none.
  void set_dry(bool dry) { failures_ = dry ? 0xFF : 0; }
  bool dry() const { return failures_ != 0 || refused_; }

 private:
  static constexpr std::size_t kMost = 4u << 20;  // at a time, whatever the options say

  static void* allocate(void* context, size_t octets) {
    auto& self = *static_cast<Allocator*>(context);
    if (self.failures_ >> std::min(self.calls_++, 7u) & 1) return nullptr;
    self.refused_ |= octets > kMost;
    if (octets > kMost) return nullptr;
    void* block = std::malloc(octets);
    self.blocks_[block] = octets;
    self.octets_ += octets;
    self.most_octets_ = std::max(self.most_octets_, self.octets_);
    return block;
  }
  static void release(void* context, void* block, size_t octets) {
    auto& self = *static_cast<Allocator*>(context);
    const auto found = self.blocks_.find(block);
    require(found != self.blocks_.end() && found->second == octets, "a block is released once, with its size");
    self.blocks_.erase(found);
    self.octets_ -= octets;
    std::free(block);
  }

  unsigned failures_;
  unsigned calls_ = 0;
  bool refused_ = false;
  std::size_t octets_ = 0, most_octets_ = 0;
  std::map<void*, size_t> blocks_;
  ehlo_allocator api_{allocate, release, this};
};

}  // namespace fuzz
