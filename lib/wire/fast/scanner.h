// The structural scanner finds in one pass where the lines of content end, which line ends are wrong, and where a dot
// begins a line. The class of an octet depends on itself and the octet before it only, so all octets of a block are
// classified at once.
#pragma once

#include <atomic>

#include "syntax/bytes.h"

namespace ehlo {

inline constexpr std::size_t kBlock = 64;

// A bit for each octet of a block. These functions are also compiled for AVX2. They are always inline: else the linker
// might give that code to a file that runs on any machine.
struct LineBits {
  std::uint64_t odd;  // an LF without a CR before it, an octet other than LF after a CR, or a NUL
  std::uint64_t lf;
  std::uint64_t dots;  // after an LF

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

// Text that is cut into spans at the dots that begin its lines: the input and the result of a call.
struct DotCut {
  const Octet* begin;  // of the buffer, from which spans count
  const Octet* p;      // continues here, behind `begin`
  const Octet* stop;
  const Octet* kept;  // where the growing span begins
  Span* out;
  std::uint32_t room;             // for spans; a call may also write spans behind those that it counts
  std::uint32_t cuts = 0;         // dots
  std::uint64_t open = 0;         // octets of the line that is open at `p`
  std::uint64_t longest = ~0ull;  // line, at least kBlock
  const Octet* line = nullptr;    // after the last LF that was taken, if one was
};

// Text that is copied, with the dots doubled that begin its lines.
struct DotCopy {
  const Octet* p;
  const Octet* stop;
  Octet* out;
  const Octet* out_end;
};

// One implementation. Where a function takes text from `p`, p[-1] is readable and belongs to the text. All of them stop
// before a block with an odd octet.
struct Scanner {
  const char* name;

  // Classifies kBlock octets.
  LineBits (*read)(const Octet* p) noexcept;

  // Leaves each dot that begins a line out of the spans. Stops before a block in which such a dot is, or may be, of an
  // end of data or a false one, or has a NUL after it; where the room for spans ends; and where a line may be longer
  // than `longest`, which is not measured exactly. Takes whole blocks, and at last the rest up to `stop`.
  void (*delete_dots)(DotCut& cut) noexcept;

  // The same, but dots are text like any other.
  void (*pass_dots)(DotCut& cut) noexcept;

  // The same, but each such dot is in two spans: one ends with it and the next one begins with it.
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

// The best one for this machine. Threads that choose at the same time store the same address, so no order is needed.
inline const Scanner& scanner() noexcept {
  const Scanner* chosen = scanner_choice::chosen.load(std::memory_order_relaxed);
  return chosen != nullptr ? *chosen : scanner_choice::choose();
}

// For tests and benchmarks: use that scanner from now on; with nullptr the best one again.
void force_scanner(const Scanner* forced) noexcept;

}  // namespace ehlo
