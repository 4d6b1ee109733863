// The loops of a scanner over an implementation of one block: a type Blocks that is made of the address of kBlock
// octets and classifies them,
//   bool is_plain() const      nothing odd, no dot after an LF
//   bool is_odd() const        something odd; cheaper than bits() where the positions are not needed
//   bool has_lf() const
//   static bool are_plain(const Blocks&, const Blocks&), have_lf(const Blocks&, const Blocks&)
//   LineBits bits() const
//   void store(Octet* to) const
//   static void copy(Octet* to, const Octet* from)
// Each file that includes this defines its Blocks in an unnamed namespace: nothing here may be shared between files
// that are compiled for different processors.
#pragma once

#include "wire/fast/scanner.h"

namespace ehlo {
namespace {  // NOLINT(cert-dcl59-cpp): for the reason above

inline constexpr std::ptrdiff_t kBlockSize = kBlock;

// Where spans are cut at a dot that begins a line. From the dot's position a span ends after kSpanEnd octets, and the
// next one begins after kNextSpan. kEndsMatter: a dot may be of an end of data.
struct Passing {
  static constexpr bool kCuts = false;
};
struct Deleting {
  static constexpr bool kCuts = true;
  static constexpr std::uint32_t kSpanEnd = 0;
  static constexpr std::uint32_t kNextSpan = 1;
  static constexpr bool kEndsMatter = true;
};
struct Doubling {
  static constexpr bool kCuts = true;
  static constexpr std::uint32_t kSpanEnd = 1;
  static constexpr std::uint32_t kNextSpan = 0;
  static constexpr bool kEndsMatter = false;
};

// Cuts at all dots of the block at `p`, or at none and gives false.
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
    // The block has nothing odd, so a dot of an end of data has its LF two octets later. Only for the last dot those
    // octets may be outside of the block; they are looked at one by one.
    if ((dots & bits.lf >> 2) != 0 || cut.stop - last < 2) return false;
    if (last[1] == '\r' || last[1] == '\n' || last[1] == '\0') return false;
  }
  cut.cuts += count;
  const auto block = static_cast<std::uint32_t>(p - cut.begin);
  auto kept = static_cast<std::uint32_t>(cut.kept - cut.begin);
  cut.kept = last + How::kNextSpan;
  // If the span begins at the dot, it would be empty: only its begin moves.
  if (How::kSpanEnd == 0 && block + static_cast<std::uint32_t>(__builtin_ctzll(dots)) == kept) {
    kept += How::kNextSpan;
    dots &= dots - 1;
    --count;
  }
  // Four spans at a time, even where there are fewer dots, since a branch for each dot would be mispredicted. The spans
  // too many are not counted. kHighest keeps the count of zeros defined when no dot is left.
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

// The position after the last LF of `block`, or of the next block where that has an LF and was taken too, as all
// octets in front of `end` were.
template <class Blocks>
const Octet* behind_last_lf(const Octet* block, const Octet* end) noexcept {
  if (end - block >= 2 * kBlockSize && Blocks(block + kBlock).has_lf()) block += kBlock;
  return block + kBlock - __builtin_clzll(Blocks(block).bits().lf);
}

// One call: the cursor, and a bound for the length of the line that is open there. The exact begin of each line is not
// computed in the loop: it is known to a pair of blocks, which is enough to see that a line is far from its limit.
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
      // As long as each block has dots, another test for plain pairs would be wasted.
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

  // Most text is plain: one branch for two blocks.
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
  // One block. `has_dots` becomes false where it has none.
  [[gnu::always_inline]] bool take(bool& has_dots) noexcept {
    const Blocks block(p_);
    const LineBits bits = block.bits();
    if (may_be_long(p_) || block.is_odd() || !cut(bits)) return false;
    has_dots &= bits.dots != 0;
    last_ = bits.lf != 0 ? number(p_) : last_;
    p_ += kBlock;
    return true;
  }
  // The rest, which is less than a block: reads the last 64 octets of the text, and shifts out the bits of those that
  // were taken before. Gives whether a line begins in the rest.
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
  std::uint64_t last_;  // the open line begins after this octet, or later: so it is no longer than it seems
};

template <class Blocks, class How>
void cut_dots(DotCut& cut) noexcept {
  CutPass<Blocks, How>(cut).run();
}

// Copies the block at `p` with its dots doubled: the text from the n-th dot on moves n octets further. Each copy is a
// whole block, which costs no more than a few octets; the next one overwrites the part that is wrong. Most blocks have
// one dot or none, and a branch between these would be mispredicted: so the copy for the first dot is always made.
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

// One call: the cursors of input and output.
template <class Blocks>
class CopyPass {
 public:
  explicit CopyPass(DotCopy& copy) noexcept : copy_(copy), p_(copy.p), out_(copy.out) {}

  [[gnu::always_inline]] void run() noexcept {
    bool ok = true;
    // A copy of a whole block may begin at the last octet of the pair, so it reads from a third block. A pair of 128
    // octets grows by 43 at most, since dots that begin lines are three octets apart: five blocks of room are enough.
    while (ok && fits(3, 5)) {
      copy_plain_pairs();
      bool has_dots = true;
      while (ok && has_dots && fits(3, 5)) ok = take_pair(has_dots);
    }
    // A pair was refused because of one block. The first of them may be good.
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
  // Most text is plain: one branch for two blocks.
  [[gnu::always_inline]] void copy_plain_pairs() noexcept {
    for (; fits(2, 2); p_ += 2 * kBlock, out_ += 2 * kBlock) {
      const Blocks first(p_), second(p_ + kBlock);
      if (!Blocks::are_plain(first, second)) return;
      first.store(out_);
      second.store(out_ + kBlock);
    }
  }
  // As long as each block has dots, another test for plain pairs would be wasted.
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
