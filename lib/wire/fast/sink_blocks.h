// The functions of the dot encoder's sinks for whole blocks: the fast path of wire/dot_encoder_sink.h.
#pragma once

#include "wire/dot_encoder_sink.h"
#include "wire/fast/scanner.h"

namespace ehlo {

// The changes in a block. Each bit of `all` is an octet to change: a bare LF, which becomes CR LF, where the bit is in
// `repairs` too; else a dot, which is doubled.
struct BlockChanges {
  std::uint64_t all;
  std::uint64_t repairs;

  unsigned count() const noexcept { return count_bits(all); }
};

// ---- spans ----

// A change adds two spans at most; three more are the room that the encoder's next step needs.
inline bool SpanSink::has_room_for(std::size_t, BlockChanges changes) const noexcept {
  return changes.all == 0 || spans_.cap - count_ >= 2 * changes.count() + 3;
}

// Takes text from `p` as long as dots are its only changes.
inline const Octet* SpanSink::take_lines(const Scanner& scan, const Octet* p, const Octet* end) noexcept {
  DotCut cut{begin_, p, end, kept_, spans_.items + count_, spans_.cap - count_ - 3};
  scan.double_dots(cut);
  kept_ = cut.kept;
  count_ = static_cast<std::uint32_t>(cut.out - spans_.items);
  return cut.p;
}

inline void SpanSink::change(const Octet* block, std::size_t, const Octet*, BlockChanges changes) noexcept {
  for (; changes.all != 0; changes.all &= changes.all - 1) {
    const int bit = __builtin_ctzll(changes.all);
    if (changes.repairs >> bit & 1) {
      crlf(block + bit);
      skip(block + bit);
    } else {
      twice(block + bit);
    }
  }
}

// ---- copies ----

// A change adds one octet, and a block has no more than kBlock of them: the first test avoids the count.
inline bool CopySink::has_room_for(std::size_t size, BlockChanges changes) const noexcept {
  return room() >= size + kBlock || room() >= size + changes.count();
}

inline const Octet* CopySink::take_lines(const Scanner& scan, const Octet* p, const Octet* end) noexcept {
  DotCopy copy{p, end, out_, end_};
  scan.copy_doubling(copy);
  out_ = copy.out;
  return copy.p;
}

inline void CopySink::change(const Octet* block, std::size_t size, const Octet* input_end,
                             BlockChanges changes) noexcept {
  const bool wide = static_cast<std::size_t>(input_end - block) >= 2 * kBlock && room() >= 3 * kBlock;
  if (!wide) return change_exactly(block, size, changes);
  // Each copy is a whole block, which costs no more than a few octets; the next one overwrites the part that is wrong.
  // A CR LF is always written: for a dot it is overwritten too, since `out` does not move past it.
  const Octet* from = block;
  Octet* out = out_;
  for (; changes.all != 0; changes.all &= changes.all - 1) {
    const int bit = __builtin_ctzll(changes.all);
    const auto is_lf = static_cast<std::ptrdiff_t>(changes.repairs >> bit & 1);
    const Octet* const at = block + bit;
    std::memcpy(out, from, kBlock);
    out += at - from + (1 - is_lf);
    std::memcpy(out, "\r\n", 2);
    out += 2 * is_lf;
    from = at + is_lf;
  }
  std::memcpy(out, from, kBlock);
  out_ = out + (block + size - from);
}

inline void CopySink::change_exactly(const Octet* block, std::size_t size, BlockChanges changes) noexcept {
  const Octet* from = block;
  for (; changes.all != 0; changes.all &= changes.all - 1) {
    const int bit = __builtin_ctzll(changes.all);
    const Octet* const at = block + bit;
    text(from, at);
    if (changes.repairs >> bit & 1)
      crlf(at);
    else
      twice(at);
    from = at + 1;
  }
  text(from, block + size);
}

}  // namespace ehlo
