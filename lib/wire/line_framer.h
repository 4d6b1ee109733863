// Finds the end of a line in the program's buffer. It remembers how far it has searched, so that a line which comes
// octet by octet costs linear time. A line that is too long is counted and dropped, not stored.
#pragma once

#include "syntax/line_start.h"
#include "wire/line_endings.h"

namespace ehlo {

class LineFramer {
 public:
  enum class Result : std::uint8_t {
    need_more,  // `consumed` octets of an over-long line were dropped, else 0
    line,       // input[0, length) is a line, input[0, consumed) with its line ending
    long_line   // an over-long line of `total` octets ended within input[0, consumed)
  };
  struct Frame {
    Result result;
    bool bare_lf;  // the line contains or is ended by an LF without CR
    std::uint32_t length;
    std::uint32_t consumed;
    std::uint64_t total;
    LineStart start{};  // long_line: of the whole line
  };

  // `input` begins where the last line ended. `limit` counts the line ending. With `lf_ends` a bare LF ends a line.
  Frame next(Bytes input, std::uint32_t limit, bool lf_ends) noexcept;

  // Gives back a line that was found but cannot be handled yet. The next call finds it at once: the search continues at
  // its LF.
  void keep(const Frame& frame) noexcept {
    searched_ = frame.consumed - 1;
    bare_lf_ = frame.bare_lf;
  }

  // Octets of the over-long line so far.
  std::uint64_t discarded() const noexcept { return discarded_; }

 private:
  Frame discard(Bytes input, bool lf_ends) noexcept;

  std::uint64_t discarded_ = 0;  // 0: not within an over-long line
  std::uint32_t searched_ = 0;
  bool bare_lf_ = false;
  bool after_cr_ = false;  // an over-long line was cut after a CR
  LineStart start_;        // of the over-long line so far
};

}  // namespace ehlo
