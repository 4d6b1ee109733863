// The dot decoder against a reference that reads octet by octet. Both find the same content, the same end of data and
// the same violations, however the input is cut.
//
// Input: octet 0 the longest line (0: none, else 1 to 255), octet 1 the largest message likewise, octet 2 the seed of
// the cuts, then the content as it comes over the wire.
#include <algorithm>
#include <string>
#include <vector>

#include "ehlo.h"
#include "support/choices.h"
#include "support/exact_copy.h"
#include "support/properties.h"
#include "wire/dot_decoder.h"

namespace support {
namespace {

constexpr unsigned kKinds = ehlo::kViolationKinds;

struct Decoded {
  std::string body;
  bool done = false;
  std::size_t consumed = 0;
  std::uint64_t first[kKinds] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

  void note(unsigned kind, std::uint64_t at) {
    std::uint64_t& first_at = first[__builtin_ctz(kind)];
    first_at = std::min(first_at, at);
  }
};

struct Limits {
  std::uint64_t line, message;
  bool normalize;
};

// The reference: the rules of RFC 5321 4.5.2 and nothing else. It stops where more input is needed to decide.
class Reference {
 public:
  Reference(std::string_view wire, Limits limits) : wire_(wire), limits_(limits) {}

  Decoded run() {
    std::size_t at = 0;
    while (at < wire_.size() && !out_.done) {
      const std::size_t next = read_octet(at);
      if (next == at) break;
      at = next;
    }
    out_.consumed = at;
    return out_;
  }

 private:
  char peek(std::size_t at) const { return at < wire_.size() ? wire_[at] : '\0'; }
  bool known(std::size_t at) const { return at < wire_.size(); }

  std::size_t read_octet(std::size_t at) {
    const char c = wire_[at];
    if (c == '\0') return nul(at);
    if (dot_ != kNone && (c == '\r' || c == '\n')) out_.note(EHLO_SEEN_FALSE_END, dot_);
    if (c == '.' && line_start_) return dot(at);
    if (c == '.' && (after_bare_ || deleted_)) {
      put(at, c);
      line_start_ = after_bare_ = deleted_ = false;
      dot_ = at;
      return at + 1;
    }
    dot_ = kNone;
    deleted_ = false;
    if (c == '\r') {
      if (!known(at + 1)) return at;
      if (wire_[at + 1] == '\n') {
        put(at, c);
        put(at + 1, '\n');
        return end_line(at + 2, true);
      }
      return bare(at, EHLO_SEEN_BARE_CR);
    }
    if (c == '\n') return bare(at, EHLO_SEEN_BARE_LF);
    put(at, c);
    line_start_ = after_bare_ = false;
    return at + 1;
  }

  // Some receivers drop NULs: for them, what is before the NULs is directly followed by what is after them. But a dot
  // after NULs is not deleted.
  std::size_t nul(std::size_t at) {
    out_.note(EHLO_SEEN_NUL, at);
    put(at, '\0');
    after_bare_ |= line_start_;
    line_start_ = false;
    return at + 1;
  }

  std::size_t dot(std::size_t at) {
    if (!known(at + 1) || (wire_[at + 1] == '\r' && !known(at + 2))) return at;
    if (wire_[at + 1] == '\r' && wire_[at + 2] == '\n') {
      out_.done = true;
      return at + 3;
    }
    if (wire_[at + 1] == '\r' || wire_[at + 1] == '\n') out_.note(EHLO_SEEN_FALSE_END, at);
    line_start_ = after_bare_ = false;
    if (wire_[at + 1] == '\0') {
      dot_ = at;
      deleted_ = true;
    }
    return at + 1;
  }

  std::size_t bare(std::size_t at, unsigned kind) {
    out_.note(kind, at);
    if (!limits_.normalize) {
      put(at, wire_[at]);
      line_start_ = false;
      after_bare_ = true;
      return at + 1;
    }
    put(at, '\r');
    put(at, '\n');
    return end_line(at + 1, false);
  }

  std::size_t end_line(std::size_t next, bool crlf) {
    line_octets_ = 0;
    line_start_ = crlf;
    after_bare_ = !crlf;
    return next;
  }

  void put(std::size_t at, char c) {
    out_.body += c;
    ++line_octets_;
    if (limits_.line != 0 && line_octets_ > limits_.line) out_.note(EHLO_SEEN_LONG_LINE, at);
    if (limits_.message != 0 && out_.body.size() > limits_.message) out_.note(EHLO_SEEN_TOO_LARGE, at);
  }

