// Which word a line begins with in the eyes of a receiver that is more forgiving than we are: it skips white space in
// front, drops NUL, or ends lines at a bare CR or LF. Fed in pieces, so that a line need not be held.
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
  // How many letters of the word have been seen, all of them, or another one.
  static constexpr std::uint8_t kFound = 4, kOther = 5;

  static std::uint8_t next(std::uint8_t state, Octet c, const char* word) noexcept {
    if (state == kFound) return kFound;
    if (c == '\r' || c == '\n') return 0;
    if (state == kOther || c == 0 || (state == 0 && c <= ' ')) return state;
    // Bit 5 distinguishes the cases of a letter, and only a letter can fold into one.
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

// The first word, whatever stands in front of it and ends it.
inline Bytes first_word(Bytes line) noexcept {
  std::size_t begin = 0;
  while (begin < line.size && line[begin] <= ' ') ++begin;
  std::size_t end = begin;
  while (end < line.size && line[end] > ' ') ++end;
  return line.from(begin).first(end - begin);
}

}  // namespace ehlo
