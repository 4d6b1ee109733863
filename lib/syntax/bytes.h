// Views of bytes that somebody else owns, and spans, which are offsets into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "base/find_octet.h"
#include "ehlo_types.h"

#if EHLO_FAST
#include "base/fast/equals_caseless.h"
#endif

constexpr bool operator==(ehlo_span a, ehlo_span b) noexcept { return a.off == b.off && a.len == b.len; }

namespace ehlo {

using Octet = unsigned char;

// Offsets rather than pointers cross the library's border: they stay right when the program moves its buffer.
using Span = ehlo_span;
using Range = ehlo_range;
constexpr bool present(Span span) noexcept { return span.off != EHLO_ABSENT; }
inline constexpr Span kAbsent{EHLO_ABSENT, 0};

struct Bytes {
  const Octet* data = nullptr;
  std::size_t size = 0;

  constexpr const Octet* begin() const noexcept { return data; }
  constexpr const Octet* end() const noexcept { return data + size; }
  constexpr Octet operator[](std::size_t i) const noexcept { return data[i]; }
  constexpr bool empty() const noexcept { return size == 0; }
  constexpr Bytes first(std::size_t n) const noexcept { return {data, n}; }
  constexpr Bytes from(std::size_t n) const noexcept { return {data + n, size - n}; }
  // A present span of these bytes; an absent one is empty.
  constexpr Bytes at(Span span) const noexcept {
    return present(span) ? Bytes{data + span.off, span.len} : Bytes{data, 0};
  }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data), size}; }
};

inline Bytes bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const Octet*>(text.data()), text.size()};
}

// A text of the program, empty where there is none.
constexpr std::string_view view(const char* text) noexcept { return text == nullptr ? std::string_view{} : text; }

// Where `octet` stands in `text` from text[at], or the end.
inline std::uint32_t position_of(Octet octet, Bytes text, std::size_t at = 0) noexcept {
  return static_cast<std::uint32_t>(find_octet(text.data + at, text.end(), octet) - text.data);
}

constexpr bool is_ascii(Bytes text) noexcept {
  for (const Octet c : text)
    if (c >= 0x80) return false;
  return true;
}

constexpr Octet upper(Octet c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<Octet>(c - 32) : c; }

// A copy rather than a cast: the octets may have any alignment.
template <typename Word>
Word load(const void* octets) noexcept {
  Word word;
  std::memcpy(&word, octets, sizeof word);
  return word;
}

// Protocol words are compared without regard to the case of ASCII letters (RFC 5321 2.4).
constexpr bool equals_caseless(Bytes a, std::string_view b) noexcept {
  if (a.size != b.size()) return false;
#if EHLO_FAST
  if (!std::is_constant_evaluated() && a.size >= 4) return fast::equals_caseless(a.data, b.data(), a.size);
#endif
  for (std::size_t at = 0; at < a.size; ++at)
    if (upper(a[at]) != upper(static_cast<Octet>(b[at]))) return false;
  return true;
}

}  // namespace ehlo
