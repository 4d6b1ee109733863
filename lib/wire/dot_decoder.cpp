// The dot decoder: from one line ending to the next, looking at single octets only where a line begins or ends.
#include "wire/dot_decoder.h"

#include "wire/scan.h"

namespace ehlo {

// One call of feed: the cursor, and the span that is growing.
class DotDecoder::Pass {
 public:
  Pass(DotDecoder& decoder, Bytes input, SpanList& spans) noexcept
      : d_(decoder), begin_(input.begin()), end_(input.end()), p_(begin_), kept_(begin_), spans_(spans) {}

  Result run() noexcept {
    while (p_ != end_ && spans_.cap - spans_.count >= 3 && step()) {
    }
    flush();
    result_.consumed = static_cast<std::size_t>(p_ - begin_);
    d_.position_ += result_.consumed;
    return result_;
  }

 private:
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - p_); }
  std::uint64_t position(const Octet* at) const noexcept {
    return d_.position_ + static_cast<std::uint64_t>(at - begin_);
  }

  void note(Violation kind, std::uint64_t at) noexcept {
    if (d_.violations_ & kind) return;
    d_.violations_ |= kind;
    result_.seen[result_.seen_count++] = {kind, at};
  }

  // Gives kept_..p_ to the caller.
  void flush() noexcept {
    if (p_ == kept_) return;
    spans_.items[spans_.count++] = {static_cast<std::uint32_t>(kept_ - begin_), static_cast<std::uint32_t>(p_ - kept_)};
    kept_ = p_;
  }

  // Counts p_..to as content of this line and moves on. Limits are told at the first octet beyond them.
  void take(const Octet* to) noexcept {
    const auto count = static_cast<std::uint64_t>(to - p_);
    const std::uint64_t at = position(p_);
    const bool long_line = d_.limits_.line_octets != 0 && d_.line_octets_ + count > d_.limits_.line_octets;
    const bool large = d_.limits_.message_octets != 0 && d_.octets_ + count > d_.limits_.message_octets;
    if (long_line || large) take_beyond(at, long_line, large);
    d_.line_octets_ += count;
    d_.octets_ += count;
    p_ = to;
  }

  void take_beyond(std::uint64_t at, bool long_line, bool large) noexcept {
    const std::uint64_t line_left =
        d_.line_octets_ < d_.limits_.line_octets ? d_.limits_.line_octets - d_.line_octets_ : 0;
    const std::uint64_t message_left =
        d_.octets_ < d_.limits_.message_octets ? d_.limits_.message_octets - d_.octets_ : 0;
    const bool line_first = long_line && (!large || line_left <= message_left);
    if (line_first) note(kLongLine, at + line_left);
    if (large) note(kTooLarge, at + message_left);
    if (long_line) note(kLongLine, at + line_left);
  }

  // Deletes the dot at p_.
  void skip_dot() noexcept {
    flush();
    kept_ = ++p_;
  }

  // Each step consumes something or gives false to wait for more.
  bool step() noexcept {
    if (d_.place_ == Place::in_line) return scan_line();
    if (*p_ == '.') return d_.place_ == Place::line_start ? dot_at_start() : dot_after_bare();
    d_.place_ = Place::in_line;
    return scan_line();
  }

  bool dot_at_start() noexcept {
    if (left() < 2 || (p_[1] == '\r' && left() < 3)) return false;
    if (p_[1] == '\r' && p_[2] == '\n') {
      flush();
      p_ += 3;
      kept_ = p_;
      result_.done = true;
      return false;
    }
    if (p_[1] == '\r' || p_[1] == '\n') note(kFalseEnd, position(p_));
    skip_dot();
    d_.place_ = Place::in_line;
    return true;
  }

  // A dot behind a bare CR or LF is content: deleting it could make an end of data for the next hop.
  bool dot_after_bare() noexcept {
    if (left() < 2) return false;
    if (p_[1] == '\r' || p_[1] == '\n') note(kFalseEnd, position(p_));
    take(p_ + 1);
    d_.place_ = Place::in_line;
    return true;
  }

  bool scan_line() noexcept {
    const Octet* at = find_cr_or_lf(p_, end_);
    if (at == end_) {
      take(end_);
      return false;
    }
    if (*at == '\r') {
      if (at + 1 == end_) {
        take(at);
        return false;
      }
      if (at[1] == '\n') {
        take(at + 2);
        d_.place_ = Place::line_start;
        d_.line_octets_ = 0;
        return true;
      }
    }
    return bare(at);
  }

  bool bare(const Octet* at) noexcept {
    take(at);
    note(*at == '\r' ? kBareCr : kBareLf, position(at));
    if (d_.limits_.endings != LineEndings::normalize) {
      take(at + 1);
    } else {
      flush();
      spans_.items[spans_.count++] = {kCrlfOffset, 2};
      take(at + 1);
      ++d_.octets_;
      d_.line_octets_ = 0;
      kept_ = p_;
    }
    d_.place_ = Place::after_bare;
    return true;
  }

  DotDecoder& d_;
  const Octet* const begin_;
  const Octet* const end_;
  const Octet* p_;
  const Octet* kept_;  // where the growing span begins
  SpanList& spans_;
  Result result_;
};

DotDecoder::Result DotDecoder::feed(Bytes input, SpanList& spans) noexcept { return Pass(*this, input, spans).run(); }

}  // namespace ehlo
