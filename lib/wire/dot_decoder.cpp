// The dot decoder: clean lines in blocks of 64 octets, whatever is special about one by single steps.
#include "wire/dot_decoder.h"

#include "wire/line_bits.h"
#include "wire/scan.h"

namespace ehlo {

// One call of feed: the cursor, and the span that is growing.
class DotDecoder::Pass {
 public:
  Pass(DotDecoder& decoder, Bytes input, SpanList& spans) noexcept
      : d_(decoder), begin_(input.begin()), end_(input.end()), p_(begin_), kept_(begin_), spans_(spans) {}

  Result run() noexcept {
    do skip_clean();
    while (p_ != end_ && has_room() && step());
    flush();
    result_.consumed = static_cast<std::size_t>(p_ - begin_);
    d_.position_ += result_.consumed;
    return result_;
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

#if defined(__SSE2__)
  void skip_clean() noexcept {
    if (d_.place_ == Place::after_bare || left() == 0 || end_ - begin_ < static_cast<std::ptrdiff_t>(kBlock)) return;
    if (__builtin_cpu_supports("avx2"))
      skip_clean_avx2();
    else
      skip_clean_by<Sse2Blocks>();
  }
  [[gnu::target("avx2")]] void skip_clean_avx2() noexcept { skip_clean_by<Avx2Blocks>(); }

  // How far the clean lines go: what the steps keep from octet to octet, in registers.
  struct Run {
    const Octet* p;
    std::uint64_t begin;     // of the open line, counted from p_; before it where the line began in an earlier call
    std::uint64_t longest;   // line
    std::uint64_t after_cr;  // 1: the octet before p is a CR, at_start likewise a CR LF
    std::uint64_t at_start;
    std::uint64_t deleted = 0;  // dots
  };

  // Takes blocks, the end of the input as a part of one, as long as every line ends with CR LF, is within the limits
  // and needs no more than its dot deleted. Stops before what is not so; there the steps go on.
  template <class Blocks>
  [[gnu::always_inline]] void skip_clean_by() noexcept {
    const Octet* stop = end_;
    if (d_.limits_.message_octets != 0 && !(d_.violations_ & kTooLarge)) {
      const std::uint64_t room = d_.octets_ < d_.limits_.message_octets ? d_.limits_.message_octets - d_.octets_ : 0;
      if (room < left()) stop = p_ + room;
    }
    std::uint64_t longest = UINT64_MAX;
    if (d_.limits_.line_octets != 0 && !(d_.violations_ & kLongLine)) longest = d_.limits_.line_octets;
    // A line within a block is not measured, so limits below its size are for the steps.
    if (longest < kBlock) return;
    Run run{p_, 0 - d_.line_octets_, longest, 0, d_.place_ == Place::line_start};
    while (stop - run.p >= static_cast<std::ptrdiff_t>(kBlock) && take_block(run, Blocks::read(run.p), kBlock))
      ;
    const auto rest = static_cast<std::size_t>(stop - run.p);
    if (rest != 0 && rest < kBlock) {
      const auto behind = static_cast<std::size_t>(end_ - run.p);
      const LineBits bits = behind >= kBlock ? Blocks::read(run.p)
                                             : Blocks::read(end_ - kBlock).from(static_cast<unsigned>(kBlock - behind));
      take_block(run, bits, rest);
    }
    finish(run);
  }

  // False: it did not take the block to its end.
  [[gnu::always_inline]] bool take_block(Run& run, const LineBits& bits, std::size_t size) noexcept {
    const std::uint64_t within = ~std::uint64_t{0} >> (kBlock - size);
    const std::uint64_t lf = bits.lf & within;
    // An LF behind no CR, or the octet behind a CR that is no LF.
    const std::uint64_t unpaired = (lf ^ (bits.cr << 1 | run.after_cr)) & within;
    const std::uint64_t dots = bits.dot & (lf << 1 | run.at_start) & within;
    const std::uint64_t at = position_in_run(run.p);
    const std::uint64_t last = std::uint64_t{1} << (size - 1);
    const std::uint64_t first_end = at + static_cast<std::uint64_t>(__builtin_ctzll(lf | last)) + 1;
    if (first_end - run.begin > run.longest) return false;
    if (unpaired != 0) return false;
    if (dots != 0 && !delete_dots(run, dots)) return false;
    if (lf != 0) run.begin = at + kBlock - static_cast<std::uint64_t>(__builtin_clzll(lf));
    // A dot that has been deleted is no part of its line.
    if (dots != 0 && position_in_run(kept_) == run.begin + 1) ++run.begin;
    run.after_cr = (bits.cr & last) != 0;
    run.at_start = (lf & last) != 0;
    run.p += size;
    return true;
  }

  std::uint64_t position_in_run(const Octet* p) const noexcept { return static_cast<std::uint64_t>(p - p_); }

  // All of them or none.
  bool delete_dots(Run& run, std::uint64_t dots) noexcept {
    const auto count = static_cast<std::uint32_t>(__builtin_popcountll(dots));
    if (spans_.cap - spans_.count < count + 3) return false;
    for (std::uint64_t left = dots; left != 0; left &= left - 1) {
      const Octet* dot = run.p + __builtin_ctzll(left);
      // An end of data, a false one, or not known yet.
      if (end_ - dot < 2 || dot[1] == '\r' || dot[1] == '\n') return false;
    }
    for (; dots != 0; dots &= dots - 1) {
      const Octet* dot = run.p + __builtin_ctzll(dots);
      if (dot != kept_)
        spans_.items[spans_.count++] = {static_cast<std::uint32_t>(kept_ - begin_),
                                        static_cast<std::uint32_t>(dot - kept_)};
      kept_ = dot + 1;
    }
    run.deleted += count;
    return true;
  }

  void finish(const Run& run) noexcept {
    // A CR is taken together with its LF.
    const Octet* const p = run.p - run.after_cr;
    if (p == p_) return;
    const std::uint64_t count = position_in_run(p);
    d_.octets_ += count - run.deleted;
    d_.line_octets_ = count - run.begin;
    d_.place_ = run.at_start ? Place::line_start : Place::in_line;
    p_ = p;
  }
#else
  void skip_clean() noexcept {}
#endif

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
      // The LF that was not sent counts too.
      if (d_.limits_.line_octets != 0 && d_.line_octets_ + 1 > d_.limits_.line_octets) note(kLongLine, position(at));
      if (d_.limits_.message_octets != 0 && d_.octets_ + 1 > d_.limits_.message_octets) note(kTooLarge, position(at));
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
