// What the calls of the C API share: checks of their arguments, and options from other versions of the headers.
#pragma once

#include <cstddef>
#include <cstring>

#include "ehlo.h"
#include "server/server.h"
#include "syntax/text.h"

namespace ehlo::capi {

// Spans have offsets of 32 bits. A longer text is an error. Of a longer stream a call takes the first part, and the
// program shows the rest again.
inline constexpr std::size_t kMostText = INT32_MAX;
inline constexpr std::size_t kMostInput = std::size_t{1} << 30;
inline bool is_there(const void* data, std::size_t size) noexcept { return data != nullptr || size == 0; }
inline bool is_text(const void* data, std::size_t size) noexcept { return size <= kMostText && is_there(data, size); }

inline Bytes bytes(const void* data, std::size_t size) noexcept { return {static_cast<const Octet*>(data), size}; }

// NULL, or an allocator that has both functions.
inline bool is_allocator(const ehlo_allocator* given) noexcept {
  return given == nullptr || (given->allocate != nullptr && given->release != nullptr);
}
// The allocator of the program, or malloc and free.
Allocator allocator_of(const ehlo_allocator* given) noexcept;

// Copies the options of a program that may have been built with another version of the headers. A field that the
// program does not know keeps its default. A field that this library does not know must be 0, since it would be
// ignored.
template <typename Options, typename Given>
bool copy_options(const Given* given, Options& options) noexcept {
  if (given == nullptr) return false;
  const std::size_t size = given->struct_size;
  if (size < sizeof(std::size_t)) return false;
  const auto* octets = reinterpret_cast<const Octet*>(given);
  for (std::size_t at = sizeof(Options); at < size; ++at)
    if (octets[at] != 0) return false;
  std::memcpy(static_cast<void*>(&options), given, size < sizeof(Options) ? size : sizeof(Options));
  return true;
}

// Fills the program's struct of `size` octets with our defaults, and fields that this library does not know with 0.
template <typename Options>
void init_options(void* given, std::size_t size, Options defaults) noexcept {
  if (given == nullptr || size < sizeof(std::size_t)) return;
  std::memset(given, 0, size);
  defaults.struct_size = size;
  std::memcpy(given, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

// Runs a writer twice: the first run measures and validates, so nothing is written after an error or into too small an
// `out`. Returns the octets of the result, or `error`.
template <typename Write>
std::int64_t measured(void* out, std::size_t capacity, Error error, Write write) noexcept {
  if (!is_there(out, capacity)) return EHLO_E_ARGUMENT;
  Writer measure(nullptr, 0);
  if (!write(measure)) return error;
  if (measure.size() <= capacity) {
    Writer writer(static_cast<Octet*>(out), capacity);
    write(writer);
  }
  return static_cast<std::int64_t>(measure.size());
}

// measured() for a writer that has one text.
template <typename Write>
std::int64_t converted(const void* text, std::size_t length, void* out, std::size_t capacity, Error error,
                       Write write) noexcept {
  if (!is_text(text, length)) return EHLO_E_ARGUMENT;
  return measured(out, capacity, error, [&](Writer& writer) { return write(bytes(text, length), writer); });
}

}  // namespace ehlo::capi
