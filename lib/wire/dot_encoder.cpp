// The dot encoder: a state machine whose state is DotEncoder::Place. A step takes one octet or one run of text. The
// fast path (wire/fast) may take clean lines before.
#include "wire/dot_encoder.h"

#include "wire/dot_encoder_sink.h"
#include "wire/special_octet.h"

#if EHLO_FAST
#include "wire/fast/encode_clean_lines.h"
#endif

namespace ehlo {

// One call: the cursor, and copies of the encoder's state, which are stored only where there is no error. So an error
// leaves the encoder unchanged.
template <class Sink>
class DotEncoder::Pass {
 public:
  Pass(DotEncoder& encoder, Bytes input, Sink& sink, Result& result) noexcept
      : e_(encoder),
        begin_(input.begin()),
        end_(input.end()),
        p_(begin_),
        place_(encoder.place_),
        since_dot_(encoder.since_dot_),
        sink_(sink),
        result_(result) {}

  void run(bool last) noexcept {
    if (e_.done_) return;
    take_input();
    const bool ended = last && p_ == end_ && sink_.has_room() && end_content();
    if (result_.error != EHLO_OK) return;
    sink_.commit(p_);
    result_.consumed = static_cast<std::size_t>(p_ - begin_);
    e_.octets_ += result_.consumed;
    e_.place_ = place_;
    e_.since_dot_ = since_dot_;
    e_.done_ = ended;
  }

 private:
  void take_input() noexcept {
    while (p_ != end_ && sink_.has_room()) {
      skip_clean();
      if (p_ != end_ && sink_.has_room() && !step()) return;
    }
  }

  bool accepts() const noexcept { return e_.endings_ == EHLO_ENDING_ACCEPT; }

  // Reports an error `before` octets in front of the cursor. Always false.
  bool fail(Error error, std::uint64_t before) noexcept {
    result_.error = error;
    result_.at = e_.octets_ + static_cast<std::uint64_t>(p_ - begin_) - before;
    return false;
  }

  void text(const Octet* to, Place place) noexcept {
    sink_.text(p_, to);
    p_ = to;
    place_ = place;
  }
  // Leaves out the octet at p_.
  void skip(Place place) noexcept {
    sink_.skip(p_++);
    place_ = place;
  }

  bool fail_at_dot() noexcept { return fail(EHLO_E_FALSE_END, since_dot_); }

  // Takes as many clean lines as the fast path can.
  void skip_clean() noexcept {
#if EHLO_FAST
    CleanLines<Sink>(e_.endings_, {begin_, static_cast<std::size_t>(end_ - begin_)}, sink_, p_, place_).skip();
#endif
  }

  // Consumes octets or changes the place, so that the loop ends. False: an error. NUL is first, since it changes no
  // place but a line start; then the ends of lines, which make a line of one dot an error.
  bool step() noexcept {
    if (place_ == Place::after_cr) return take_behind_cr();
    if (*p_ == '\0') return take_nuls();
    if (*p_ == '\r') return place_ == Place::dot ? fail_at_dot() : take_cr();
    if (*p_ == '\n') return place_ == Place::dot ? fail_at_dot() : take_bare_lf();
    if (*p_ == '.' && place_ == Place::line_start) {
      sink_.twice(p_++);
      place_ = Place::in_line;
    } else if (*p_ == '.' && place_ == Place::loose_start) {
      text(p_ + 1, Place::dot);
      since_dot_ = 1;
    } else {
      take_text();
    }
    return true;
  }

  // Text within a line, where a NUL is no danger.
  void take_text() noexcept {
    const Octet* const end = sink_.reach(p_, end_);
    const Octet* to = find_special_octet(p_, end);
    while (!e_.refuses_nul_ && to != end && *to == '\0') to = find_special_octet(to + 1, end);
    text(to, Place::in_line);
  }

  // NULs at the start of a line: a dot after them begins the line for receivers that drop NULs.
  bool take_nuls() noexcept {
    if (e_.refuses_nul_) return fail(EHLO_E_NUL, 0);
    const Octet* const end = sink_.reach(p_, end_);
    const Octet* to = p_;
    while (to != end && *to == '\0') ++to;
    const auto count = static_cast<std::uint64_t>(to - p_);
    since_dot_ = count < UINT32_MAX - since_dot_ ? since_dot_ + static_cast<std::uint32_t>(count) : UINT32_MAX;
    text(to, place_ == Place::line_start ? Place::loose_start : place_);
    return true;
  }

  // A CR without its LF here: the next octet, maybe of the next input, decides whether it is bare. Under accept it is
  // sent in either case, so it need not wait.
  bool take_cr() noexcept {
    if (end_ - p_ >= 2 && p_[1] == '\n')
      text(p_ + 2, Place::line_start);
    else if (accepts())
      text(p_ + 1, Place::after_cr);
    else
      skip(Place::after_cr);
    return true;
  }

  // The octet after a CR decides: an LF, or the CR was bare.
  bool take_behind_cr() noexcept {
    if (*p_ != '\n') return take_bare_cr();
    if (accepts()) {
      text(p_ + 1, Place::line_start);
    } else {
      sink_.crlf(p_);
      skip(Place::line_start);
    }
    return true;
  }

  // Consumes nothing: the octet at p_ is the first of the next line.
  bool take_bare_cr() noexcept {
    if (e_.endings_ == EHLO_ENDING_REJECT) return fail(EHLO_E_BARE_CR, 1);
    if (!accepts()) sink_.crlf(p_);
    place_ = accepts() ? Place::loose_start : Place::line_start;
    return true;
  }

  bool take_bare_lf() noexcept {
    if (e_.endings_ == EHLO_ENDING_REJECT) return fail(EHLO_E_BARE_LF, 0);
    if (accepts()) {
      text(p_ + 1, Place::loose_start);
    } else {
      sink_.crlf(p_);
      skip(Place::line_start);
    }
    return true;
  }

  bool end_content() noexcept {
    if (place_ == Place::after_cr && e_.endings_ == EHLO_ENDING_REJECT) return fail(EHLO_E_BARE_CR, 1);
    // The CR LF below would make it a line of one dot.
    if (place_ == Place::dot) return fail_at_dot();
    // Under normalize this is also the CR LF for a bare CR at the end, which was left out.
    if (place_ != Place::line_start) sink_.crlf(p_);
    sink_.end(p_);
    return true;
  }

  DotEncoder& e_;
  const Octet* const begin_;
  const Octet* const end_;
  const Octet* p_;
  Place place_;
  std::uint32_t since_dot_;
  Sink& sink_;
  Result& result_;
};

DotEncoder::Result DotEncoder::encode(Bytes input, bool last, SpanList& spans) noexcept {
  // Offsets have 32 bits, and the greatest values name constants (EHLO_OFF_*). So a call takes 2 GiB at most.
  constexpr std::size_t kLongest = std::size_t{1} << 31;
  const bool whole = input.size <= kLongest;
  if (!whole) input = input.first(kLongest);
  SpanSink sink(input, spans);
  Result result;
  Pass<SpanSink>(*this, input, sink, result).run(last && whole);
  return result;
}

DotEncoder::Result DotEncoder::copy(Bytes input, bool last, Octet* out, std::size_t capacity,
                                    std::size_t& written) noexcept {
  CopySink sink(out, capacity);
  Result result;
  Pass<CopySink>(*this, input, sink, result).run(last);
  written = result.error == EHLO_OK ? sink.written() : 0;
  return result;
}

}  // namespace ehlo
