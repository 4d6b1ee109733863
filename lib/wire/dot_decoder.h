// Reads the content of a message as spans of the caller's buffer, and reports what is wrong with it: between the 354
// reply and CR LF . CR LF (RFC 5321 4.1.1.4, 4.5.2), or text in BDAT chunks (RFC 3030 2).
#pragma once

#include "ehlo_syntax_types.h"
#include "syntax/bytes.h"
#include "syntax/error.h"
#include "wire/line_endings.h"

namespace ehlo {

// Something that is wrong with content: a bit of EHLO_SEEN_*. EHLO_SEEN_FALSE_END is a line of one dot without CR LF on
// both sides, or one that has them only if NULs are dropped: some receivers take it for the end of data.
using Violation = std::uint8_t;
inline constexpr unsigned kViolationKinds = 6;

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
    Seen seen[kViolationKinds];  // new in this call, in the order in which they became certain
  };

  // The part of the state that is needed to continue a text later, without limits and repairs. It is smaller than a
  // decoder, for sessions that wait.
  class Carried {
    friend class DotDecoder;
    std::uint64_t position_ = 0;
    std::uint32_t since_dot_ = 0;
    std::uint8_t place_ = 0;
    std::uint8_t violations_ = 0;
  };

  DotDecoder() noexcept = default;
  explicit DotDecoder(const Carried& carried) noexcept
      : position_(carried.position_),
        since_dot_(carried.since_dot_),
        place_(static_cast<Place>(carried.place_)),
        violations_(carried.violations_) {}
  explicit DotDecoder(Limits limits) noexcept
      : message_limit_(limits.message_octets), line_limit_(limits.line_octets), endings_(limits.endings) {}

  // Appends the content of `input` to `spans`; needs room for three. Only CR LF ends a line, under every policy.
  Result feed(Bytes input, SpanList& spans) noexcept;

  // The same for text without doubled dots and without an end of data, such as that of BDAT. A dot after CR LF is
  // content like any other: whoever sends it with DATA doubles it. All input is consumed, even a CR at its end, since a
  // chunk may end there; its violation is reported in the next call. So this needs room for four. finish_text ends the
  // text.
  Result feed_text(Bytes input, SpanList& spans) noexcept;
  Result finish_text(SpanList& spans) noexcept;
  // Counts content that has no lines (BINARYMIME).
  void pass(std::uint64_t octets) noexcept { octets_ += octets; }

  Carried carried() const noexcept {
    Carried carried;
    carried.position_ = position_;
    carried.since_dot_ = since_dot_;
    carried.place_ = static_cast<std::uint8_t>(place_);
    carried.violations_ = violations_;
    return carried;
  }

  std::uint8_t violations() const noexcept { return violations_; }
  std::uint64_t octets() const noexcept { return octets_; }      // decoded so far
  std::uint64_t position() const noexcept { return position_; }  // of the wire content consumed

 private:
  enum class Place : std::uint8_t {
    line_start,   // of the content, or after CR LF
    loose_start,  // some receivers see a line begin here: after a bare CR or LF, or after NULs at a line_start
    in_line,
    dot,          // after a dot at a loose_start, and NULs after it
    deleted_dot,  // after a dot that was deleted, and NULs after it
    after_cr      // text: after a CR at the end of an input
  };
  template <bool kStuffed>
  class Pass;
  template <bool kStuffed>
  class CleanLines;  // the fast path: wire/fast

  std::uint64_t position_ = 0;  // of the wire content consumed
  std::uint64_t octets_ = 0;
  std::uint64_t line_octets_ = 0;
  std::uint64_t message_limit_ = 0;
  std::uint32_t line_limit_ = 0;
  std::uint32_t since_dot_ = 0;  // Place::dot and deleted_dot: octets from that dot to here
  LineEndings endings_ = EHLO_ENDING_ACCEPT;
  Place place_ = Place::line_start;
  std::uint8_t violations_ = 0;
};

}  // namespace ehlo
