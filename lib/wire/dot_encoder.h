// Content of a message as it goes over the wire between 354 and the end of data (RFC 5321 4.5.2, 4.1.1.4, 2.3.8), as
// spans of the caller's buffer and constants, or copied out.
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"
#include "wire/dot_decoder.h"
#include "wire/line_endings.h"

namespace ehlo {

// A dot at the start of a line is sent twice. What a CR or LF that is not of a CR LF does is the policy:
// reject: it is the error, the first of them with its position.
// normalize: it becomes CR LF before dots are doubled, so it does begin a line.
// accept: it is sent as it is and begins no line. A dot behind it, with CR or LF or the end of the content behind that,
//   would be a line of one dot for a receiver that reads bare CR or LF as a line end: it is the error, at the dot.
// Under every policy the same holds for a dot behind NULs at the start of a line, and NULs may stand behind the dot:
// some receivers drop them. A dot behind CR LF is no such danger, whatever follows: every receiver sees two. So no
// content that is sent under any policy makes DotDecoder report EHLO_SEEN_FALSE_END. Other NULs are sent, unless they
// are refused.
class DotEncoder {
 public:
  // With room for EHLO_SPANS_MIN spans, or so many octets, every call gets on.
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
  // Where not all was consumed or the room ran out before that, done() is false and the call is to be repeated with the
  // rest, even if that is empty. On an error nothing has changed: not the encoder, not spans.count; nothing of this
  // input may be sent.
  Result encode(Bytes input, bool last, SpanList& spans) noexcept;

  // The same, copied out in one pass into `out`, at least kOctetsPerStep of `capacity`; `written` is what was produced,
  // 0 on an error. Octets behind that may have been overwritten.
  Result copy(Bytes input, bool last, Octet* out, std::size_t capacity, std::size_t& written) noexcept;

  bool done() const noexcept { return done_; }               // the end of data has been given
  std::uint64_t octets() const noexcept { return octets_; }  // of content taken so far

 private:
  enum class Place : std::uint8_t {
    line_start,
    in_line,
    after_cr,     // not known yet whether of a CR LF; sent already under accept, where it goes out either way
    loose_start,  // where some receivers see a line begin: behind a bare CR or LF that is sent, or NULs at a line_start
    dot           // behind the dot at a loose_start, NULs aside
  };
  template <class Sink>
  class Pass;
  template <class Sink>
  class CleanLines;  // the fast path: wire/fast

  std::uint64_t octets_ = 0;
  std::uint32_t since_dot_ = 0;  // octets from the dot that place_ is about to here
  LineEndings endings_ = EHLO_ENDING_REJECT;
  bool refuses_nul_ = false;
  Place place_ = Place::line_start;
  bool done_ = false;
};

}  // namespace ehlo
