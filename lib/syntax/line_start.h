// Whether a more lenient receiver could read a line as BDAT or AUTH: one that skips white space in front, drops NUL, or
// ends lines at a bare CR or LF. A chunk or a secret may follow such a line. Fed in pieces, so that a line that is too
// long need not be stored.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

class LineStart {
 public:
  void feed(Bytes part) noexcept {
    for (const Octet c : part) {
      bdat_ = next(bdat_, c, "BDAT");
      auth_ = next(auth_, c, "AUTH");
    }
  }
  bool has_bdat() const noexcept { return bdat_ == kFound; }
  bool has_auth() const noexcept { return auth_ == kFound; }

 private:
  // States: 0 to 3 letters of the word seen, the whole word seen, or another word.
  static constexpr std::uint8_t kFound = 4, kOther = 5;

  static std::uint8_t next(std::uint8_t state, Octet c, const char* word) noexcept {
    if (state == kFound) return kFound;
    if (c == '\r' || c == '\n') return 0;
    if (state == kOther || c == 0 || (state == 0 && c <= ' ')) return state;
    // Clearing bit 5 makes letters upper case, and makes no other octet a letter.
    return (c & 0xDF) == word[state] ? static_cast<std::uint8_t>(state + 1) : kOther;
  }

  std::uint8_t bdat_ = 0;
  std::uint8_t auth_ = 0;
};

inline LineStart start_of(Bytes line) noexcept {
  LineStart start;
  start.feed(line);
  return start;
}

// The first word. White space and control characters in front of it are skipped, and end it.
inline Bytes first_word(Bytes line) noexcept {
  std::size_t begin = 0;
  while (begin < line.size && line[begin] <= ' ') ++begin;
  std::size_t end = begin;
  while (end < line.size && line[end] > ' ') ++end;
  return line.from(begin).first(end - begin);
}

}  // namespace ehlo
