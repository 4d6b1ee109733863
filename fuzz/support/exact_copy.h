// Octets in a block of exactly their size, so that a sanitizer reports an access to one octet more.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

namespace support {

class ExactCopy {
 public:
  explicit ExactCopy(std::string_view octets) : block_(new char[octets.size()]), size_(octets.size()) {
    if (size_ != 0) std::memcpy(block_.get(), octets.data(), size_);
  }
  const char* data() const { return block_.get(); }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {block_.get(), size_}; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t size_;
};

}  // namespace support
