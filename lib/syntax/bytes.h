// Views: bytes that somebody else owns, and spans, which are offsets into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo {

using Octet = unsigned char;

// Offsets rather than pointers cross the library's border: they stay right when the program moves its buffer.
struct [[gnu::may_alias]] Span {
  std::uint32_t off;
  std::uint32_t len;

  constexpr bool present() const noexcept { return off != UINT32_MAX; }
  constexpr bool operator==(const Span&) const noexcept = default;
};
inline constexpr Span kAbsent{UINT32_MAX, 0};
// The offset of a CR LF that stands in no buffer: a line ending that was repaired.
inline constexpr std::uint32_t kCrlfOffset = UINT32_MAX - 1;
// Likewise the three octets "." CR LF: the end of data.
inline constexpr std::uint32_t kEndOffset = UINT32_MAX - 2;

struct [[gnu::may_alias]] Range {
  std::uint32_t first;
  std::uint32_t count;
};

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
    return span.present() ? Bytes{data + span.off, span.len} : Bytes{data, 0};
  }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data), size}; }
};

inline Bytes bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const Octet*>(text.data()), text.size()};
}

constexpr Octet upper(Octet c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<Octet>(c - 32) : c; }

// Protocol words are compared without regard to the case of ASCII letters (RFC 5321 2.4).
constexpr bool equals_caseless(Bytes a, std::string_view b) noexcept {
  if (a.size != b.size()) return false;
  for (std::size_t i = 0; i < a.size; ++i)
    if (upper(a[i]) != upper(static_cast<Octet>(b[i]))) return false;
  return true;
}

}  // namespace ehlo
