// The structural scanner: where the lines of content end, what is wrong with their endings, and where a dot begins a
// line, found in one pass. An octet is classified by itself and the one before it.
#pragma once

#include <atomic>

#include "syntax/bytes.h"

namespace ehlo {

inline constexpr std::size_t kBlock = 64;

// A block, a bit for each octet. What follows is also compiled for processors that not every machine has: always
// inline, so that no other file is given that code.
struct LineBits {
  std::uint64_t odd;  // an LF behind no CR, behind a CR what is no LF, or a NUL
  std::uint64_t lf;
  std::uint64_t dots;  // behind an LF

  // Bit 0 becomes what stood at bit `by`.
  [[gnu::always_inline]] LineBits from(unsigned by) const noexcept { return {odd >> by, lf >> by, dots >> by}; }
};

// How many bits are set. Not every processor has an instruction for it, and the compiler's own way is a call.
[[gnu::always_inline]] constexpr unsigned count_bits(std::uint64_t bits) noexcept {
  bits -= bits >> 1 & 0x5555555555555555;
  bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
  bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return static_cast<unsigned>(bits * 0x0101010101010101 >> 56);
}

// Text that is cut into spans at the dots that begin its lines: what a call works on, and how far it came.
struct DotCut {
  const Octet* begin;  // of the buffer, from which spans count
  const Octet* p;      // goes on here, behind `begin`
  const Octet* stop;
  const Octet* kept;  // where the growing span begins
  Span* out;
  std::uint32_t room;             // for spans; those that are not counted may be overwritten
  std::uint32_t cuts = 0;         // dots
  std::uint64_t open = 0;         // octets of the line that is open at `p`
  std::uint64_t longest = ~0ull;  // line, at least kBlock
  const Octet* line = nullptr;    // behind the last LF that was taken, if one was
};

// Text that is copied, the dots that begin its lines twice.
struct DotCopy {
  const Octet* p;
  const Octet* stop;
  Octet* out;
  const Octet* out_end;
};

// One implementation. Where a function takes text from `p`, p[-1] is readable and belongs to the text. Text is taken as
// long as nothing of it is odd.
struct Scanner {
  const char* name;

  // Classifies kBlock octets.
  LineBits (*read)(const Octet* p) noexcept;

  // Leaves each dot that begins a line out of the spans. Stops before the block where one is of an end of data or a
  // false one, before a NUL, or not known yet, where spans run out, and where a line may be above `longest` octets,
  // which is not measured exactly. Takes whole blocks, and at last the rest up to `stop`.
  void (*delete_dots)(DotCut& cut) noexcept;

  // Likewise, but leaves every dot where it is.
  void (*pass_dots)(DotCut& cut) noexcept;

  // Likewise ends a span behind each such dot and begins the next one with it.
  void (*double_dots)(DotCut& cut) noexcept;

  // Takes whole blocks.
  void (*copy_doubling)(DotCopy& copy) noexcept;

  // The first CR, LF or NUL from `p`, or `end`. Does not look at p[-1].
  const Octet* (*find_special)(const Octet* p, const Octet* end) noexcept;
};

extern const Scanner kScalarScanner;
#if defined(__x86_64__)
extern const Scanner kSse2Scanner;
extern const Scanner kAvx2Scanner;  // only where has_avx2()
#endif

namespace scanner_choice {
extern std::atomic<const Scanner*> chosen;  // nullptr: not asked for yet
const Scanner& choose() noexcept;
}  // namespace scanner_choice

// The best one of this machine. Threads that ask at the same time come to the same.
inline const Scanner& scanner() noexcept {
  const Scanner* chosen = scanner_choice::chosen.load(std::memory_order_relaxed);
  return chosen != nullptr ? *chosen : scanner_choice::choose();
}

// For tests and benchmarks: from now on that one, or with nullptr the best again.
void force_scanner(const Scanner* forced) noexcept;

}  // namespace ehlo
