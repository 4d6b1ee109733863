// The fast path of the dot encoder: takes clean lines in blocks of 64 octets, with the output that the plain encoder
// would give. It takes nothing that could be an error.
#pragma once

#include <algorithm>

#include "wire/dot_encoder.h"
#include "wire/fast/sink_blocks.h"

namespace ehlo {

// Works on the cursor of the encoder's call: `p` and its place.
template <class Sink>
class DotEncoder::CleanLines {
 public:
  CleanLines(LineEndings endings, Bytes input, Sink& sink, const Octet*& p, Place& place) noexcept
      : endings_(endings), begin_(input.begin()), end_(input.end()), sink_(sink), p_(p), place_(place) {}

  // Takes blocks, and the end of the input as a part of one, as long as every line ends with CR LF, or under normalize
  // with LF.
  void skip() noexcept {
    const bool is_clean = place_ == Place::line_start || place_ == Place::in_line;
    if (!is_clean || end_ - begin_ <= static_cast<std::ptrdiff_t>(kBlock)) return;
    Run run{p_};
    // The scanner reads p[-1], which does not exist at the start of the input. So the first octet is taken here, unless
    // it could be special. place_ says enough: the input before ended with a CR LF or within a line.
    if (p_ == begin_) {
      if (*p_ == '\n' || *p_ == '\r' || *p_ == '\0' || (*p_ == '.' && place_ == Place::line_start)) return;
      sink_.text(p_, p_ + 1);
      ++run.p;
    }
    take_blocks(run);
    finish(run);
  }

 private:
  // How far the clean lines go.
  struct Run {
    const Octet* p;
    bool changed = false;  // something in the last block
  };

  // Text without changes is taken by the scanner's own loop. A block that it leaves is classified here. After a block
  // with changes the next one probably has some too, so the loop is not tried.
  void take_blocks(Run& run) noexcept {
    const Scanner& scan = scanner();
    while (end_ - run.p >= static_cast<std::ptrdiff_t>(kBlock)) {
      if (!run.changed) run.p = sink_.take_lines(scan, run.p, end_);
      if (end_ - run.p < static_cast<std::ptrdiff_t>(kBlock)) break;
      if (!take_block(run, scan.read(run.p), kBlock)) break;
    }
    take_rest(run, scan);
  }

  // Less than a block: because the input ends, or because the sink has no more room. In that case the text taken is
  // shortened by the number of dots, each of which may need a second octet of room.
  void take_rest(Run& run, const Scanner& scan) noexcept {
    auto rest = static_cast<std::size_t>(sink_.reach(run.p, end_) - run.p);
    if (rest == 0 || rest >= kBlock) return;
    const auto behind = static_cast<std::size_t>(end_ - run.p);
    const LineBits bits =
        behind >= kBlock ? scan.read(run.p) : scan.read(end_ - kBlock).from(static_cast<unsigned>(kBlock - behind));
    if (rest != behind) rest -= std::min(rest, std::size_t{count_bits(bits.dots)});
    if (rest != 0) take_block(run, bits, rest);
  }

  // Under normalize a bare LF is repaired here; any other odd octet is left to the plain encoder. False: nothing of the
  // block was taken.
  bool take_block(Run& run, const LineBits& bits, std::size_t size) noexcept {
    const std::uint64_t within = ~std::uint64_t{0} >> (kBlock - size);
    const std::uint64_t odd = bits.odd & within;
    const std::uint64_t dots = bits.dots & within;
    if (odd != 0 && (endings_ != EHLO_ENDING_NORMALIZE || (odd & ~bits.lf) != 0)) return false;
    const BlockChanges changes{dots | odd, odd};
    if (!sink_.has_room_for(size, changes)) return false;
    run.changed = changes.all != 0;
    if (run.changed)
      sink_.change(run.p, size, end_, changes);
    else
      sink_.text(run.p, run.p + size);
    run.p += size;
    return true;
  }

  void finish(const Run& run) noexcept {
    if (run.p == p_) return;
    p_ = run.p;
    place_ = p_[-1] == '\n' ? Place::line_start : Place::in_line;
    // The plain encoder decides about a CR by the next octet, which may be in the next input. So a CR at the end is
    // given back.
    if (p_[-1] == '\r') {
      sink_.take_back();
      --p_;
    }
  }

  const LineEndings endings_;
  const Octet* const begin_;
  const Octet* const end_;
  Sink& sink_;
  const Octet*& p_;
  Place& place_;
};

}  // namespace ehlo
