// The content of chunks beside a reference that knows the whole text: the same octets, the same violations, wherever it
// is cut.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/dot_lines.h"
#include "support/guarded.h"
#include "support/properties.h"
#include "support/short_texts.h"
#include "wire/dot_decoder.h"

namespace {

using ehlo::DotDecoder;
using ehlo::LineEndings;
using support::printable;

constexpr std::size_t kNever = std::string_view::npos;

struct Read {
  std::string body;
  std::size_t lf = kNever, cr = kNever, nul = kNever, false_end = kNever, long_line = kNever, large = kNever;
  bool operator==(const Read&) const = default;
};

Read reference(std::string_view text, LineEndings endings) {
  Read read;
  read.nul = text.find('\0');
  read.false_end = support::false_end_of_text(text, true);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool pair = text.substr(at, 2) == "\r\n";
    const bool bare = !pair && (text[at] == '\r' || text[at] == '\n');
    if (bare) (text[at] == '\r' ? read.cr : read.lf) = std::min(at, text[at] == '\r' ? read.cr : read.lf);
    if (pair || (bare && endings == EHLO_ENDING_NORMALIZE))
      read.body += "\r\n";
    else
      read.body += text[at];
    at += pair;
  }
  return read;
}

class Reader {
 public:
  Reader(LineEndings endings, std::uint32_t line_limit, std::uint32_t spans, std::uint64_t limit = 0)
      : decoder_({line_limit, limit, endings}), spans_(spans) {}

  void show(std::string_view piece) {
    thread_local support::GuardedBytes input;
    while (!piece.empty()) {
      input.assign(piece);
      ehlo::SpanList list{spans_.data(), static_cast<std::uint32_t>(spans_.size()), 0};
      const DotDecoder::Result result = decoder_.feed_text({input.data(), input.size()}, list);
      add(result, list, piece);
      ASSERT_NE(result.consumed, 0u) << "every call gets on";
      ASSERT_TRUE(result.consumed == piece.size() || list.cap - list.count < 3) << "no octet is held back";
      piece.remove_prefix(result.consumed);
    }
  }
  // The kinds of violations as they were reported.
  const std::string& order() const { return order_; }

  Read finish() {
    ehlo::SpanList list{spans_.data(), static_cast<std::uint32_t>(spans_.size()), 0};
    add(decoder_.finish_text(list), list, {});
    EXPECT_EQ(decoder_.octets(), read_.body.size());
    return read_;
  }

 private:
  void add(const DotDecoder::Result& result, const ehlo::SpanList& list, std::string_view piece) {
    for (std::uint32_t i = 0; i < list.count; ++i) {
      const ehlo::Span span = list.items[i];
      if (span.off == EHLO_OFF_CRLF)
        read_.body += "\r\n";
      else
        read_.body += piece.substr(span.off, span.len);
    }
    for (std::uint8_t i = 0; i < result.seen_count; ++i) {
      std::size_t& first = place(result.seen[i].kind);
      EXPECT_EQ(first, kNever) << "reported twice";
      first = result.seen[i].at;
      order_ += std::to_string(result.seen[i].kind) + " ";
    }
  }
  std::size_t& place(ehlo::Violation kind) {
    switch (kind) {
      case EHLO_SEEN_BARE_LF: return read_.lf;
      case EHLO_SEEN_BARE_CR: return read_.cr;
      case EHLO_SEEN_NUL: return read_.nul;
      case EHLO_SEEN_FALSE_END: return read_.false_end;
      case EHLO_SEEN_TOO_LARGE: return read_.large;
      default: return read_.long_line;
    }
  }

  DotDecoder decoder_;
  std::vector<ehlo::Span> spans_;
  Read read_;
  std::string order_;
};

// Pieces of these sizes, the last of which is repeated.
Read read_in_pieces(std::string_view text, LineEndings endings, const std::vector<std::size_t>& sizes,
                    std::uint32_t spans) {
  Reader reader(endings, 0, spans);
  for (std::size_t at = 0, piece = 0; at < text.size(); ++piece) {
    const std::size_t size = std::min(sizes[std::min(piece, sizes.size() - 1)], text.size() - at);
    reader.show(text.substr(at, size));
    at += size;
  }
  return reader.finish();
}

constexpr LineEndings kEndings[] = {EHLO_ENDING_ACCEPT, EHLO_ENDING_NORMALIZE};
constexpr std::string_view kAlphabet("\r\n.a\0", 5);

TEST(TextContentLaw, IsTheReferenceOnEveryShortTextAtEveryCut) {
  support::for_each_short_text(kAlphabet, 6, [](const std::string& text, std::size_t) {
    if (testing::Test::HasFatalFailure()) return;  // one is enough to know
    for (const LineEndings endings : kEndings) {
      const Read expected = reference(text, endings);
      ASSERT_EQ(read_in_pieces(text, endings, {1}, 4), expected) << printable(text) << " octet by octet";
      for (std::size_t cut = 0; cut <= text.size(); ++cut)
        ASSERT_EQ(
            read_in_pieces(text, endings, {cut == 0 ? text.size() + 1 : cut, 100}, static_cast<std::uint32_t>(4 + cut)),
            expected)
            << printable(text) << " cut at " << cut;
    }
  });
}

TEST(TextContentLaw, IsTheReferenceOnRandomTextAtRandomCuts) {
  std::mt19937 random(20260103);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const std::size_t rare = below(3) == 0 ? 3 : 30;
    for (std::size_t parts = below(30); parts != 0; --parts) {
      text += std::string(below(below(4) == 0 ? 200 : 9), 'a');
      if (below(2) == 0) text += below(2) == 0 ? "\r\n" : "\r\n.";
      if (below(rare) == 0) text += kAlphabet[below(kAlphabet.size())];
      if (below(rare) == 0) text += below(2) == 0 ? "\n." : "\r\n.\r\n";
    }
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < 5; ++i) sizes.push_back(below(below(2) == 0 ? 10 : 200) + 1);
    const auto spans = static_cast<std::uint32_t>(4 + below(6));
    for (const LineEndings endings : kEndings)
      ASSERT_EQ(read_in_pieces(text, endings, sizes, spans), reference(text, endings)) << printable(text);
  }
}

TEST(TextContentLaw, ReportsLimitsAlikeAtEveryCut) {
  support::for_each_short_text(kAlphabet, 6, [](std::string_view text, std::size_t) {
    if (testing::Test::HasFatalFailure()) return;  // one is enough to know
    for (const LineEndings endings : kEndings) {
      Reader whole(endings, 2, 16, 4);
      whole.show(text);
      const Read expected = whole.finish();
      for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Reader reader(endings, 2, 16, 4);
        reader.show(text.substr(0, cut));
        reader.show(text.substr(cut));
        ASSERT_EQ(reader.finish(), expected) << printable(text) << " cut at " << cut;
        ASSERT_EQ(reader.order(), whole.order()) << printable(text) << " cut at " << cut;
      }
    }
  });
}

TEST(TextContentLaw, CountsLinesAcrossPieces) {
  for (const std::size_t cut : {1, 5, 9, 10, 11}) {
    Reader reader(EHLO_ENDING_REJECT, 10, 4);
    const std::string_view text = "12345678\r\n123456789\r\n";
    reader.show(text.substr(0, cut));
    reader.show(text.substr(cut));
    EXPECT_EQ(reader.finish().long_line, 20u) << cut;
  }
}

}  // namespace
