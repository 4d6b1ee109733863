// Where the output of a session goes.
#pragma once

#include <string>

#include "call.h"

namespace testee {

class Outbox {
 public:
  // No room: none is taken.
  explicit Outbox(std::size_t room) : room_(room), buffer_(room + 1, kCanary) {}

  // Takes all of it, by `output` (char* to, size_t room) as long as it is `wanted`. Whether there was any.
  template <class Output, class Wanted>
  bool take(Output output, Wanted wanted) {
    for (bool moved = false;; moved = true) {
      if (room_ == 0) return false;
      const bool due = wanted();
      const std::size_t octets = output(buffer_.data(), room_);
      require(octets <= room_ && buffer_[room_] == kCanary, "output overfills its buffer");
      require(due == (octets != 0), due ? "output is wanted, but there is none" : "output that is not wanted");
      if (octets == 0) return moved;
      taken_.append(buffer_, 0, octets);
      require(taken_.size() < kMostOctets, "the output has no end");
    }
  }
  std::optional<std::string_view> taken() const {
    return taken_.empty() ? std::nullopt : std::optional<std::string_view>(taken_);
  }

 private:
  static constexpr char kCanary = 0x5A;
  // More than any dialogue of the vectors has.
  static constexpr std::size_t kMostOctets = 1 << 20;

  std::size_t room_;
  std::string buffer_, taken_;
};

}  // namespace testee
