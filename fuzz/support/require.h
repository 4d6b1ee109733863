// How a fuzz target says that a law is broken.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace fuzz {

[[noreturn]] inline void fail(std::string_view law) {
  std::fprintf(stderr, "violation: %.*s\n", static_cast<int>(law.size()), law.data());
  std::abort();
}
inline void require(bool holds, std::string_view law) {
  if (!holds) fail(law);
}

// Octets as they can be read in a terminal.
inline std::string printable(std::string_view octets) {
  std::string text;
  for (const char c : octets) {
    char escape[8];
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 32 && octet < 127 && c != '\\') {
      text += c;
    } else {
      std::snprintf(escape, sizeof escape, "\\x%02x", octet);
      text += escape;
    }
  }
  return text;
}

// Requires equal octets, or equal text of ours, and shows both where they are not.
inline void require_same_text(const std::string& a, const std::string& b, std::string_view law) {
  if (a == b) return;
  std::fprintf(stderr, "this:  %s\nother: %s\n", a.c_str(), b.c_str());
  fail(law);
}
inline void require_same(std::string_view a, std::string_view b, std::string_view law) {
  if (a != b) require_same_text(printable(a), printable(b), law);
}

}  // namespace fuzz
