// Character classes of the RFC 5321 grammar as one table, and the scan of a run of one class.
#pragma once

#include <array>

#include "syntax/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

// The first CR, LF or NUL from `p`, or `end`: where the text of a reply line stops.
inline const Octet* find_text_end(const Octet* p, const Octet* end) noexcept {
#if defined(__SSE2__)
  const __m128i cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n'), nul = _mm_setzero_si128();
  for (; end - p >= 16; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf));
    const int hits = _mm_movemask_epi8(_mm_or_si128(ends, _mm_cmpeq_epi8(block, nul)));
    if (hits != 0) return p + __builtin_ctz(static_cast<unsigned>(hits));
  }
#endif
  while (p != end && *p != '\r' && *p != '\n' && *p != 0) ++p;
  return p;
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
