// The dot decoder: clean lines in blocks of 64 octets, whatever is special about one by single steps.
#include "wire/dot_decoder.h"

#include "wire/scanner.h"

namespace ehlo {

// One call: the cursor, and the span that is growing.
template <bool kStuffed>
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
    leave();
  }

  // The end of text: what is still open is as if another line began.
  void finish() noexcept {
    if (d_.place_ == Place::after_cr) note_bare_cr();
    if (d_.place_ == Place::dot) note_false_end();
    leave();
  }

 private:
  void leave() noexcept {
    flush();
    result_.consumed = static_cast<std::size_t>(p_ - begin_);
    d_.position_ += result_.consumed;
  }
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

  // Counts p_..to as content of this line and moves on.
  void take(const Octet* to) noexcept {
    add(static_cast<std::uint64_t>(to - p_), position(p_));
    p_ = to;
  }

  // Limits are told at the first octet beyond them.
  void add(std::uint64_t count, std::uint64_t at) noexcept {
    const bool long_line = d_.line_limit_ != 0 && d_.line_octets_ + count > d_.line_limit_;
    const bool large = d_.message_limit_ != 0 && d_.octets_ + count > d_.message_limit_;
    if (long_line || large) take_beyond(at, long_line, large);
    d_.line_octets_ += count;
    d_.octets_ += count;
  }

  void take_beyond(std::uint64_t at, bool long_line, bool large) noexcept {
    const std::uint64_t line_left = d_.line_octets_ < d_.line_limit_ ? d_.line_limit_ - d_.line_octets_ : 0;
    const std::uint64_t message_left = d_.octets_ < d_.message_limit_ ? d_.message_limit_ - d_.octets_ : 0;
    const bool line_first = long_line && (!large || line_left <= message_left);
    if (line_first) note(EHLO_SEEN_LONG_LINE, at + line_left);
    if (large) note(EHLO_SEEN_TOO_LARGE, at + message_left);
    if (long_line) note(EHLO_SEEN_LONG_LINE, at + line_left);
  }

  // Deletes the dot at p_.
  void skip_dot() noexcept {
    flush();
    kept_ = ++p_;
  }

  // Takes lines that end with CR LF, are within the limits and need no more than their dot deleted. Stops before what
  // is not so; there the steps go on.
  void skip_clean() noexcept {
    const bool is_clean = d_.place_ == Place::line_start || d_.place_ == Place::in_line;
    if (!is_clean || left() == 0 || !has_room()) return;
    if (end_ - begin_ <= static_cast<std::ptrdiff_t>(kBlock)) return;
    DotCut cut{begin_, p_, p_ + clean_room(), kept_, spans_.items + spans_.count, spans_.cap - spans_.count - 3};
    cut.open = d_.line_octets_;
    cut.longest = line_limit();
    // A line within a block is not measured, so limits below its size are for the steps.
    if (cut.longest < kBlock) return;
    // The scanner looks at the octet before. In front of the input stands a CR LF or what is of neither.
    if (p_ == begin_) {
      if (cut.stop == p_ || *p_ == '\n' || *p_ == '\0' || (kStuffed && *p_ == '.' && d_.place_ == Place::line_start))
        return;
      ++cut.p;
      ++cut.open;
    }
    const Octet* const first = cut.p;
    take_blocks(cut);
    if (cut.p != first) finish(cut);
  }

  std::uint64_t line_limit() const noexcept {
    return d_.line_limit_ != 0 && !(d_.violations_ & EHLO_SEEN_LONG_LINE) ? d_.line_limit_ : UINT64_MAX;
  }
  // How many octets of the input are certainly within the limit of the message.
  std::size_t clean_room() const noexcept {
    if (d_.message_limit_ == 0 || (d_.violations_ & EHLO_SEEN_TOO_LARGE)) return left();
    const std::uint64_t room = d_.octets_ < d_.message_limit_ ? d_.message_limit_ - d_.octets_ : 0;
    return room < left() ? static_cast<std::size_t>(room) : left();
  }

  void take_blocks(DotCut& cut) noexcept {
    const Scanner& scan = scanner();
    do {
      const Octet* const from = cut.p;
      cut.line = from[-1] == '\n' ? from : nullptr;
      if constexpr (kStuffed)
        scan.delete_dots(cut);
      else
        scan.pass_dots(cut);
      if (cut.line == nullptr) {
        cut.open += static_cast<std::uint64_t>(cut.p - from);
      } else {
        cut.open = static_cast<std::uint64_t>(cut.p - cut.line);
        // A dot that has been deleted is no part of its line.
        if (kStuffed && cut.open != 0 && *cut.line == '.') --cut.open;
      }
    } while (cut.stop - cut.p >= static_cast<std::ptrdiff_t>(kBlock) && take_long_line(cut, scan.read(cut.p)));
  }

  // A block where a line is near its limit, measured exactly. False: there is something else about it.
  static bool take_long_line(DotCut& cut, const LineBits& bits) noexcept {
    constexpr std::uint64_t kLast = std::uint64_t{1} << (kBlock - 1);
    const auto first_end = static_cast<std::uint64_t>(__builtin_ctzll(bits.lf | kLast)) + 1;
    if ((bits.odd | (kStuffed ? bits.dots : 0)) != 0 || cut.open + first_end > cut.longest) return false;
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

  // Each step consumes something, or changes the place, or gives false to wait for more.
  bool step() noexcept {
    switch (d_.place_) {
      case Place::line_start: return at_line_start();
      case Place::loose_start: return at_loose_start();
      case Place::dot:
      case Place::deleted_dot: return behind_dot();
      case Place::after_cr: return behind_cr();
      case Place::in_line: break;
    }
    return scan_line();
  }

  bool at_line_start() noexcept {
    if (*p_ == '\0') return take_nuls(Place::loose_start);
    return kStuffed && *p_ == '.' ? dot_at_start() : enter_line();
  }

  // A dot here is content: deleting it could make an end of data for the next hop.
  bool at_loose_start() noexcept {
    if (*p_ == '\0') return take_nuls(Place::loose_start);
    return *p_ == '.' ? take_dot() : enter_line();
  }

  bool behind_dot() noexcept {
    if (*p_ == '\0') return take_nuls(d_.place_);
    // Behind the dot that was deleted the next one is what is left of the line.
    if (*p_ == '.' && d_.place_ == Place::deleted_dot) return take_dot();
    if (*p_ == '\r' || *p_ == '\n') note_false_end();
    return enter_line();
  }

  // The CR before p_ was the end of an input, and is of a CR LF or not.
  bool behind_cr() noexcept {
    if (*p_ == '\n') {
      if (repairs())
        give_crlf(position(p_) - 1, position(p_), 1);
      else
        take(p_ + 1);
      return end_line();
    }
    note_bare_cr();
    return true;
  }
  void note_bare_cr() noexcept {
    const std::uint64_t at = position(p_) - 1;
    if (repairs()) give_crlf(at, at, 0);
    note(EHLO_SEEN_BARE_CR, at);
    begin_loose_line();
  }
  bool take_last_cr() noexcept {
    if (repairs()) {
      flush();
      kept_ = ++p_;
    } else {
      take(p_ + 1);
    }
    return go(Place::after_cr);
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
    d_.since_dot_ = 0;
    if (p_[1] == '\r' || p_[1] == '\n') note_false_end();
    skip_dot();
    d_.since_dot_ = 1;
    return go(p_[0] == '\0' ? Place::deleted_dot : Place::in_line);
  }

  bool enter_line() noexcept {
    d_.place_ = Place::in_line;
    return scan_line();
  }

  bool scan_line() noexcept {
    const Octet* at = scanner().find_special(p_, end_);
    for (; at != end_ && *at == '\0'; at = scanner().find_special(p_, end_)) {
      take(at);
      take_nuls(Place::in_line);
    }
    if (at == end_) {
      take(end_);
      return false;
    }
    if (*at == '\r') {
      if (at + 1 == end_) {
        take(at);
        return !kStuffed && take_last_cr();
      }
      if (at[1] == '\n') {
        take(at + 2);
        return end_line();
      }
    }
    return bare(at);
  }

  // An octet counts before it is known to be bare: a CR at the end of an input does.
  bool bare(const Octet* at) noexcept {
    take(at);
    if (repairs())
      give_crlf(position(at), position(at), 1);
    else
      take(at + 1);
    note(*at == '\r' ? EHLO_SEEN_BARE_CR : EHLO_SEEN_BARE_LF, position(at));
    begin_loose_line();
    return true;
  }

  bool repairs() const noexcept { return d_.endings_ == EHLO_ENDING_NORMALIZE; }
  bool go(Place place) noexcept {
    d_.place_ = place;
    return true;
  }
  bool end_line() noexcept {
    d_.line_octets_ = 0;
    return go(Place::line_start);
  }
  void begin_loose_line() noexcept {
    if (repairs()) d_.line_octets_ = 0;
    d_.place_ = Place::loose_start;
  }
  // CR LF in the place of the next `count` octets, and the positions of what CR and LF stand for.
  void give_crlf(std::uint64_t cr, std::uint64_t lf, std::size_t count) noexcept {
    flush();
    spans_.items[spans_.count++] = {EHLO_OFF_CRLF, 2};
    add(1, cr);
    add(1, lf);
    p_ += count;
    kept_ = p_;
  }
  bool take_dot() noexcept {
    take(p_ + 1);
    d_.since_dot_ = 1;
    return go(Place::dot);
  }
  bool take_nuls(Place place) noexcept {
    note(EHLO_SEEN_NUL, position(p_));
    const Octet* to = p_;
    while (to != end_ && *to == '\0') ++to;
    const auto count = static_cast<std::uint64_t>(to - p_);
    d_.since_dot_ = count < UINT32_MAX - d_.since_dot_ ? d_.since_dot_ + static_cast<std::uint32_t>(count) : UINT32_MAX;
    take(to);
    return go(place);
  }
  void note_false_end() noexcept { note(EHLO_SEEN_FALSE_END, position(p_) - d_.since_dot_); }

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
  Pass<true>(*this, input, spans, result).run();
  return result;
}

DotDecoder::Result DotDecoder::feed_text(Bytes input, SpanList& spans) noexcept {
  Result result;
  Pass<false>(*this, input, spans, result).run();
  return result;
}

DotDecoder::Result DotDecoder::finish_text(SpanList& spans) noexcept {
  Result result;
  Pass<false>(*this, {}, spans, result).finish();
  return result;
}

}  // namespace ehlo
