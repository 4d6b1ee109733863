// Character classes of the RFC 5321 grammar as one table, and the scan of a run of one class.
#pragma once

#include <array>

#include "syntax/bytes.h"

namespace ehlo {

enum CharClass : std::uint8_t {
  kAtext = 1,     // RFC 5322 3.2.3
  kLetDig = 2,    // ALPHA / DIGIT
  kQtext = 4,     // qtextSMTP (RFC 5321 4.1.2)
  kValue = 8,     // esmtp-value
  kKeyword = 16,  // ALPHA / DIGIT / "-"
  kXchar = 32,    // RFC 3461 4
  kBase64 = 64,   // without the pad
  kControl = 128  // C0 and DEL
};

inline constexpr std::array<std::uint8_t, 256> kCharClasses = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 128; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    std::uint8_t classes = 0;
    if (digit || letter) classes |= kAtext | kLetDig | kKeyword | kBase64;
    if (c == '-') classes |= kKeyword;
    if (c == '+' || c == '/') classes |= kBase64;
    if (std::string_view("!#$%&'*+-/=?^_`{|}~").find(static_cast<char>(c)) != std::string_view::npos) classes |= kAtext;
    if (c >= 32 && c <= 126 && c != '"' && c != '\\') classes |= kQtext;
    if (c >= 33 && c <= 126 && c != '=') classes |= kValue;
    if (c >= 33 && c <= 126 && c != '=' && c != '+') classes |= kXchar;
    if (c < 32 || c == 127) classes |= kControl;
    table[c] = classes;
  }
  return table;
}();

constexpr bool is(Octet c, std::uint8_t classes) noexcept { return (kCharClasses[c] & classes) != 0; }

// The first octet from `p` that is not of the class, or `end`.
inline const Octet* run_end(const Octet* p, const Octet* end, std::uint8_t classes) noexcept {
  while (p != end && is(*p, classes)) ++p;
  return p;
}

// The last octet of the run that begins at `p`, or `p` itself where it is not of the class. A Ragel action sets its
// cursor to it: the machine sees one octet of a long token and stays in the state it would have reached.
inline const Octet* run_last(const Octet* p, const Octet* end, std::uint8_t classes) noexcept {
  const Octet* stop = run_end(p, end, classes);
  return stop == p ? p : stop - 1;
}

inline bool has_control(Bytes text) noexcept {
  for (const Octet c : text)
    if (is(c, kControl)) return true;
  return false;
}

// Tabs and printable ASCII.
inline bool is_printable(Bytes text) noexcept {
  for (const Octet c : text)
    if (c != '\t' && (c < 32 || c > 126)) return false;
  return true;
}

}  // namespace ehlo
