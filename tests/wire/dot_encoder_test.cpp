// Content on its way to the wire: dots, the end of data, each policy for line endings, errors, and room that runs out.
#include "wire/dot_encoder.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>
#include <vector>

#include "support/guarded.h"
#include "support/properties.h"

namespace {

using ehlo::DotEncoder;
using ehlo::Error;
using ehlo::LineEndings;
using ehlo::Span;
using support::printable;
using Strings = std::vector<std::string_view>;

constexpr Span kCrlf{EHLO_OFF_CRLF, 2};
constexpr Span kEnd{EHLO_OFF_END, 3};

struct Sent {
  std::string wire;
  DotEncoder::Result result;
  std::vector<Span> spans;
};

Sent encode(DotEncoder& encoder, std::string_view text, bool last, std::uint32_t cap = 64) {
  thread_local support::GuardedBytes bytes;
  bytes.assign(text);
  Sent sent;
  sent.spans.resize(cap);
  ehlo::SpanList list{sent.spans.data(), cap, 0};
  sent.result = encoder.encode({bytes.data(), bytes.size()}, last, list);
  EXPECT_LE(list.count, cap);
  sent.spans.resize(list.count);
  for (const Span& span : sent.spans) {
    if (span.off == EHLO_OFF_CRLF || span.off == EHLO_OFF_END) {
      EXPECT_EQ(span.len, span.off == EHLO_OFF_CRLF ? 2u : 3u);
      sent.wire += span.off == EHLO_OFF_CRLF ? "\r\n" : ".\r\n";
    } else {
      EXPECT_NE(span.len, 0u) << "no span is empty";
      sent.wire += text.substr(span.off, span.len);
    }
  }
  return sent;
}

Sent copy(DotEncoder& encoder, std::string_view text, bool last, std::size_t capacity = 1024) {
  thread_local support::GuardedBytes bytes;
  bytes.assign(text);
  Sent sent;
  std::string out(capacity + 80, '#');
  std::size_t written = 99;
  sent.result =
      encoder.copy({bytes.data(), bytes.size()}, last, reinterpret_cast<ehlo::Octet*>(out.data()), capacity, written);
  EXPECT_LE(written, capacity);
  EXPECT_EQ(out.substr(capacity), std::string(80, '#')) << "written behind the capacity";
  sent.wire = out.substr(0, written);
  return sent;
}

// All of `pieces`, the last of them with `last`; stops at an error.
Sent send(LineEndings endings, const Strings& pieces) {
  DotEncoder encoder(endings), copier(endings);
  Sent all;
  for (std::size_t i = 0; i < pieces.size() && all.result.error == EHLO_OK; ++i) {
    const bool last = i + 1 == pieces.size();
    const Sent sent = encode(encoder, pieces[i], last);
    const Sent copied = copy(copier, pieces[i], last);
    EXPECT_EQ(copied.wire, sent.wire);
    EXPECT_EQ(copied.result.consumed, sent.result.consumed);
    EXPECT_EQ(copied.result.error, sent.result.error);
    EXPECT_EQ(copied.result.at, sent.result.at);
    EXPECT_EQ(copier.octets(), encoder.octets());
    EXPECT_EQ(sent.result.consumed, sent.result.error == EHLO_OK ? pieces[i].size() : 0u);
    all.wire += sent.wire;
    all.result = sent.result;
  }
  EXPECT_EQ(encoder.done(), all.result.error == EHLO_OK);
  EXPECT_EQ(copier.done(), encoder.done());
  return all;
}

// Whole, octet by octet and cut in two everywhere, with empty pieces between.
std::vector<Strings> cuts(std::string_view text) {
  std::vector<Strings> all{{text}};
  Strings octets;
  for (std::size_t i = 0; i < text.size(); ++i) octets.push_back(text.substr(i, 1));
  octets.push_back("");
  all.push_back(octets);
  for (std::size_t i = 0; i <= text.size(); ++i) all.push_back({text.substr(0, i), "", text.substr(i)});
  return all;
}

void expect_wire(LineEndings endings, std::string_view text, std::string_view wire) {
  for (const Strings& pieces : cuts(text)) {
    const Sent sent = send(endings, pieces);
    EXPECT_EQ(sent.result.error, EHLO_OK) << printable(text);
    EXPECT_EQ(printable(sent.wire), printable(wire)) << printable(text) << " in " << pieces.size();
  }
}

void expect_error(LineEndings endings, std::string_view text, Error error, std::uint64_t at) {
  for (const Strings& pieces : cuts(text)) {
    const Sent sent = send(endings, pieces);
    EXPECT_EQ(sent.result.error, error) << printable(text);
    EXPECT_EQ(sent.result.at, at) << printable(text) << " first piece " << printable(pieces[0]);
  }
}

struct Row {
  std::string_view text, wire;
};

TEST(DotEncoder, DoublesADotAtTheStartOfALineAndEndsTheContent) {
  const Row rows[] = {{"hello\r\n", "hello\r\n.\r\n"},
                      {"", ".\r\n"},
                      {"\r\n", "\r\n.\r\n"},
                      {"a\r\n\r\n", "a\r\n\r\n.\r\n"},
                      {".\r\n", "..\r\n.\r\n"},
                      {".a\r\n", "..a\r\n.\r\n"},
                      {"a.b.\r\n", "a.b.\r\n.\r\n"},
                      {"a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
                      {"a\r\n.b\r\n..c\r\n", "a\r\n..b\r\n...c\r\n.\r\n"},
                      {"\r\n\r\n.\r\n\r\n.\r\n", "\r\n\r\n..\r\n\r\n..\r\n.\r\n"},
                      {"a", "a\r\n.\r\n"},
                      {".", "..\r\n.\r\n"},
                      {"a\r\n.", "a\r\n..\r\n.\r\n"},
                      {"a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"}};
  for (const LineEndings endings : {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT})
    for (const Row& row : rows) expect_wire(endings, row.text, row.wire);
  for (const LineEndings endings : {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT})
    expect_wire(endings, std::string_view("\0\xff\r\n", 4), std::string_view("\0\xff\r\n.\r\n", 7));
}

TEST(DotEncoder, GivesSpansOfTheInput) {
  DotEncoder encoder;
  EXPECT_EQ(encode(encoder, "ab\r\n.c\r\n", true).spans, (std::vector<Span>{{0, 5}, {4, 4}, kEnd}));
  DotEncoder dots;
  EXPECT_EQ(encode(dots, ".\r\n.", true).spans, (std::vector<Span>{{0, 1}, {0, 4}, {3, 1}, kCrlf, kEnd}));
  DotEncoder empty;
  EXPECT_EQ(encode(empty, "", true).spans, (std::vector<Span>{kEnd}));
  DotEncoder repairing(EHLO_ENDING_NORMALIZE);
  EXPECT_EQ(encode(repairing, "a\n.\rb\r\nc", true).spans,
            (std::vector<Span>{{0, 1}, kCrlf, {2, 1}, {2, 1}, kCrlf, {4, 4}, kCrlf, kEnd}));
}

TEST(DotEncoder, AppendsToTheSpans) {
  DotEncoder encoder;
  std::vector<Span> items(20, Span{7, 7});
  ehlo::SpanList list{items.data(), 20, 2};
  encoder.encode(ehlo::bytes_of("ab"), false, list);
  ASSERT_EQ(list.count, 3u);
  EXPECT_EQ(items[1], (Span{7, 7}));
  EXPECT_EQ(items[2], (Span{0, 2}));
}

TEST(DotEncoder, HoldsACrBackUntilTheNextInput) {
  for (const LineEndings endings : {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE}) {
    DotEncoder encoder(endings);
    const Sent first = encode(encoder, "a\r", false);
    EXPECT_EQ(first.result.consumed, 2u);
    EXPECT_EQ(first.spans, (std::vector<Span>{{0, 1}}));
    EXPECT_EQ(encoder.octets(), 2u);
    EXPECT_TRUE(encode(encoder, "", false).spans.empty());
    EXPECT_EQ(encode(encoder, "\n.b", false).spans, (std::vector<Span>{kCrlf, {1, 1}, {1, 2}}));
    EXPECT_EQ(encoder.octets(), 5u);
  }
  // Where a bare CR may go out, nothing is to be waited for.
  DotEncoder encoder(EHLO_ENDING_ACCEPT);
  EXPECT_EQ(encode(encoder, "a\r", false).spans, (std::vector<Span>{{0, 2}}));
  EXPECT_EQ(encode(encoder, "\n.b", false).spans, (std::vector<Span>{{0, 2}, {1, 2}}));
}

TEST(DotEncoder, RejectsTheFirstBareCrOrLf) {
  const struct {
    std::string_view text;
    Error error;
    std::uint64_t at;
  } rows[] = {{"a\rb\r\n", EHLO_E_BARE_CR, 1},
              {"a\n.\nb\r\n", EHLO_E_BARE_LF, 1},
              {"a\r.\r\nb\r\n", EHLO_E_BARE_CR, 1},
              {"a\r\n.\nb\r\n", EHLO_E_BARE_LF, 4},
              {"a\r\r\nb\r\n", EHLO_E_BARE_CR, 1},
              {"a\r", EHLO_E_BARE_CR, 1},
              {"\r", EHLO_E_BARE_CR, 0},
              {"\n", EHLO_E_BARE_LF, 0},
              {"a\r\n\n", EHLO_E_BARE_LF, 3},
              {"a\n\r", EHLO_E_BARE_LF, 1},
              {"a\r.\n", EHLO_E_BARE_CR, 1},
              {"\r\n\r\r", EHLO_E_BARE_CR, 2},
              {"..\n", EHLO_E_BARE_LF, 2}};
  for (const auto& row : rows) {
    expect_error(EHLO_ENDING_REJECT, row.text, row.error, row.at);
    const std::string longer = std::string(126, 'x') + "\r\n" + std::string(row.text);
    expect_error(EHLO_ENDING_REJECT, longer, row.error, row.at + 128);
  }
}

TEST(DotEncoder, RepairsBeforeItDoublesDots) {
  const Row rows[] = {{"a\rb\r\n", "a\r\nb\r\n.\r\n"},
                      {"a\n.\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
                      {"a\r.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
                      {"a\r\n.\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
                      {"a\r\r\nb\r\n", "a\r\n\r\nb\r\n.\r\n"},
                      {"a\r", "a\r\n.\r\n"},
                      {"a\n", "a\r\n.\r\n"},
                      {"\n\r", "\r\n\r\n.\r\n"},
                      {"\r\n\r\n\n\r\r", "\r\n\r\n\r\n\r\n\r\n.\r\n"},
                      {".\n.\r.", "..\r\n..\r\n..\r\n.\r\n"},
                      {"a\n..\n", "a\r\n...\r\n.\r\n"}};
  for (const Row& row : rows) expect_wire(EHLO_ENDING_NORMALIZE, row.text, row.wire);
}

TEST(DotEncoder, SendsBareCrAndLfAsTheyAreUnderAccept) {
  const Row rows[] = {{"a\nb\rc\r\n", "a\nb\rc\r\n.\r\n"},
                      {"a\n", "a\n\r\n.\r\n"},
                      {"a\r", "a\r\r\n.\r\n"},
                      {"\r\r\n.\r\n", "\r\r\n..\r\n.\r\n"},
                      {"\n.a\r\n", "\n.a\r\n.\r\n"},
                      {"\r.a", "\r.a\r\n.\r\n"},
                      {"\n..\n.x", "\n..\n.x\r\n.\r\n"},
                      // Two dots on the wire: no end for anybody.
                      {"a\r\n.\nb", "a\r\n..\nb\r\n.\r\n"},
                      {"a\r\n.\rb", "a\r\n..\rb\r\n.\r\n"},
                      {".\n", "..\n\r\n.\r\n"}};
  for (const Row& row : rows) expect_wire(EHLO_ENDING_ACCEPT, row.text, row.wire);
}

TEST(DotEncoder, NeverSendsAFalseEnd) {
  const struct {
    std::string_view text;
    std::uint64_t at;
  } rows[] = {{"x\n.\ny", 2},   {"x\n.\r\ny", 2}, {"x\r.\ry", 2}, {"x\r.\r\ny", 2}, {"x\n.\ry", 2},
              {"x\r.\ny", 2},   {"x\n.", 2},      {"x\r.", 2},    {"x\n.\r", 2},    {"\n.a\n.\n", 4},
              {"\r\r.\r\n", 2}, {".\n.\n", 2},    {"\n\n.\n", 2}, {"\n..\r.\n.", 4}};
  for (const auto& row : rows) {
    expect_error(EHLO_ENDING_ACCEPT, row.text, EHLO_E_FALSE_END, row.at);
    const std::string longer = std::string(126, 'x') + "\r\n" + std::string(row.text);
    // There the dot that began the content is after CR LF as before.
    expect_error(EHLO_ENDING_ACCEPT, longer, EHLO_E_FALSE_END, row.at + 128);
  }
}

TEST(DotEncoder, ChangesNothingOnAnError) {
  const struct {
    LineEndings endings;
    std::string_view before, bad, good, wire;
  } rows[] = {{EHLO_ENDING_REJECT, "ab\r", "x\r\n", "\n.\r\n", "ab\r\n..\r\n.\r\n"},
              {EHLO_ENDING_REJECT, "ab\r\n", ".c\r\n.d\ne", ".c", "ab\r\n..c\r\n.\r\n"},
              {EHLO_ENDING_ACCEPT, "a\n.", "\r\n", "b", "a\n.b\r\n.\r\n"}};
  for (const auto& row : rows) {
    DotEncoder encoder(row.endings), copier(row.endings);
    std::string wire = encode(encoder, row.before, false).wire;
    std::string copied = copy(copier, row.before, false).wire;
    for (int i = 0; i < 2; ++i) {
      const Sent sent = encode(encoder, row.bad, true);
      EXPECT_NE(sent.result.error, EHLO_OK);
      EXPECT_EQ(sent.result.consumed, 0u);
      EXPECT_TRUE(sent.spans.empty());
      EXPECT_EQ(encoder.octets(), row.before.size());
      EXPECT_EQ(copy(copier, row.bad, true).wire, "") << "written is 0";
      EXPECT_FALSE(encoder.done() || copier.done());
    }
    wire += encode(encoder, row.good, true).wire;
    copied += copy(copier, row.good, true).wire;
    EXPECT_EQ(printable(wire), printable(row.wire));
    EXPECT_EQ(printable(copied), printable(row.wire));
  }
}

TEST(DotEncoder, GivesNothingBehindTheEnd) {
  DotEncoder encoder;
  EXPECT_FALSE(encoder.done());
  encode(encoder, "a", true);
  EXPECT_TRUE(encoder.done());
  for (const bool last : {false, true}) {
    const Sent more = encode(encoder, "b\n", last);
    EXPECT_EQ(more.result.consumed, 0u);
    EXPECT_EQ(more.result.error, EHLO_OK);
    EXPECT_TRUE(more.spans.empty());
    EXPECT_EQ(copy(encoder, "b", last).wire, "");
  }
  EXPECT_EQ(encoder.octets(), 1u);
}

// Every line needs a span or two, repaired or not; 70 octets between some, so that blocks are met too.
std::string costly() {
  std::string text = ".\r\n";
  for (int i = 0; i < 30; ++i) text += i % 5 == 0 ? ".\n" + std::string(70, 'a') + "\r\n" : i % 3 ? ".\r" : ".\n.\n";
  return text + ".";
}

TEST(DotEncoder, StopsWhereTheSpansRunOut) {
  const std::string text = costly();
  DotEncoder one(EHLO_ENDING_NORMALIZE);
  const std::string expected = encode(one, text, true, 1000).wire;
  ASSERT_TRUE(one.done());
  for (std::uint32_t cap = EHLO_SPANS_MIN; cap < 200; ++cap) {
    DotEncoder encoder(EHLO_ENDING_NORMALIZE);
    std::string wire, tail = text;
    while (!encoder.done()) {
      const Sent sent = encode(encoder, tail, true, cap);
      ASSERT_FALSE(sent.spans.empty()) << "every call gets on";
      wire += sent.wire;
      tail.erase(0, sent.result.consumed);
    }
    ASSERT_EQ(printable(wire), printable(expected)) << cap;
    EXPECT_EQ(encoder.octets(), text.size());
  }
}

TEST(DotEncoder, StopsWhereTheCapacityRunsOut) {
  const std::string text = costly();
  DotEncoder one(EHLO_ENDING_NORMALIZE);
  const std::string expected = encode(one, text, true, 1000).wire;
  for (std::size_t capacity = DotEncoder::kOctetsPerStep; capacity < expected.size() + 80; ++capacity) {
    DotEncoder encoder(EHLO_ENDING_NORMALIZE);
    std::string wire, tail = text;
    while (!encoder.done()) {
      const Sent sent = copy(encoder, tail, true, capacity);
      ASSERT_NE(sent.wire, "") << "every call gets on";
      wire += sent.wire;
      tail.erase(0, sent.result.consumed);
    }
    ASSERT_EQ(printable(wire), printable(expected)) << capacity;
    EXPECT_EQ(encoder.octets(), text.size());
  }
}

TEST(DotEncoder, KeepsWithinRoomThatIsTooSmall) {
  const std::string text = costly();
  for (std::uint32_t room = 0; room < EHLO_SPANS_MIN; ++room) {
    DotEncoder encoder(EHLO_ENDING_NORMALIZE), copier(EHLO_ENDING_NORMALIZE);
    const Sent sent = encode(encoder, text, true, room);
    EXPECT_EQ(encoder.octets(), sent.result.consumed);
    const Sent copied = copy(copier, text, true, room);
    EXPECT_EQ(copier.octets(), copied.result.consumed);
    DotEncoder plain;
    encode(plain, std::string(200, 'x'), true, room);
    EXPECT_FALSE(encoder.done() || copier.done());
  }
}

// Spans have 32 bits, so no call takes more than half of that. The memory is one page of zeros again and again.
TEST(DotEncoder, TakesMoreThanASpanCanHoldInTwoCalls) {
  const std::size_t half = std::size_t{1} << 31, size = half + 100;
  void* const memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  DotEncoder encoder;
  const ehlo::Bytes content{static_cast<const ehlo::Octet*>(memory), size};
  std::vector<Span> items(8);
  ehlo::SpanList list{items.data(), 8, 0};
  EXPECT_EQ(encoder.encode(content, true, list).consumed, half);
  EXPECT_FALSE(encoder.done());
  EXPECT_EQ(encoder.encode(content.from(half), true, list).consumed, 100u);
  items.resize(list.count);
  EXPECT_EQ(items, (std::vector<Span>{{0, 1u << 31}, {0, 100}, kCrlf, kEnd}));
  EXPECT_TRUE(encoder.done());
  munmap(memory, size);
}

TEST(DotEncoder, TellsAnErrorOnlyWhereItGetsThatFar) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += ".\r\n";
  text += "\n";
  DotEncoder encoder;
  const Sent first = encode(encoder, text, true, EHLO_SPANS_MIN);
  EXPECT_EQ(first.result.error, EHLO_OK);
  ASSERT_GT(first.result.consumed, 0u);
  const Sent rest = encode(encoder, text.substr(first.result.consumed), true);
  EXPECT_EQ(rest.result.error, EHLO_E_BARE_LF);
  EXPECT_EQ(rest.result.at, 60u);
}

// An overrun would crash at the guard page behind the input, a missed octet would show.
TEST(DotEncoder, ReadsNoOctetBehindTheInput) {
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string text(size, 'x');
    DotEncoder whole, copied;
    EXPECT_EQ(encode(whole, text, true).wire, text + (size != 0 ? "\r\n.\r\n" : ".\r\n"));
    EXPECT_EQ(copy(copied, text, false).wire, text);
    std::string dots;
    while (dots.size() < size) dots += ".\r\n";
    dots.resize(size);
    DotEncoder encoder(EHLO_ENDING_NORMALIZE), copier(EHLO_ENDING_NORMALIZE);
    EXPECT_EQ(encode(encoder, dots, false, 1000).wire, copy(copier, dots, false).wire);
  }
}

}  // namespace
