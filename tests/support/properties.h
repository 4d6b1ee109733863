// The properties that a driver watches over. A broken one is thrown: a test fails, and a fuzz target stops, where
// nobody catches it.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

namespace support {

struct BrokenProperty : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void fail(std::string_view property) {
  std::fprintf(stderr, "violation: %.*s\n", static_cast<int>(property.size()), property.data());
  throw BrokenProperty(std::string(property));
}
inline void require(bool holds, std::string_view property) {
  if (!holds) fail(property);
}

// The property that `run` breaks; empty: none.
template <class Run>
std::string broken_property(Run run) {
  try {
    run();
  } catch (const BrokenProperty& property) {
    return property.what();
  }
  return {};
}

// Octets as they may stand in a line of a log.
inline std::string printable(std::string_view octets) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char raw : octets) {
    const auto c = static_cast<unsigned char>(raw);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\\') {
      out += "\\\\";
    } else if (c >= 0x20 && c < 0x7f) {
      out += raw;
    } else {
      out += "\\x";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    }
  }
  return out;
}

// Requires equal octets, or equal text of ours, and shows both where they are not.
inline void require_same_text(const std::string& a, const std::string& b, std::string_view property) {
  if (a == b) return;
  std::fprintf(stderr, "this:  %s\nother: %s\n", a.c_str(), b.c_str());
  fail(property);
}
inline void require_same(std::string_view a, std::string_view b, std::string_view property) {
  if (a != b) require_same_text(printable(a), printable(b), property);
}

}  // namespace support
