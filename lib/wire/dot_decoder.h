// Message content between the 354 reply and CR LF . CR LF (RFC 5321 4.1.1.4, 4.5.2), as spans of the caller's buffer.
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"
#include "wire/line_endings.h"

namespace ehlo {

// What may be wrong with content; the bits are those of EHLO_SEEN_*.
enum Violation : std::uint8_t {
  kBareLf = 1,
  kBareCr = 2,
  kLongLine = 4,
  kTooLarge = 8,
  // A line of one dot that is not framed by CR LF on both sides: what some receiver takes for the end of data.
  kFalseEnd = 16
};
inline constexpr unsigned kViolationKinds = 5;

// The array that a call fills.
struct SpanList {
  Span* items = nullptr;
  std::uint32_t cap = 0;
  std::uint32_t count = 0;
};

class DotDecoder {
 public:
  struct Limits {
    std::uint32_t line_octets;     // with CRLF, without a deleted dot; 0: none
    std::uint64_t message_octets;  // decoded; 0: none
    LineEndings endings;           // normalize repairs, the others pass on
  };
  struct Seen {
    Violation kind;
    std::uint64_t at;  // octets from the start of the wire content
  };
  struct Result {
    std::size_t consumed = 0;  // the rest, at most three octets unless the spans ran out, is to be shown again
    bool done = false;         // the end of data was consumed
    std::uint8_t seen_count = 0;
    Seen seen[kViolationKinds];  // new in this call, by position
  };

  DotDecoder() noexcept = default;
  explicit DotDecoder(Limits limits) noexcept
      : message_limit_(limits.message_octets), line_limit_(limits.line_octets), endings_(limits.endings) {}

  // Appends the content of `input` to `spans`; needs room for three. Where a line ends is decided by CR LF alone.
  Result feed(Bytes input, SpanList& spans) noexcept;

  std::uint8_t violations() const noexcept { return violations_; }
  std::uint64_t octets() const noexcept { return octets_; }      // decoded so far
  std::uint64_t position() const noexcept { return position_; }  // of the wire content consumed

 private:
  enum class Place : std::uint8_t { line_start, in_line, after_bare };
  class Pass;

  std::uint64_t position_ = 0;  // of the wire content consumed
  std::uint64_t octets_ = 0;
  std::uint64_t line_octets_ = 0;
  std::uint64_t message_limit_ = 0;
  std::uint32_t line_limit_ = 0;
  LineEndings endings_ = LineEndings::accept;
  Place place_ = Place::line_start;
  std::uint8_t violations_ = 0;
};

}  // namespace ehlo
