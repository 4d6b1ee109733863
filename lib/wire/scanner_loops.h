// The loops of a scanner over an implementation of one block: a type Blocks that is made of the address of kBlock
// octets and judges them,
//   bool is_plain() const      nothing odd, no dot behind an LF
//   bool has_lf() const
//   static bool are_plain(const Blocks&, const Blocks&), have_lf(const Blocks&, const Blocks&)
//   LineBits bits() const
//   static void copy(Octet* to, const Octet* from)
// Each file that includes this brings one of its own in an unnamed namespace: nothing here may be shared between files
// that are compiled for different processors.
#pragma once

#include "wire/scanner.h"

namespace ehlo {
namespace {  // NOLINT(cert-dcl59-cpp): for the reason above

inline constexpr std::ptrdiff_t kBlockSize = kBlock;

// What becomes of dots that begin lines: how the spans are cut, or that they are not.
struct Passing {
  static constexpr bool kCuts = false;
};
struct Deleting {
  static constexpr bool kCuts = true;
  static constexpr std::uint32_t kSpanEnd = 0;   // behind the dot
  static constexpr std::uint32_t kNextSpan = 1;  // likewise
  static constexpr bool kEndsMatter = true;
};
struct Doubling {
  static constexpr bool kCuts = true;
  static constexpr std::uint32_t kSpanEnd = 1;
  static constexpr std::uint32_t kNextSpan = 0;
  static constexpr bool kEndsMatter = false;
};

// Cuts at all dots of the block at `p` or at none.
template <class How>
requires How::kCuts [[gnu::always_inline]] inline bool cut_block(DotCut& cut, const Octet* p,
                                                                 const LineBits& bits) noexcept {
  constexpr std::uint32_t kAtATime = 4;
  constexpr std::uint64_t kHighest = std::uint64_t{1} << (kBlock - 1);
  std::uint64_t dots = bits.dots;
  std::uint32_t count = count_bits(dots);
  if (cut.room < count + kAtATime) return false;
  const Octet* const last = p + kBlock - 1 - __builtin_clzll(dots);
  if constexpr (How::kEndsMatter) {
    // Only behind the last dot can a CR LF, a bare LF or a NUL be that is not wholly in the block.
    if ((dots & bits.lf >> 2) != 0 || cut.stop - last < 2) return false;
    if (last[1] == '\r' || last[1] == '\n' || last[1] == '\0') return false;
  }
  cut.cuts += count;
  const auto block = static_cast<std::uint32_t>(p - cut.begin);
  auto kept = static_cast<std::uint32_t>(cut.kept - cut.begin);
  cut.kept = last + How::kNextSpan;
  if (How::kSpanEnd == 0 && block + static_cast<std::uint32_t>(__builtin_ctzll(dots)) == kept) {
    kept += How::kNextSpan;
    dots &= dots - 1;
    --count;
  }
  // Some at a time, also where there are fewer: a branch for each would be mispredicted.
  Span* out = cut.out;
  cut.out += count;
  cut.room -= count;
  while (dots != 0) {
    for (std::uint32_t i = 0; i < kAtATime; ++i) {
      const std::uint32_t dot = block + static_cast<std::uint32_t>(__builtin_ctzll(dots | kHighest));
      *out++ = {kept, dot + How::kSpanEnd - kept};
      kept = dot + How::kNextSpan;
      dots &= dots - 1;
    }
  }
  return true;
}

// Behind the last LF of the block, or of it and the next one as far as they are in front of `end`.
template <class Blocks>
const Octet* behind_last_lf(const Octet* block, const Octet* end) noexcept {
  if (end - block >= 2 * kBlockSize && Blocks(block + kBlock).has_lf()) block += kBlock;
  return block + kBlock - __builtin_clzll(Blocks(block).bits().lf);
}

// One call: where it is, and what is known of the line that is open there.
template <class Blocks, class How>
class CutPass {
 public:
  explicit CutPass(DotCut& cut) noexcept
      : cut_(cut),
        p_(cut.p),
        stop_(cut.stop),
        longest_(cut.longest),
        before_(number(p_) - 1 - cut.open),
        last_(before_) {}

