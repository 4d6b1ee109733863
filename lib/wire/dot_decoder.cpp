// The dot decoder: clean lines in blocks of 64 octets, whatever is special about one by single steps.
#include "wire/dot_decoder.h"

#include "wire/scanner.h"

namespace ehlo {

// One call of feed: the cursor, and the span that is growing.
class DotDecoder::Pass {
 public:
  Pass(DotDecoder& decoder, Bytes input, SpanList& spans, Result& result) noexcept
      : d_(decoder),
        begin_(input.begin()),
        end_(input.end()),
        p_(begin_),
        kept_(begin_),
        spans_(spans),
        result_(result) {}

  void run() noexcept {
    do skip_clean();
    while (p_ != end_ && has_room() && step());
    flush();
    result_.consumed = static_cast<std::size_t>(p_ - begin_);
    d_.position_ += result_.consumed;
  }

 private:
  bool has_room() const noexcept { return spans_.cap - spans_.count >= 3; }
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
    const bool long_line = d_.line_limit_ != 0 && d_.line_octets_ + count > d_.line_limit_;
    const bool large = d_.message_limit_ != 0 && d_.octets_ + count > d_.message_limit_;
    if (long_line || large) take_beyond(at, long_line, large);
    d_.line_octets_ += count;
    d_.octets_ += count;
    p_ = to;
  }

  void take_beyond(std::uint64_t at, bool long_line, bool large) noexcept {
    const std::uint64_t line_left = d_.line_octets_ < d_.line_limit_ ? d_.line_limit_ - d_.line_octets_ : 0;
    const std::uint64_t message_left = d_.octets_ < d_.message_limit_ ? d_.message_limit_ - d_.octets_ : 0;
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

  // Takes lines that end with CR LF, are within the limits and need no more than their dot deleted. Stops before what
  // is not so; there the steps go on.
  void skip_clean() noexcept {
    if (d_.place_ == Place::after_bare || left() == 0 || !has_room()) return;
    if (end_ - begin_ <= static_cast<std::ptrdiff_t>(kBlock)) return;
    DotCut cut{begin_, p_, p_ + clean_room(), kept_, spans_.items + spans_.count, spans_.cap - spans_.count - 3};
    cut.open = d_.line_octets_;
    cut.longest = line_limit();
    // A line within a block is not measured, so limits below its size are for the steps.
    if (cut.longest < kBlock) return;
    // The scanner looks at the octet before. In front of the input stands a CR LF or what is of neither.
    if (p_ == begin_) {
      if (cut.stop == p_ || *p_ == '\n' || (*p_ == '.' && d_.place_ == Place::line_start)) return;
      ++cut.p;
      ++cut.open;
    }
    const Octet* const first = cut.p;
    take_blocks(cut);
    if (cut.p != first) finish(cut);
  }

  std::uint64_t line_limit() const noexcept {
    return d_.line_limit_ != 0 && !(d_.violations_ & kLongLine) ? d_.line_limit_ : UINT64_MAX;
  }
  // How many octets of the input are certainly within the limit of the message.
  std::size_t clean_room() const noexcept {
    if (d_.message_limit_ == 0 || (d_.violations_ & kTooLarge)) return left();
    const std::uint64_t room = d_.octets_ < d_.message_limit_ ? d_.message_limit_ - d_.octets_ : 0;
    return room < left() ? static_cast<std::size_t>(room) : left();
  }

  void take_blocks(DotCut& cut) noexcept {
    const Scanner& scan = scanner();
    do {
      const Octet* const from = cut.p;
      cut.line = from[-1] == '\n' ? from : nullptr;
      scan.delete_dots(cut);
      if (cut.line == nullptr) {
        cut.open += static_cast<std::uint64_t>(cut.p - from);
      } else {
        cut.open = static_cast<std::uint64_t>(cut.p - cut.line);
        // A dot that has been deleted is no part of its line.
        if (cut.open != 0 && *cut.line == '.') --cut.open;
      }
    } while (cut.stop - cut.p >= static_cast<std::ptrdiff_t>(kBlock) && take_long_line(cut, scan.read(cut.p)));
  }

  // A block where a line is near its limit, measured exactly. False: there is something else about it.
  static bool take_long_line(DotCut& cut, const LineBits& bits) noexcept {
    constexpr std::uint64_t kLast = std::uint64_t{1} << (kBlock - 1);
    const auto first_end = static_cast<std::uint64_t>(__builtin_ctzll(bits.lf | kLast)) + 1;
    if ((bits.unpaired | bits.dots) != 0 || cut.open + first_end > cut.longest) return false;
    cut.open = bits.lf == 0 ? cut.open + kBlock : static_cast<std::uint64_t>(__builtin_clzll(bits.lf));
    cut.p += kBlock;
    return true;
  }

  void finish(const DotCut& cut) noexcept {
    // A CR is taken together with its LF.
    const std::uint64_t held = cut.p[-1] == '\r';
    const Octet* const p = cut.p - held;
    spans_.count = static_cast<std::uint32_t>(cut.out - spans_.items);
    kept_ = cut.kept;
    d_.octets_ += static_cast<std::uint64_t>(p - p_) - cut.cuts;
    d_.line_octets_ = cut.open - held;
    d_.place_ = p[-1] == '\n' ? Place::line_start : Place::in_line;
    p_ = p;
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
    const Octet* at = scanner().find_cr_or_lf(p_, end_);
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
    if (d_.endings_ != LineEndings::normalize) {
      take(at + 1);
    } else {
      flush();
      spans_.items[spans_.count++] = {kCrlfOffset, 2};
      take(at + 1);
      // The LF that was not sent counts too.
      if (d_.line_limit_ != 0 && d_.line_octets_ + 1 > d_.line_limit_) note(kLongLine, position(at));
      if (d_.message_limit_ != 0 && d_.octets_ + 1 > d_.message_limit_) note(kTooLarge, position(at));
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
  Result& result_;
};

DotDecoder::Result DotDecoder::feed(Bytes input, SpanList& spans) noexcept {
  Result result;
  Pass(*this, input, spans, result).run();
  return result;
}

}  // namespace ehlo
