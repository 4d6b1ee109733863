// Where the dot encoder puts what is sent: into spans, or into a buffer. It tells both the same, text by text, and the
// difference is what they keep of it.
#pragma once

#include <cstring>

#include "wire/dot_decoder.h"
#include "wire/scanner.h"

namespace ehlo {

// What is to be different in a block: each bit of `all` is an octet, an LF in `repairs` that becomes CR LF, else a dot
// that is doubled.
struct BlockChanges {
  std::uint64_t all;
  std::uint64_t repairs;

  unsigned count() const noexcept { return count_bits(all); }
};

// What is sent, as spans. Nothing is the caller's until commit.
class SpanSink {
 public:
  SpanSink(Bytes input, SpanList& spans) noexcept
      : spans_(spans), count_(spans.count), begin_(input.begin()), kept_(begin_) {}

  // A step adds up to two, commit one.
  bool has_room() const noexcept { return spans_.cap - count_ >= 3; }
  bool has_room_for(std::size_t, BlockChanges changes) const noexcept {
    return changes.all == 0 || spans_.cap - count_ >= 2 * changes.count() + 3;
  }
  // How far text may be taken from `p`.
  const Octet* reach(const Octet*, const Octet* end) const noexcept { return end; }

  void text(const Octet*, const Octet*) noexcept {}
  // Leaves out the octet at `p`.
  void skip(const Octet* p) noexcept {
    flush(p);
    kept_ = p + 1;
  }
  // The octet at `p` once more: a span ends behind it and the next one begins with it.
  void twice(const Octet* p) noexcept {
    flush(p + 1);
    kept_ = p;
  }
  void crlf(const Octet* p) noexcept { constant(p, {EHLO_OFF_CRLF, 2}); }
  void end(const Octet* p) noexcept { constant(p, {EHLO_OFF_END, 3}); }
  void commit(const Octet* p) noexcept {
    flush(p);
    spans_.count = count_;
  }

  // Takes text from `p` in which dots are all that is to be different, as far as it goes.
  const Octet* take_lines(const Scanner& scan, const Octet* p, const Octet* end) noexcept {
    DotCut cut{begin_, p, end, kept_, spans_.items + count_, spans_.cap - count_ - 3};
    scan.double_dots(cut);
    kept_ = cut.kept;
    count_ = static_cast<std::uint32_t>(cut.out - spans_.items);
    return cut.p;
  }
  void change(const Octet* block, std::size_t, BlockChanges changes) noexcept {
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
  // The last octet of the text is not to be sent yet.
  void take_back() noexcept {}

 private:
  // Gives kept_..p.
  void flush(const Octet* p) noexcept {
    if (p == kept_) return;
    spans_.items[count_++] = {static_cast<std::uint32_t>(kept_ - begin_), static_cast<std::uint32_t>(p - kept_)};
    kept_ = p;
  }
  void constant(const Octet* p, Span span) noexcept {
    flush(p);
    spans_.items[count_++] = span;
  }

  SpanList& spans_;
  std::uint32_t count_;
  const Octet* const begin_;
  const Octet* kept_;  // where the growing span begins
};

// What is sent, copied.
class CopySink {
 public:
  CopySink(Bytes input, Octet* out, std::size_t capacity) noexcept
      : input_end_(input.end()), begin_(out), end_(out + capacity), out_(out) {}

  // A step adds up to two octets of its own, the end five.
  bool has_room() const noexcept { return room() >= 5; }
  bool has_room_for(std::size_t size, BlockChanges changes) const noexcept {
    return room() >= size + kBlock || room() >= size + changes.count();
  }
  const Octet* reach(const Octet* p, const Octet* end) const noexcept {
    return static_cast<std::size_t>(end - p) < room() ? end : p + room();
  }

  void text(const Octet* from, const Octet* to) noexcept { put(from, static_cast<std::size_t>(to - from)); }
  void skip(const Octet*) noexcept {}
  void twice(const Octet* p) noexcept {
    *out_++ = *p;
    *out_++ = *p;
  }
  void crlf(const Octet*) noexcept { put("\r\n", 2); }
  void end(const Octet*) noexcept { put(".\r\n", 3); }
  void commit(const Octet*) noexcept {}
  std::size_t written() const noexcept { return static_cast<std::size_t>(out_ - begin_); }

  const Octet* take_lines(const Scanner& scan, const Octet* p, const Octet* end) noexcept {
    DotCopy copy{p, end, out_, end_};
    scan.copy_doubling(copy);
    out_ = copy.out;
    return copy.p;
  }
  void change(const Octet* block, std::size_t size, BlockChanges changes) noexcept {
    const bool wide = static_cast<std::size_t>(input_end_ - block) >= 2 * kBlock && room() >= 3 * kBlock;
    if (!wide) return change_exactly(block, size, changes);
    // Each time a whole block, of which the next overwrites what is too much: a few octets cost no less.
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
  void take_back() noexcept { --out_; }

 private:
  std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - out_); }
  void put(const void* from, std::size_t size) noexcept {
    std::memcpy(out_, from, size);
    out_ += size;
  }
  void change_exactly(const Octet* block, std::size_t size, BlockChanges changes) noexcept {
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

  const Octet* const input_end_;
  Octet* const begin_;
  Octet* const end_;
  Octet* out_;
};

}  // namespace ehlo
