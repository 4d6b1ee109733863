// The fast path of the dot decoder: takes clean lines in blocks of 64 octets, with the spans and counts that the plain
// decoder would give. It leaves anything special to the plain decoder.
#pragma once

#include "wire/dot_decoder.h"
#include "wire/fast/scanner.h"

namespace ehlo {

// Works on the decoder and on the cursor of its call: `p`, and `kept`, where the growing span begins.
template <bool kStuffed>
class DotDecoder::CleanLines {
 public:
  CleanLines(DotDecoder& decoder, Bytes input, SpanList& spans, const Octet*& p, const Octet*& kept) noexcept
      : d_(decoder), begin_(input.begin()), end_(input.end()), spans_(spans), p_(p), kept_(kept) {}

  // Takes lines that end with CR LF, are within the limits, and of which at most the first dot is deleted. Stops in
  // front of anything else.
  void skip() noexcept {
    const bool is_clean = d_.place_ == Place::line_start || d_.place_ == Place::in_line;
    if (!is_clean || left() == 0 || spans_.cap - spans_.count < 3) return;
    if (end_ - begin_ <= static_cast<std::ptrdiff_t>(kBlock)) return;
    DotCut cut{begin_, p_, p_ + clean_room(), kept_, spans_.items + spans_.count, spans_.cap - spans_.count - 3};
    cut.open = d_.line_octets_;
    cut.longest = line_limit();
    // Lines that begin and end within a block are not measured, so limits below its size are left to the plain decoder.
    if (cut.longest < kBlock) return;
    // The scanner reads p[-1], which does not exist at the start of the input. So the first octet is taken here, unless
    // it could be special. place_ says enough: the input before ended with a CR LF or within a line.
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

 private:
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - p_); }
  std::uint64_t line_limit() const noexcept {
    return d_.line_limit_ != 0 && !(d_.violations_ & EHLO_SEEN_LONG_LINE) ? d_.line_limit_ : UINT64_MAX;
  }
  // How many octets of the input are certainly within the limit of the message.
  std::size_t clean_room() const noexcept {
    if (d_.message_limit_ == 0 || (d_.violations_ & EHLO_SEEN_TOO_LARGE)) return left();
    const std::uint64_t room = d_.octets_ < d_.message_limit_ ? d_.message_limit_ - d_.octets_ : 0;
    return room < left() ? static_cast<std::size_t>(room) : left();
  }

  // The scanner knows the length of a line only to the block. Where a line may be too long by that bound, one block is
  // measured exactly, and the scanner continues after it.
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
        // A dot that was deleted does not count for the length of the line.
        if (kStuffed && cut.open != 0 && *cut.line == '.') --cut.open;
      }
    } while (cut.stop - cut.p >= static_cast<std::ptrdiff_t>(kBlock) && take_long_line(cut, scan.read(cut.p)));
  }

  // A block where a line is near its limit. Only its first line can be too long, since a limit is at least a block.
  // False: nothing of the block was taken.
  static bool take_long_line(DotCut& cut, const LineBits& bits) noexcept {
    constexpr std::uint64_t kLast = std::uint64_t{1} << (kBlock - 1);
    const auto first_end = static_cast<std::uint64_t>(__builtin_ctzll(bits.lf | kLast)) + 1;
    if ((bits.odd | (kStuffed ? bits.dots : 0)) != 0 || cut.open + first_end > cut.longest) return false;
    cut.open = bits.lf == 0 ? cut.open + kBlock : static_cast<std::uint64_t>(__builtin_clzll(bits.lf));
    cut.p += kBlock;
    return true;
  }

  void finish(const DotCut& cut) noexcept {
    // The plain decoder takes a CR only together with its LF, which may be in the next input. So a CR at the end is
    // given back.
    const std::uint64_t held = cut.p[-1] == '\r';
    const Octet* const p = cut.p - held;
    spans_.count = static_cast<std::uint32_t>(cut.out - spans_.items);
    kept_ = cut.kept;
    d_.octets_ += static_cast<std::uint64_t>(p - p_) - cut.cuts;
    d_.line_octets_ = cut.open - held;
    d_.place_ = p[-1] == '\n' ? Place::line_start : Place::in_line;
    p_ = p;
  }

  DotDecoder& d_;
  const Octet* const begin_;
  const Octet* const end_;
  SpanList& spans_;
  const Octet*& p_;
  const Octet*& kept_;
};

}  // namespace ehlo
