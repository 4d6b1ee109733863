// The octets of an input as the choices of a program that makes any calls with any arguments.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string_view>

#include "ehlo.h"
#include "support/properties.h"

namespace support {

class Calls {
 public:
  explicit Calls(std::string_view octets) : octets_(octets) {}

  bool more() const { return !octets_.empty(); }
  std::uint8_t octet() {
    if (octets_.empty()) return 0;
    const auto octet = static_cast<std::uint8_t>(octets_[0]);
    octets_.remove_prefix(1);
    return octet;
  }
  std::size_t below(std::size_t bound) { return octet() % bound; }
  bool one_in(std::size_t n) { return below(n) == n - 1; }
  template <class Table>
  auto one_of(const Table& table) {
    return table[below(std::size(table))];
  }
  // Small numbers, and numbers at which arithmetic may overflow.
  std::uint32_t number() {
    static constexpr std::uint32_t kEdges[] = {0, 1, UINT32_MAX, UINT32_MAX - 1, 1u << 31, 1u << 16, 65535, 4096};
    const std::uint8_t kind = octet();
    return kind < 200 ? kind : kEdges[kind % 8];
  }
  std::uint64_t wide_number() { return one_in(8) ? UINT64_MAX - below(3) : number(); }
  // The next octets of the input itself.
  std::string_view raw() {
    const std::size_t wanted = octet();
    const std::size_t size = std::min(wanted, octets_.size());
    const std::string_view text = octets_.substr(0, size);
    octets_.remove_prefix(size);
    return text;
  }
  std::string_view text() {
    static constexpr std::string_view kTexts[] = {"Not now",
                                                  "",
                                                  "two\nlines",
                                                  "a\r\nb\r\n",
                                                  "a\rb",
                                                  "\n",
                                                  {"n\0l", 3},
                                                  "Gr\xC3\xBC\xC3\x9F"
                                                  "e",
                                                  "\xFF",
                                                  "\t",
                                                  "a@b.example",
                                                  "\"a b\"@[192.0.2.1]",
                                                  "<>",
                                                  "a@b>\r\nRSET",
                                                  "\xC3\xBC@d.example",
                                                  "postmaster"};
    return one_in(4) ? raw() : one_of(kTexts);
  }

 private:
  std::string_view octets_;
};

// The error must be one of those that the header names for the call.
inline void require_named(std::int32_t error, std::initializer_list<std::int32_t> named) {
  if (error == EHLO_OK) return;
  for (const std::int32_t one : named)
    if (error == one) return;
  std::fprintf(stderr, "%s\n", ehlo_error_name(error));
  fail("an error is one that the call names");
}

}  // namespace support
