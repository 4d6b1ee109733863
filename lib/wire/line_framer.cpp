// Searches for the end of a line.
#include "wire/line_framer.h"

#include "base/find_octet.h"

namespace ehlo {
namespace {

// The position after the next LF from `from`, 0 if there is none.
std::uint32_t behind_lf(Bytes input, std::uint32_t from) noexcept {
  if (from >= input.size) return 0;
  const Octet* const lf = find_octet(input.data + from, input.end(), '\n');
  return lf == input.end() ? 0 : static_cast<std::uint32_t>(lf - input.data) + 1;
}

}  // namespace

// The search is for LF alone: then a CR at the end of the input needs no state, since the next call shows it again.
LineFramer::Frame LineFramer::next(Bytes input, std::uint32_t limit, bool lf_ends) noexcept {
  if (discarded_ != 0) return discard(input, lf_ends);
  while (const std::uint32_t end = behind_lf(input, searched_)) {
    const bool crlf = end >= 2 && input[end - 2] == '\r';
    bare_lf_ |= !crlf;
    if (crlf || lf_ends) {
      Frame frame{end > limit ? Result::long_line : Result::line, bare_lf_, end - (crlf ? 2u : 1u), end, end};
      if (end > limit) [[unlikely]]
        frame.start.feed(input.first(end));
      searched_ = 0;
      bare_lf_ = false;
      return frame;
    }
    searched_ = end;
  }
  // As soon as the line has `limit` octets without an end it is too long: its end would be beyond. So an over-long line
  // is consumed, and the caller's buffer need not grow.
  if (input.size >= limit) return discard(input, lf_ends);
  searched_ = static_cast<std::uint32_t>(input.size);
  return {Result::need_more, bare_lf_, 0, 0, 0};
}

// Within an over-long line. Its octets are consumed and not shown again, so a CR at the end of the input is remembered.
LineFramer::Frame LineFramer::discard(Bytes input, bool lf_ends) noexcept {
  std::uint32_t from = 0;
  if (discarded_ == 0) {
    from = searched_;
    start_ = {};
  }
  searched_ = 0;
  while (const std::uint32_t end = behind_lf(input, from)) {
    const bool crlf = end >= 2 ? input[end - 2] == '\r' : after_cr_;
    bare_lf_ |= !crlf;
    if (crlf || lf_ends) {
      start_.feed(input.first(end));
      const Frame frame{Result::long_line, bare_lf_, 0, end, discarded_ + end, start_};
      discarded_ = 0;
      bare_lf_ = after_cr_ = false;
      return frame;
    }
    from = end;
  }
  if (input.size > 0) after_cr_ = input[input.size - 1] == '\r';
  start_.feed(input);
  discarded_ += input.size;
  return {Result::need_more, bare_lf_, 0, static_cast<std::uint32_t>(input.size), 0};
}

}  // namespace ehlo
