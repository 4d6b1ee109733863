// Writes the content of a message as it is sent between 354 and the end of data (RFC 5321 4.5.2, 4.1.1.4, 2.3.8): as
// spans of the caller's buffer and constants, or copied.
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"
#include "wire/dot_decoder.h"
#include "wire/line_endings.h"

namespace ehlo {

// A dot at the start of a line is sent twice. For a bare CR or LF:
// - reject: an error, at the first one.
// - normalize: it becomes CR LF, so a line begins after it.
// - accept: it is sent unchanged and begins no line. But a following dot, with CR, LF or the end of the content after
//   it, is an error: a receiver that takes the bare octet for a line end would see a line of one dot.
//
// Some receivers drop NULs. So under every policy a dot after NULs at the start of a line is the same error, also with
// NULs after the dot. A dot after CR LF is safe, whatever follows, since it is doubled. As a result DotDecoder never
// reports EHLO_SEEN_FALSE_END for content that was sent. Other NULs are sent, unless they are refused.
class DotEncoder {
 public:
  // With room for EHLO_SPANS_MIN spans, or for this many octets, every call makes progress.
  static constexpr std::size_t kOctetsPerStep = 8;

  struct Result {
    std::size_t consumed = 0;  // all of the input unless the room ran out, it is above 2 GiB, or on an error
    Error error = EHLO_OK;     // bare_cr, bare_lf, false_end, nul
    std::uint64_t at = 0;      // with an error: octets from the start of the content, maybe of an earlier input
  };

  DotEncoder() noexcept = default;
  explicit DotEncoder(LineEndings endings, bool refuses_nul = false) noexcept
      : endings_(endings), refuses_nul_(refuses_nul) {}

  // Appends to `spans` what is to be sent for `input`; needs room for EHLO_SPANS_MIN. An octet may stand in two spans
  // (a doubled dot). A CR at the end of the input is consumed, and sent once the next input shows what it is. With
  // `last`, and once all input is consumed, ends the content: CR LF if the last line has none, then the end of data.
  // Where the room ran out before that, done() is false: repeat the call with the rest of the input, even if that is
  // empty. An error changes nothing: not the encoder, not spans.count; nothing of this input may be sent.
  Result encode(Bytes input, bool last, SpanList& spans) noexcept;

  // The same, copied out in one pass into `out`, at least kOctetsPerStep of `capacity`; `written` is what was produced,
  // 0 on an error. Octets after that may have been overwritten.
  Result copy(Bytes input, bool last, Octet* out, std::size_t capacity, std::size_t& written) noexcept;

  bool done() const noexcept { return done_; }               // the end of data has been given
  std::uint64_t octets() const noexcept { return octets_; }  // of content taken so far

 private:
  enum class Place : std::uint8_t {
    line_start,
    in_line,
    after_cr,     // after a CR that may be bare; under accept it has been sent already
    loose_start,  // some receivers see a line begin here: after a bare CR or LF that is sent, or NULs at a line_start
    dot           // after a dot at a loose_start, and NULs after it
  };
  template <class Sink>
  class Pass;
  template <class Sink>
  class CleanLines;  // the fast path: wire/fast

  std::uint64_t octets_ = 0;
  std::uint32_t since_dot_ = 0;  // Place::dot: octets from that dot to here
  LineEndings endings_ = EHLO_ENDING_REJECT;
  bool refuses_nul_ = false;
  Place place_ = Place::line_start;
  bool done_ = false;
};

}  // namespace ehlo
