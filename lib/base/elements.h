// Access to arrays of a program. It may have been compiled with a later header, in which the elements are larger than
// ours: so each array comes with the size of its elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ehlo {

// Whether elements of `octets` are large enough for a T, and each is aligned for one.
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

// Not inline: the call would make its callers, which run for every element, save registers that they rarely need.
[[gnu::noinline, gnu::cold]] inline void clear(unsigned char* first, std::size_t octets) noexcept {
  std::memset(first, 0, octets);
}

// Fills an element. Members of a later header, which we do not know, become 0.
template <typename T>
T& put_element(T* first, std::size_t octets, std::size_t at, const T& value) noexcept {
  T& place = element(first, octets, at);
  place = value;
  if (octets > sizeof(T)) [[unlikely]]
    clear(reinterpret_cast<unsigned char*>(&place) + sizeof(T), octets - sizeof(T));
  return place;
}

}  // namespace ehlo
