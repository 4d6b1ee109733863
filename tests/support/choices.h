// Choices that follow from a seed, or from octets as long as there are some: the same ones make the same run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace support {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // splitmix64
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

class Choices {
 public:
  explicit Choices(std::uint64_t seed, std::string_view octets = {}) : octets_(octets), random_(seed) {}

  std::size_t below(std::size_t bound) {
    if (bound <= 1) return 0;
    if (octets_.empty()) return random_.below(bound);
    std::size_t value = take();
    if (bound > 256) value = value << 8 | take();
    return value % bound;
  }
  bool one_in(std::size_t n) { return below(n) == n - 1; }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }

 private:
  std::size_t take() {
    if (octets_.empty()) return 0;
    const auto octet = static_cast<unsigned char>(octets_[0]);
    octets_.remove_prefix(1);
    return octet;
  }

  std::string_view octets_;
  Random random_;
};

}  // namespace support
