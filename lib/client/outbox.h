// The commands that are written and that the program has not taken yet.
#pragma once

#include <cstring>

#include "base/allocator.h"
#include "syntax/error.h"
#include "syntax/writer.h"

namespace ehlo {

class Outbox {
 public:
  // Makes room for lines of `capacity` octets. EHLO_E_MEMORY.
  Error reserve(const Allocator& allocator, std::uint32_t capacity) noexcept {
    if (capacity <= capacity_) return EHLO_OK;
    auto* block = static_cast<Octet*>(allocator.allocate(allocator.context, capacity));
    if (block == nullptr) return EHLO_E_MEMORY;
    const std::uint32_t used = end_ - begin_;
    if (used != 0) std::memcpy(block, data_ + begin_, used);
    release(allocator);
    // The analyzer takes this object for the block that was freed.
    data_ = block;  // NOLINT(clang-analyzer-unix.Malloc)
    capacity_ = capacity;
    begin_ = 0;
    end_ = used;
    return EHLO_OK;
  }
  void release(const Allocator& allocator) noexcept {
    if (data_ == nullptr) return;
    wipe(0, capacity_);
    allocator.release(allocator.context, data_, capacity_);
    data_ = nullptr;
    capacity_ = 0;
  }

  // Moves the lines to the beginning, where those before them have been taken. Not while a part is held back: its place
  // is counted from the beginning.
  void close_gap() noexcept {
    if (begin_ == 0 || holds()) return;
    if (end_ != begin_) std::memmove(data_, data_ + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // A place to write to, after what is there.
  Writer writer() noexcept {
    close_gap();
    return data_ == nullptr ? Writer(nullptr, 0) : Writer(data_ + end_, capacity_ - end_);
  }
  // The same place, after close_gap().
  Octet* room() noexcept { return data_ + end_; }
  std::size_t room_octets() const noexcept { return capacity_ - end_; }
  void commit(std::size_t octets) noexcept { end_ += static_cast<std::uint32_t>(octets); }
  // What is written from now on waits for send_held().
  void hold() noexcept { held_ = end_; }
  bool send_held() noexcept {
    const bool held = held_ != kNotHeld && held_ != end_;
    held_ = kNotHeld;
    return held;
  }
  bool holds() const noexcept { return held_ != kNotHeld; }
  void drop_held() noexcept {
    if (!holds()) return;
    wipe(held_, end_);
    end_ = held_;
    held_ = kNotHeld;
    if (begin_ == end_) reset();
  }
  void set_secret() noexcept { secret_ = true; }
  // The last line is BDAT, after which nothing but its content may stand.
  void set_chunk_line() noexcept { chunk_line_ = true; }
  bool ends_with_chunk_line() const noexcept { return chunk_line_; }
  bool secret() const noexcept { return secret_; }

  bool empty() const noexcept { return begin_ == stop(); }

  // Takes as much as fits, and counts the lines that left completely.
  std::size_t take(Octet* out, std::size_t capacity, std::uint32_t& lines) noexcept {
    const std::uint32_t ready = stop() - begin_;
    const auto count = capacity < ready ? static_cast<std::uint32_t>(capacity) : ready;
    if (count == 0) return 0;
    std::memcpy(out, data_ + begin_, count);
    for (std::uint32_t i = 0; i < count; ++i) lines += out[i] == '\n';
    if (secret_) wipe(begin_, begin_ + count);
    begin_ += count;
    if (begin_ == end_) reset();
    return count;
  }
  void clear() noexcept {
    if (data_ != nullptr && secret_) wipe(0, capacity_);
    held_ = kNotHeld;
    reset();
  }

 private:
  void reset() noexcept {
    begin_ = end_ = 0;
    secret_ = chunk_line_ = false;
  }

  static constexpr std::uint32_t kNotHeld = UINT32_MAX;

  std::uint32_t stop() const noexcept { return held_ < end_ ? held_ : end_; }
  // Through a volatile view, so that the compiler does not leave it out as useless.
  void wipe(std::uint32_t from, std::uint32_t to) noexcept {
    volatile Octet* octets = data_;
    for (; from < to; ++from) octets[from] = 0;
  }

  Octet* data_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0, end_ = 0;
  std::uint32_t held_ = kNotHeld;
  bool secret_ = false;
  bool chunk_line_ = false;
};

}  // namespace ehlo
