// Calls a writer of the C API twice: to measure, and to write into a string of that size.
#pragma once

#include <cstdint>
#include <string>

#include "support/properties.h"

namespace support {

// `write(out, capacity)` returns octets or an error, as ehlo_reply_write does. Returns the same; an error leaves
// `text`.
template <class Write>
std::int64_t write_measured(Write write, std::string& text) {
  const std::int64_t size = write(static_cast<char*>(nullptr), std::size_t{0});
  if (size < 0) return size;
  text.assign(static_cast<std::size_t>(size), '\0');
  require(write(text.data(), text.size()) == size, "a measured size is the size");
  return size;
}

}  // namespace support