  std::string_view wire_;
  Limits limits_;
  Decoded out_;
  static constexpr std::size_t kNone = SIZE_MAX;
  std::uint64_t line_octets_ = 0;
  std::size_t dot_ = kNone;  // the dot of a line that may have nothing else
  bool line_start_ = true;
  bool after_bare_ = false;  // or after NULs that began a line
  bool deleted_ = false;     // the dot was
};

class Feeder {
 public:
  Feeder(std::string_view wire, Limits limits)
      : wire_(wire),
        decoder_({static_cast<std::uint32_t>(limits.line), limits.message,
                  static_cast<ehlo::LineEndings>(limits.normalize ? EHLO_ENDING_NORMALIZE : EHLO_ENDING_ACCEPT)}) {}

  // Shows pieces of the sizes of `next_size`, each after the octets that were not consumed before.
  template <class NextSize>
  Decoded run(std::uint32_t span_cap, NextSize next_size) {
    std::size_t shown = 0;
    spans_.resize(span_cap);
    while (shown < wire_.size() && !out_.done) {
      shown = std::min(wire_.size(), shown + next_size());
      while (feed(shown) && !out_.done)
        ;
    }
    return out_;
  }

 private:
  // Shows what has not been consumed, up to `shown`. True: something was consumed.
  bool feed(std::size_t shown) {
    const ExactCopy copy(wire_.substr(out_.consumed, shown - out_.consumed));
    ehlo::SpanList list{spans_.data(), static_cast<std::uint32_t>(spans_.size()), 0};
    const ehlo::DotDecoder::Result result = decoder_.feed(ehlo::bytes_of(copy.view()), list);
    require(result.consumed <= copy.size(), "no more is consumed than was shown");
    require(list.count <= list.cap, "no more spans than there is room");
    for (std::uint32_t i = 0; i < list.count; ++i) add(copy.view(), spans_[i], result.consumed);
    for (unsigned i = 0; i < result.seen_count; ++i) out_.note(result.seen[i].kind, result.seen[i].at);
    out_.consumed += result.consumed;
    out_.done = result.done;
    const bool full = list.cap - list.count < 3;
    require(result.done || full || copy.size() - result.consumed <= 3, "no more than three octets are kept");
    require(decoder_.octets() == out_.body.size(), "the decoder counts what it gives");
    return result.consumed != 0;
  }

  void add(std::string_view shown, ehlo::Span span, std::size_t used) {
    require(span.len != 0, "no span is empty");
    if (span.off == EHLO_OFF_CRLF) {
      require(span.len == 2, "a repaired line ending is CR LF");
      out_.body += "\r\n";
    } else {
      require(std::uint64_t{span.off} + span.len <= used, "a span is inside what was consumed");
      out_.body += shown.substr(span.off, span.len);
    }
  }

  std::string_view wire_;
  ehlo::DotDecoder decoder_;
  std::vector<ehlo::Span> spans_;
  Decoded out_;
};

void compare(const Decoded& a, const Decoded& b) {
  require_same(a.body, b.body, "the content is that of the reference");
  require(a.done == b.done && a.consumed == b.consumed, "the end of data is that of the reference");
  for (unsigned kind = 0; kind < kKinds; ++kind) {
    if (a.first[kind] != b.first[kind])
      std::fprintf(stderr, "kind %u: %llu, %llu\n", kind, static_cast<unsigned long long>(a.first[kind]),
                   static_cast<unsigned long long>(b.first[kind]));
    require(a.first[kind] == b.first[kind], "violations have the same positions");
  }
}

void run(std::string_view wire, Limits limits, std::uint64_t seed) {
  const Decoded expected = Reference(wire, limits).run();
  Random random(seed);
  const std::uint32_t small = 3 + static_cast<std::uint32_t>(random.below(16));
  compare(Feeder(wire, limits).run(64, [&] { return wire.size(); }), expected);
  compare(Feeder(wire, limits).run(3, [&] { return wire.size(); }), expected);
  compare(Feeder(wire, limits).run(64, [] { return 1; }), expected);
  compare(Feeder(wire, limits).run(small, [&] { return 1 + random.below(random.one_in(3) ? 200 : 9); }), expected);
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 3, size - 3);
  for (const bool normalize : {false, true}) support::run(wire, {data[0], data[1], normalize}, data[2]);
  return 0;
}
