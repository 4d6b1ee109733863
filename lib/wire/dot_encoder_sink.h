// The two outputs of the dot encoder, with the same functions: one writes spans, the other copies. The encoder calls
// them for every piece of its input, in order; each ignores what it does not need.
#pragma once

#include <cstring>

#include "base/speed.h"
#include "wire/dot_decoder.h"

#if EHLO_FAST
#include "wire/fast/scanner.h"
#endif

namespace ehlo {

struct BlockChanges;

// Writes spans. Adjacent text becomes one span, which ends only where the output differs from the input. The count is
// stored by commit, so without it the caller has got nothing.
class SpanSink {
 public:
  SpanSink(Bytes input, SpanList& spans) noexcept
      : spans_(spans), count_(spans.count), begin_(input.begin()), kept_(begin_) {}

  // A step of the encoder adds up to two spans, commit one.
  bool has_room() const noexcept { return spans_.cap - count_ >= 3; }
  // How far text may be taken from `p`: spans of any length have room.
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

#if EHLO_FAST
  // Of the fast path: wire/fast/sink_blocks.h.
  bool has_room_for(std::size_t size, BlockChanges changes) const noexcept;
  const Octet* take_lines(const Scanner& scan, const Octet* p, const Octet* end) noexcept;
  void change(const Octet* block, std::size_t size, const Octet* input_end, BlockChanges changes) noexcept;
  void take_back() noexcept {}
#endif

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

// Copies.
class CopySink {
 public:
  CopySink(Octet* out, std::size_t capacity) noexcept : begin_(out), end_(out + capacity), out_(out) {}

  // A step of the encoder adds up to two octets beside text, and the end adds five: CR LF and the end of data.
  bool has_room() const noexcept { return room() >= 5; }
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

#if EHLO_FAST
  // Of the fast path: wire/fast/sink_blocks.h.
  bool has_room_for(std::size_t size, BlockChanges changes) const noexcept;
  const Octet* take_lines(const Scanner& scan, const Octet* p, const Octet* end) noexcept;
  void change(const Octet* block, std::size_t size, const Octet* input_end, BlockChanges changes) noexcept;
  void take_back() noexcept { --out_; }
#endif

 private:
  std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - out_); }
  void put(const void* from, std::size_t size) noexcept {
    std::memcpy(out_, from, size);
    out_ += size;
  }
#if EHLO_FAST
  void change_exactly(const Octet* block, std::size_t size, BlockChanges changes) noexcept;
#endif

  Octet* const begin_;
  Octet* const end_;
  Octet* out_;
};

}  // namespace ehlo
