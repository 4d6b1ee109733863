// An options struct in a block of exactly its struct_size: that of an older program, of this library, or of a newer
// program. A size never ends inside a member, because no header ever did.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>

#include "calls.h"

namespace support {

template <class Options>
class OptionsBlock {
 public:
  // Copies as much of `options` as the size has room for. The rest of a newer struct is 0, or sometimes not.
  OptionsBlock(Calls& calls, const Options& options, void (*init)(Options*, std::size_t)) {
    static constexpr std::size_t kSizes[] = {sizeof(Options), sizeof(Options),
                                             sizeof(Options) / 2 / sizeof(std::size_t) * sizeof(std::size_t),
                                             sizeof(std::size_t), sizeof(Options) + 16};
    size_ = calls.one_of(kSizes);
    if (calls.one_in(4)) size_ = sizeof(std::size_t) * (1 + calls.below(sizeof(Options) / sizeof(std::size_t)));
    block_.reset(new (std::align_val_t{alignof(Options)}) unsigned char[size_]);
    init(get(), size_);
    const std::size_t known = std::min(size_, sizeof(Options));
    std::memcpy(block_.get() + sizeof(std::size_t),
                reinterpret_cast<const unsigned char*>(&options) + sizeof(std::size_t), known - sizeof(std::size_t));
    if (size_ > sizeof(Options) && calls.one_in(2)) {
      block_[size_ - 1] = 1;
      good_ = false;
    }
    // An impossible size.
    if (calls.one_in(16)) {
      const std::size_t too_small = calls.below(sizeof(std::size_t));
      std::memcpy(block_.get(), &too_small, sizeof too_small);
      good_ = false;
    }
  }

  Options* get() { return reinterpret_cast<Options*>(block_.get()); }
  bool good() const { return good_; }
  // The options that the library must read from it: missing members have their defaults.
  Options whole(void (*init)(Options*, std::size_t)) const {
    Options options;
    init(&options, sizeof options);
    std::memcpy(reinterpret_cast<unsigned char*>(&options) + sizeof(std::size_t), block_.get() + sizeof(std::size_t),
                std::min(size_, sizeof options) - sizeof(std::size_t));
    return options;
  }

 private:
  struct Release {
    void operator()(unsigned char* block) const { ::operator delete[](block, std::align_val_t{alignof(Options)}); }
  };
  std::size_t size_ = 0;
  bool good_ = true;
  std::unique_ptr<unsigned char[], Release> block_;
};

}  // namespace support
