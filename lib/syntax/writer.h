// A bounded place to write to: it counts what it was given and writes only what fits.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

class Writer {
 public:
  constexpr Writer(Octet* out, std::size_t capacity) noexcept : out_(out), capacity_(capacity) {}

  constexpr void put(Octet c) noexcept {
    if (size_ < capacity_) out_[size_] = c;
    ++size_;
  }
  constexpr void put(Bytes bytes) noexcept {
    for (const Octet c : bytes) put(c);
  }
  void put(std::string_view text) noexcept { put(bytes_of(text)); }
  constexpr void put_number(std::uint64_t number) noexcept {
    Octet digits[20];
    std::size_t at = sizeof digits;
    do digits[--at] = static_cast<Octet>('0' + number % 10);
    while ((number /= 10) != 0);
    put(Bytes{digits + at, sizeof digits - at});
  }

  // All octets given, also those that did not fit.
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool fits() const noexcept { return size_ <= capacity_; }

 private:
  Octet* out_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

}  // namespace ehlo
