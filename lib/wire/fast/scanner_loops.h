// The loops of a scanner over an implementation of one block: a type Blocks that is made of the address of kBlock
// octets and classifies them,
//   bool is_plain() const      nothing odd, no dot behind an LF
//   bool is_odd() const        something is; cheaper than to ask bits() where no place is wanted
//   bool has_lf() const
//   static bool are_plain(const Blocks&, const Blocks&), have_lf(const Blocks&, const Blocks&)
//   LineBits bits() const
//   void store(Octet* to) const
//   static void copy(Octet* to, const Octet* from)
// Each file that includes this brings one of its own in an unnamed namespace: nothing here may be shared between files
// that are compiled for different processors.
#pragma once

#include "wire/fast/scanner.h"

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
    const Blocks block(p_);
    const LineBits bits = block.bits();
    if (may_be_long(p_) || block.is_odd() || !cut(bits)) return false;
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

// Copies the block at `p` with its dots doubled: what begins with the n-th dot moves n octets further, each time a
// whole block, since a few octets cost no less. Most blocks have one dot or none, and a branch that decides between
// them would be mispredicted; so the first one is not asked for.
template <class Blocks>
[[gnu::always_inline]] inline Octet* copy_block(const Octet* p, std::uint64_t dots, Octet* out) noexcept {
  constexpr std::uint64_t kHighest = std::uint64_t{1} << (kBlock - 1);
  const auto first = static_cast<std::size_t>(__builtin_ctzll(dots | kHighest));
  Blocks::copy(out, p);
  Blocks::copy(out + first + 1, p + first);
  out += dots != 0;
  for (dots &= dots - 1; dots != 0; dots &= dots - 1) {
    const auto dot = static_cast<std::size_t>(__builtin_ctzll(dots));
    Blocks::copy(++out + dot, p + dot);
  }
  return out + kBlock;
}

// One call: where it is.
template <class Blocks>
class CopyPass {
 public:
  explicit CopyPass(DotCopy& copy) noexcept : copy_(copy), p_(copy.p), out_(copy.out) {}

  [[gnu::always_inline]] void run() noexcept {
    bool ok = true;
    // Dots are three octets apart at least; a block is read behind each.
    while (ok && fits(3, 5)) {
      copy_plain_pairs();
      bool has_dots = true;
      while (ok && has_dots && fits(3, 5)) ok = take_pair(has_dots);
    }
    // The first of an odd pair may be fine.
    ok = true;
    while (ok && fits(1, 1)) ok = fits(2, 3) ? take() : take_plain();
    copy_.p = p_;
    copy_.out = out_;
  }

 private:
  // Blocks of input and of room.
  bool fits(std::ptrdiff_t in, std::ptrdiff_t out) const noexcept {
    return copy_.stop - p_ >= in * kBlockSize && copy_.out_end - out_ >= out * kBlockSize;
  }
  // Most text is plain: of two blocks at a time it is asked once.
  [[gnu::always_inline]] void copy_plain_pairs() noexcept {
    for (; fits(2, 2); p_ += 2 * kBlock, out_ += 2 * kBlock) {
      const Blocks first(p_), second(p_ + kBlock);
      if (!Blocks::are_plain(first, second)) return;
      first.store(out_);
      second.store(out_ + kBlock);
    }
  }
  // Where each block has dots it is not asked whether it is plain.
  [[gnu::always_inline]] bool take_pair(bool& has_dots) noexcept {
    const Blocks first(p_), second(p_ + kBlock);
    if (first.is_odd() || second.is_odd()) return false;
    const std::uint64_t dots = first.bits().dots, more = second.bits().dots;
    has_dots = dots != 0 && more != 0;
    out_ = copy_block<Blocks>(p_, dots, out_);
    out_ = copy_block<Blocks>(p_ + kBlock, more, out_);
    p_ += 2 * kBlock;
    return true;
  }
  [[gnu::always_inline]] bool take() noexcept {
    const Blocks block(p_);
    if (block.is_odd()) return false;
    out_ = copy_block<Blocks>(p_, block.bits().dots, out_);
    p_ += kBlock;
    return true;
  }
  bool take_plain() noexcept {
    if (!Blocks(p_).is_plain()) return false;
    Blocks::copy(out_, p_);
    p_ += kBlock;
    out_ += kBlock;
    return true;
  }
  DotCopy& copy_;
  const Octet* p_;
  Octet* out_;
};

template <class Blocks>
void copy_doubling(DotCopy& copy) noexcept {
  CopyPass<Blocks>(copy).run();
}

}  // namespace
}  // namespace ehlo
