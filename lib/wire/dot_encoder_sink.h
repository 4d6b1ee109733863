// Where the dot encoder puts what is sent: into spans, or into a buffer. It tells both the same, text by text, and the
// difference is what they keep of it.
#pragma once

#include <cstring>

#include "wire/dot_decoder.h"
#include "wire/line_bits.h"

namespace ehlo {

// What is to be different in a block: each bit of `all` is an octet, an LF in `repairs` that becomes CR LF, else a dot
// that is doubled.
struct BlockChanges {
  std::uint64_t all;
  std::uint64_t repairs;

  unsigned count() const noexcept { return static_cast<unsigned>(__builtin_popcountll(all)); }
};

#if defined(__SSE2__)
// Whether in the block at `p` nothing is to be different and each CR and LF is of a CR LF; p[-1] must be readable, and
// in front of it the same must hold. A CR at the end of the block is for the next one.
struct Sse2Text {
  static bool is_plain(const Octet* p) noexcept {
    __m128i changes = _mm_setzero_si128();
    for (int at = 0; at < static_cast<int>(kBlock); at += 16) changes = _mm_or_si128(changes, find(p + at));
    return _mm_movemask_epi8(changes) == 0;
  }
  static void copy(Octet* to, const Octet* from) noexcept { std::memcpy(to, from, kBlock); }

 private:
  static __m128i find(const Octet* p) noexcept {
    const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i before = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p - 1));
    const auto is = [](__m128i v, char c) noexcept { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); };
    return _mm_or_si128(_mm_xor_si128(is(octets, '\n'), is(before, '\r')),
                        _mm_and_si128(is(octets, '.'), is(before, '\n')));
  }
};

struct Avx2Text {
  [[gnu::target("avx2")]] static bool is_plain(const Octet* p) noexcept {
    const __m256i changes = _mm256_or_si256(find(p), find(p + 32));
    return _mm256_testz_si256(changes, changes) != 0;
  }
  [[gnu::target("avx2")]] static void copy(Octet* to, const Octet* from) noexcept {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 32));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 32), high);
  }

 private:
  [[gnu::target("avx2")]] static __m256i is(__m256i v, char c) noexcept {
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
  }
  [[gnu::target("avx2")]] static __m256i find(const Octet* p) noexcept {
    const __m256i octets = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const __m256i before = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p - 1));
    return _mm256_or_si256(_mm256_xor_si256(is(octets, '\n'), is(before, '\r')),
                           _mm256_and_si256(is(octets, '.'), is(before, '\n')));
  }
};
#endif

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
  void crlf(const Octet* p) noexcept { constant(p, {kCrlfOffset, 2}); }
  void end(const Octet* p) noexcept { constant(p, {kEndOffset, 3}); }
  void commit(const Octet* p) noexcept {
    flush(p);
    spans_.count = count_;
  }

  // Takes plain blocks, up to where one is not.
  template <class Text>
  [[gnu::always_inline]] const Octet* take_plain(const Octet* p, const Octet* end) noexcept {
    while (end - p >= static_cast<std::ptrdiff_t>(kBlock) && Text::is_plain(p)) p += kBlock;
    return p;
  }
  template <class Text>
  [[gnu::always_inline]] void change(const Octet* block, std::size_t, BlockChanges changes) noexcept {
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

  template <class Text>
  [[gnu::always_inline]] const Octet* take_plain(const Octet* p, const Octet* end) noexcept {
    const Octet* const stop = reach(p, end);
    Octet* out = out_;
    for (; stop - p >= static_cast<std::ptrdiff_t>(kBlock) && Text::is_plain(p); p += kBlock, out += kBlock)
      Text::copy(out, p);
    out_ = out;
    return p;
  }
  template <class Text>
  [[gnu::always_inline]] void change(const Octet* block, std::size_t size, BlockChanges changes) noexcept {
    const bool wide = static_cast<std::size_t>(input_end_ - block) >= 2 * kBlock && room() >= 3 * kBlock;
    if (!wide) return change_exactly(block, size, changes);
    // Each time a whole block, of which the next overwrites what is too much: a few octets cost no less.
    const Octet* from = block;
    Octet* out = out_;
    for (; changes.all != 0; changes.all &= changes.all - 1) {
      const int bit = __builtin_ctzll(changes.all);
      const std::ptrdiff_t is_lf = changes.repairs >> bit & 1;
      const Octet* const at = block + bit;
      Text::copy(out, from);
      out += at - from + (1 - is_lf);
      std::memcpy(out, "\r\n", 2);
      out += 2 * is_lf;
      from = at + is_lf;
    }
    Text::copy(out, from);
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
