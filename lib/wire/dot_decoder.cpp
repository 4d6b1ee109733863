// The dot decoder: one octet or one run of text after another. Clean lines may be taken by the fast path before.
#include "wire/dot_decoder.h"

#include "wire/special_octet.h"

#if EHLO_FAST
#include "wire/fast/decode_clean_lines.h"
#endif

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

  // Limits are reported at the first octet beyond them.
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

  // Takes what is clean before the single octets. Without the fast path that is nothing.
  void skip_clean() noexcept {
#if EHLO_FAST
    CleanLines<kStuffed>(d_, {begin_, static_cast<std::size_t>(end_ - begin_)}, spans_, p_, kept_).skip();
#endif
  }

  // Deletes the dot at p_.
  void skip_dot() noexcept {
    flush();
    kept_ = ++p_;
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
    const Octet* at = find_special_octet(p_, end_);
    for (; at != end_ && *at == '\0'; at = find_special_octet(p_, end_)) {
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
