// What the last EHLO_E_NOT_OFFERED was about, for the program to ask.
#pragma once

#include <cstring>

#include "client/envelope_line.h"

namespace ehlo {

class NotOffered {
 public:
  // Keeps it, the keyword as far as there is room. Gives EHLO_E_NOT_OFFERED.
  Error record(const Missing& missing) noexcept {
    const std::size_t size = missing.keyword.size < kRoom ? missing.keyword.size : kRoom - 1;
    extensions_ = missing.extensions;
    if (size != 0) std::memcpy(keyword_, missing.keyword.data, size);
    keyword_[size] = 0;
    size_ = static_cast<std::uint8_t>(size);
    return EHLO_E_NOT_OFFERED;
  }
  Error record(ExtensionId extension) noexcept { return record({EHLO_EXT_BIT(extension), {}}); }

  ExtensionSet extensions() const noexcept { return extensions_; }
  Bytes keyword() const noexcept { return {keyword_, size_}; }

 private:
  static constexpr std::size_t kRoom = 64;

  ExtensionSet extensions_ = 0;
  std::uint8_t size_ = 0;
  Octet keyword_[kRoom] = {};  // ends with NUL
};

}  // namespace ehlo
