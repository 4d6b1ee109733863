// The dot encoder: blocks of 64 octets for lines that end with CR LF, single steps for what is special.
#include "wire/dot_encoder.h"

#include <algorithm>

#include "wire/dot_encoder_sink.h"
#include "wire/scanner.h"

namespace ehlo {

// One call: the cursor, and the encoder's state until it is certain that there is no error.
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

  // Always false. `before` the cursor.
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

  // How far the clean lines go.
  struct Run {
    const Octet* p;
    bool changed = false;  // something in the last block
  };

  // Takes blocks, the end of the input as a part of one, as long as every line ends with CR LF, or under normalize LF.
  // Where nothing is to be changed that is all that has to be known of a block.
  void skip_clean() noexcept {
    const bool is_clean = place_ == Place::line_start || place_ == Place::in_line;
    if (!is_clean || end_ - begin_ <= static_cast<std::ptrdiff_t>(kBlock)) return;
    Run run{p_};
    // The scanner looks at the octet before. In front of the input stands a CR LF or what is of neither.
    if (p_ == begin_) {
      if (*p_ == '\n' || *p_ == '\r' || *p_ == '\0' || (*p_ == '.' && place_ == Place::line_start)) return;
      sink_.text(p_, p_ + 1);
      ++run.p;
    }
    take_blocks(run);
    finish(run);
  }

  void take_blocks(Run& run) noexcept {
    const Scanner& scan = scanner();
    while (end_ - run.p >= static_cast<std::ptrdiff_t>(kBlock)) {
      if (!run.changed) run.p = sink_.take_lines(scan, run.p, end_);
      if (end_ - run.p < static_cast<std::ptrdiff_t>(kBlock)) break;
      if (!take_block(run, scan.read(run.p), kBlock)) break;
    }
    take_rest(run, scan);
  }

  // Less than a block: of input, or of room, where the dots that may be doubled take theirs.
  void take_rest(Run& run, const Scanner& scan) noexcept {
    auto rest = static_cast<std::size_t>(sink_.reach(run.p, end_) - run.p);
    if (rest == 0 || rest >= kBlock) return;
    const auto behind = static_cast<std::size_t>(end_ - run.p);
    const LineBits bits =
        behind >= kBlock ? scan.read(run.p) : scan.read(end_ - kBlock).from(static_cast<unsigned>(kBlock - behind));
    if (rest != behind) rest -= std::min(rest, std::size_t{count_bits(bits.dots)});
    if (rest != 0) take_block(run, bits, rest);
  }

  // False: it took nothing of the block.
  bool take_block(Run& run, const LineBits& bits, std::size_t size) noexcept {
    const std::uint64_t within = ~std::uint64_t{0} >> (kBlock - size);
    const std::uint64_t odd = bits.odd & within;
    const std::uint64_t dots = bits.dots & within;
    if (odd != 0 && (e_.endings_ != EHLO_ENDING_NORMALIZE || (odd & ~bits.lf) != 0)) return false;
    const BlockChanges changes{dots | odd, odd};
    if (!sink_.has_room_for(size, changes)) return false;
    run.changed = changes.all != 0;
    if (run.changed)
      sink_.change(run.p, size, changes);
    else
      sink_.text(run.p, run.p + size);
    run.p += size;
    return true;
  }

  void finish(const Run& run) noexcept {
    if (run.p == p_) return;
    p_ = run.p;
    place_ = p_[-1] == '\n' ? Place::line_start : Place::in_line;
    // A CR is taken together with its LF.
    if (p_[-1] == '\r') {
      sink_.take_back();
      --p_;
    }
  }

  // Each step gets on with the input or with the place.
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

  // What a line has in it, with NULs that matter no more.
  void take_text() noexcept {
    const Octet* const end = sink_.reach(p_, end_);
    const Octet* to = scanner().find_special(p_, end);
    while (!e_.refuses_nul_ && to != end && *to == '\0') to = scanner().find_special(to + 1, end);
    text(to, Place::in_line);
  }

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

  bool take_cr() noexcept {
    if (end_ - p_ >= 2 && p_[1] == '\n')
      text(p_ + 2, Place::line_start);
    else if (accepts())
      text(p_ + 1, Place::after_cr);
    else
      skip(Place::after_cr);
    return true;
  }

  // The CR before p_ is of a CR LF or not.
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
    // The CR LF below would make it a line.
    if (place_ == Place::dot) return fail_at_dot();
    // Under normalize this is also what became of a CR.
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
  // Offsets have 32 bits and the greatest of them are taken.
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
  CopySink sink(input, out, capacity);
  Result result;
  Pass<CopySink>(*this, input, sink, result).run(last);
  written = result.error == EHLO_OK ? sink.written() : 0;
  return result;
}

}  // namespace ehlo
