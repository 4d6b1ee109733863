// The dot decoder: a state machine whose state is DotDecoder::Place. A step takes one octet or one run of text. The
// fast path (wire/fast) may take clean lines before.
//
// Cut independence: what a step decides depends on the place and on octets that are here. Where the next octets decide
// (after a dot or a CR) the step waits, and the caller shows those octets again with more after them.
#include "wire/dot_decoder.h"

#include "wire/special_octet.h"

#if EHLO_FAST
#include "wire/fast/decode_clean_lines.h"
#endif

namespace ehlo {

// One call of feed: the cursor, and the span that is growing. kStuffed: the content of DATA, with doubled dots and an
// end; else text of BDAT.
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

  // The end of a text without an end of data. A CR before it is bare. A line of one dot is a false end: whoever sends
  // the text with DATA adds CR LF after it.
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
  // A step adds two spans at most, and leave() one.
  bool has_room() const noexcept { return spans_.cap - spans_.count >= 3; }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - p_); }
  std::uint64_t position(const Octet* at) const noexcept {
    return d_.position_ + static_cast<std::uint64_t>(at - begin_);
  }

  // Only the first of each kind, so that the array of a call has a fixed size.
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

  // A run of text may pass both limits. They are reported in the order of their positions, as if the run had come octet
  // by octet; at the same position the line comes first.
  void take_beyond(std::uint64_t at, bool long_line, bool large) noexcept {
    const std::uint64_t line_left = d_.line_octets_ < d_.line_limit_ ? d_.line_limit_ - d_.line_octets_ : 0;
    const std::uint64_t message_left = d_.octets_ < d_.message_limit_ ? d_.message_limit_ - d_.octets_ : 0;
    const bool line_first = long_line && (!large || line_left <= message_left);
    if (line_first) note(EHLO_SEEN_LONG_LINE, at + line_left);
    if (large) note(EHLO_SEEN_TOO_LARGE, at + message_left);
    if (long_line) note(EHLO_SEEN_LONG_LINE, at + line_left);
  }

  // Takes as many clean lines as the fast path can.
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

  // Consumes octets or changes the place, so that the loop ends. False: more input is needed, or the end of data came.
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
    // The line is a dot, NULs, and another dot. A receiver that drops NULs and deletes the first dot sees a line that
    // begins with the second.
    if (*p_ == '.' && d_.place_ == Place::deleted_dot) return take_dot();
    if (*p_ == '\r' || *p_ == '\n') note_false_end();
    return enter_line();
  }

  // The CR before p_ ended an input of feed_text, which consumed it. Now its LF is here, or it was bare.
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
  // A CR at the end of the input, of text that holds nothing back. A repair leaves it out of the spans until the next
  // octet decides, and writes CR LF then.
  bool take_last_cr() noexcept {
    if (repairs()) {
      flush();
      kept_ = ++p_;
    } else {
      take(p_ + 1);
    }
    return go(Place::after_cr);
  }

  // RFC 5321 4.5.2: a dot at the start of a line is the end of data with CR LF after it, else it is deleted. Waits
  // until the octets that decide are here.
  bool dot_at_start() noexcept {
    if (left() < 2 || (p_[1] == '\r' && left() < 3)) return false;
    if (p_[1] == '\r' && p_[2] == '\n') {
      flush();
      p_ += 3;
      kept_ = p_;
      result_.done = true;
      return false;
    }
    // The dot is at p_ now, so its distance is 0; after skip_dot it is one octet back. Only NULs keep the distance in
    // use: any other octet shows that this is not a line of one dot.
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

  // Takes text up to the end of the line. A CR at the end of the input is held back until its LF may be here.
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

  // The octet is counted for the limits before the violation is noted, in the order in which these become certain when
  // the input is cut after a CR.
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
  // Without a repair the limit counts on across a bare CR or LF: only CR LF ends a line (RFC 5321 2.3.8).
  void begin_loose_line() noexcept {
    if (repairs()) d_.line_octets_ = 0;
    d_.place_ = Place::loose_start;
  }
  // Gives CR LF in place of the next `count` octets. `cr` and `lf` are the positions where a limit that they pass is
  // reported.
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
  // NULs are content, but some receivers drop them: so the place stays as if they were not here. The distance to the
  // dot saturates rather than wraps around.
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