  [[gnu::always_inline]] void run() noexcept {
    bool ok = true;
    while (ok && fits(2)) {
      skip_plain_pairs();
      // Where each block has dots it is not asked whether it is plain.
      bool has_dots = true;
      while (ok && has_dots && fits(2)) ok = take(has_dots) && take(has_dots);
    }
    bool has_dots = true;
    if (ok && fits(1)) ok = take(has_dots);
    const bool has_line = ok && p_ != stop_ && take_rest();
    if (!has_line && last_ != before_)
      // NOLINTNEXTLINE(performance-no-int-to-ptr): it was a pointer before it was compared
      cut_.line = behind_last_lf<Blocks>(reinterpret_cast<const Octet*>(static_cast<std::uintptr_t>(last_)), p_);
    cut_.p = p_;
  }

 private:
  // As a number, because an open line may begin in front of the buffer.
  static std::uint64_t number(const Octet* at) noexcept { return reinterpret_cast<std::uintptr_t>(at); }
  bool fits(std::ptrdiff_t blocks) const noexcept { return stop_ - p_ >= blocks * kBlockSize; }
  // Whether a line that ends in the block may be too long.
  bool may_be_long(const Octet* block) const noexcept { return number(block) + kBlock - 1 - last_ > longest_; }

  // Most text is plain: of two blocks at a time it is asked once.
  [[gnu::always_inline]] void skip_plain_pairs() noexcept {
    const Octet* p = p_;
    for (; stop_ - p >= 2 * kBlockSize && !may_be_long(p + kBlock); p += 2 * kBlock) {
      const Blocks first(p), second(p + kBlock);
      if (!Blocks::are_plain(first, second)) break;
      last_ = Blocks::have_lf(first, second) ? number(p) : last_;
    }
    p_ = p;
  }
  [[gnu::always_inline]] bool cut(const LineBits& bits) noexcept {
    if constexpr (How::kCuts)
      return bits.dots == 0 || cut_block<How>(cut_, p_, bits);
    else
      return true;
  }
  // `has_dots` stays true where the block has some.
  [[gnu::always_inline]] bool take(bool& has_dots) noexcept {
    const LineBits bits = Blocks(p_).bits();
    if (may_be_long(p_) || bits.odd != 0 || !cut(bits)) return false;
    has_dots &= bits.dots != 0;
    last_ = bits.lf != 0 ? number(p_) : last_;
    p_ += kBlock;
    return true;
  }
  // As a part of the last block of the text. Gives whether a line begins in it.
  [[gnu::always_inline]] bool take_rest() noexcept {
    const Octet* const block = stop_ - kBlock;
    if (block <= cut_.begin || may_be_long(block)) return false;
    const LineBits bits = Blocks(block).bits().from(static_cast<unsigned>(p_ - block));
    if (bits.odd != 0 || !cut(bits)) return false;
    if (bits.lf != 0) cut_.line = p_ + kBlock - __builtin_clzll(bits.lf);
    p_ = stop_;
    return bits.lf != 0;
  }

  DotCut& cut_;
  const Octet* p_;
  const Octet* const stop_;
  const std::uint64_t longest_;
  const std::uint64_t before_;
  std::uint64_t last_;  // the line that is open has begun behind this octet, or later
};

template <class Blocks, class How>
void cut_dots(DotCut& cut) noexcept {
  CutPass<Blocks, How>(cut).run();
}

// Copies the block at `p` with its dots doubled, each time a whole block, of which the next overwrites what is too
// much: a few octets cost no less.
template <class Blocks>
[[gnu::always_inline]] inline Octet* copy_block(const Octet* p, std::uint64_t dots, Octet* out) noexcept {
  const Octet* from = p;
  for (; dots != 0; dots &= dots - 1) {
    const Octet* const dot = p + __builtin_ctzll(dots);
    Blocks::copy(out, from);
    out += dot + 1 - from;
    from = dot;
  }
  Blocks::copy(out, from);
  return out + (p + kBlock - from);
}

template <class Blocks>
void copy_doubling(DotCopy& copy) noexcept {
  const Octet* p = copy.p;
  Octet* out = copy.out;
  for (; copy.stop - p >= kBlockSize && copy.out_end - out >= kBlockSize; p += kBlock) {
    const Blocks block(p);
    if (block.is_plain()) {
      Blocks::copy(out, p);
      out += kBlock;
      continue;
    }
    const LineBits bits = block.bits();
    // Dots are three octets apart at least; a block is read behind each.
    const bool has_room = copy.stop - p >= 2 * kBlockSize && copy.out_end - out >= 3 * kBlockSize;
    if (bits.odd != 0 || !has_room) break;
    out = copy_block<Blocks>(p, bits.dots, out);
  }
  copy.p = p;
  copy.out = out;
}

}  // namespace
}  // namespace ehlo
