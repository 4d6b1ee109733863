// Arrays of a program: it may have been compiled with a later header, whose elements are larger than ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ehlo {

// Elements of `octets` hold what we know, and each lies where a T may lie.
template <typename T>
constexpr bool is_element_size(std::uint64_t octets) noexcept {
  return octets >= sizeof(T) && octets % alignof(T) == 0;
}

template <typename T>
T& element(T* first, std::size_t octets, std::size_t at) noexcept {
  return *reinterpret_cast<T*>(reinterpret_cast<unsigned char*>(first) + octets * at);
}
template <typename T>
const T& element(const T* first, std::size_t octets, std::size_t at) noexcept {
  return *reinterpret_cast<const T*>(reinterpret_cast<const unsigned char*>(first) + octets * at);
}

// No part of what runs for every element: there it would have registers saved for a call that does not come.
[[gnu::noinline, gnu::cold]] inline void clear(unsigned char* first, std::size_t octets) noexcept {
  std::memset(first, 0, octets);
}

// Fills an element; what a later header has behind what we know is 0.
template <typename T>
T& put_element(T* first, std::size_t octets, std::size_t at, const T& value) noexcept {
  T& place = element(first, octets, at);
  place = value;
  if (octets > sizeof(T)) [[unlikely]]
    clear(reinterpret_cast<unsigned char*>(&place) + sizeof(T), octets - sizeof(T));
  return place;
}

}  // namespace ehlo
