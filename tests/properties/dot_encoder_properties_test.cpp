// The dot encoder beside a reference that knows the whole content, and beside the decoder, which is to get it back.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/flags.h"
#include "support/dot_lines.h"
#include "support/guarded.h"
#include "support/properties.h"
#include "support/short_texts.h"
#include "wire/dot_encoder.h"

namespace {

using ehlo::DotEncoder;
using ehlo::Error;
using ehlo::LineEndings;
using support::printable;

constexpr LineEndings kPolicies[] = {EHLO_ENDING_REJECT, EHLO_ENDING_NORMALIZE, EHLO_ENDING_ACCEPT};

struct Wire {
  std::string octets;  // with an error those that go out before it
  Error error = EHLO_OK;
  std::uint64_t at = 0;
};

// `places`: where each octet of the result comes from.
std::string repaired(const std::string& content, std::vector<std::size_t>* places = nullptr) {
  std::string out;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const bool pair = content.compare(i, 2, "\r\n") == 0;
    out += pair || content[i] == '\r' || content[i] == '\n' ? "\r\n" : content.substr(i, 1);
    if (places != nullptr) places->resize(out.size(), i);
    if (pair) ++i;
  }
  return out;
}

// By the rules, each in a pass of its own. With an error `octets` is what would go out without the rule.
Wire reference(std::string content, LineEndings endings) {
  Wire wire;
  std::vector<std::size_t> places;
  if (endings == EHLO_ENDING_NORMALIZE) content = repaired(content, &places);
  const std::size_t false_end = support::false_end_of_text(content, true);
  const auto octet = [&content](std::size_t at) { return at < content.size() ? content[at] : '\0'; };
  const auto fail = [&wire](Error error, std::size_t at) {
    if (wire.error == EHLO_OK) wire.error = error, wire.at = at;
  };
  bool after_crlf = true;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    const bool ends_crlf = c == '\n' && i > 0 && content[i - 1] == '\r';
    const bool bare = (c == '\n' && !ends_crlf) || (c == '\r' && octet(i + 1) != '\n');
    if (bare && endings == EHLO_ENDING_REJECT) fail(c == '\r' ? EHLO_E_BARE_CR : EHLO_E_BARE_LF, i);
    if (i == false_end) fail(EHLO_E_FALSE_END, places.empty() ? i : places[i]);
    if (c == '.' && after_crlf) wire.octets += '.';
    wire.octets += c;
    after_crlf = ends_crlf;
  }
  wire.octets += after_crlf ? ".\r\n" : "\r\n.\r\n";
  return wire;
}

// How the content is shown: pieces of these sizes, the last of which is repeated, and the room for each call.
struct Cuts {
  std::vector<std::size_t> pieces;
  std::size_t room;
  bool copied;
};

class Sender {
 public:
  Sender(const std::string& content, LineEndings endings, const Cuts& cuts)
      : content_(content), cuts_(cuts), encoder_(endings) {}

  Wire run() {
    std::size_t shown = 0, piece = 0;
    do {
      shown += std::min(cuts_.pieces[std::min(piece++, cuts_.pieces.size() - 1)], content_.size() - shown);
      while (call(shown) && !encoder_.done())
        ;
    } while (wire_.error == EHLO_OK && shown < content_.size());
    EXPECT_EQ(encoder_.done(), wire_.error == EHLO_OK) << printable(content_);
    EXPECT_EQ(encoder_.octets(), used_);
    return wire_;
  }

 private:
  // True: there is more of it to come.
  bool call(std::size_t shown) {
    thread_local support::GuardedBytes input;
    const bool last = shown == content_.size();
    const std::string piece = content_.substr(used_, shown - used_);
    input.assign(piece);
    const std::size_t before = wire_.octets.size();
    const DotEncoder::Result result = cuts_.copied ? copy(input, last) : encode(input, last);
    if (result.error != EHLO_OK) {
      EXPECT_EQ(wire_.octets.size(), before) << "nothing on an error";
      EXPECT_EQ(result.consumed, 0u);
      wire_.error = result.error;
      wire_.at = result.at;
      return false;
    }
    used_ += result.consumed;
    const bool moved = result.consumed != 0 || wire_.octets.size() != before;
    EXPECT_TRUE(moved || (piece.empty() && !last)) << "every call gets on";
    return moved && (used_ < shown || (last && !encoder_.done()));
  }

  DotEncoder::Result encode(const support::GuardedBytes& input, bool last) {
    std::vector<ehlo::Span> items(cuts_.room);
    ehlo::SpanList list{items.data(), static_cast<std::uint32_t>(items.size()), 0};
    const DotEncoder::Result result = encoder_.encode({input.data(), input.size()}, last, list);
    EXPECT_LE(list.count, list.cap);
    for (std::uint32_t i = 0; i < list.count; ++i) {
      if (items[i].off == EHLO_OFF_CRLF) {
        wire_.octets += "\r\n";
      } else if (items[i].off == EHLO_OFF_END) {
        wire_.octets += ".\r\n";
      } else {
        EXPECT_LE(std::uint64_t{items[i].off} + items[i].len, result.consumed);
        wire_.octets += input.view().substr(items[i].off, items[i].len);
      }
    }
    return result;
  }

  DotEncoder::Result copy(const support::GuardedBytes& input, bool last) {
    std::vector<ehlo::Octet> out(cuts_.room);
    std::size_t written = 0;
    const DotEncoder::Result result =
        encoder_.copy({input.data(), input.size()}, last, out.data(), out.size(), written);
    EXPECT_LE(written, out.size());
    wire_.octets.append(reinterpret_cast<const char*>(out.data()), written);
    return result;
  }

  const std::string& content_;
  const Cuts& cuts_;
  DotEncoder encoder_;
  std::size_t used_ = 0;
  Wire wire_;
};

testing::AssertionResult is_the_twin(const std::string& content, LineEndings endings, const Cuts& cuts) {
  const Wire sent = Sender(content, endings, cuts).run();
  const Wire expected = reference(content, endings);
  const bool whole = expected.error == EHLO_OK;
  const bool same = whole ? sent.octets == expected.octets : expected.octets.starts_with(sent.octets);
  if (same && sent.error == expected.error && sent.at == expected.at) return testing::AssertionSuccess();
  return testing::AssertionFailure() << printable(content) << " gave " << printable(sent.octets) << " error "
                                     << static_cast<int>(sent.error) << " at " << sent.at << " instead of "
                                     << printable(expected.octets) << " error " << static_cast<int>(expected.error)
                                     << " at " << expected.at << " policy " << static_cast<int>(endings) << " room "
                                     << cuts.room << (cuts.copied ? " copied" : "");
}

// What goes out has one end, is clean where it has to be, and comes back as it went in.
testing::AssertionResult comes_back(const std::string& content, LineEndings endings) {
  const Wire sent = Sender(content, endings, {{content.size()}, 2 * content.size() + 8, true}).run();
  if (sent.error != EHLO_OK) return testing::AssertionSuccess();
  ehlo::DotDecoder decoder({0, 0, EHLO_ENDING_ACCEPT});
  std::vector<ehlo::Span> items(content.size() + 8);
  ehlo::SpanList list{items.data(), static_cast<std::uint32_t>(items.size()), 0};
  const ehlo::Bytes wire = ehlo::bytes_of(sent.octets);
  const ehlo::DotDecoder::Result result = decoder.feed(wire, list);
  std::string body;
  for (std::uint32_t i = 0; i < list.count; ++i) body += wire.at(items[i]).text();
  std::string expected = endings == EHLO_ENDING_NORMALIZE ? repaired(content) : content;
  if (!expected.empty() && !expected.ends_with("\r\n")) expected += "\r\n";
  const unsigned harmless =
      EHLO_SEEN_NUL | ehlo::flag_if(endings == EHLO_ENDING_ACCEPT, EHLO_SEEN_BARE_CR | EHLO_SEEN_BARE_LF);
  const bool one_end = ("\r\n" + sent.octets).find("\r\n.\r\n") + 3 == sent.octets.size();
  const bool clean = (decoder.violations() & ~harmless) == 0;
  if (result.done && result.consumed == sent.octets.size() && body == expected && one_end && clean)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << printable(content) << " went out as " << printable(sent.octets)
                                     << " and came back as " << printable(body) << " violations "
                                     << unsigned{decoder.violations()} << " policy " << static_cast<int>(endings);
}

TEST(DotEncoderLaw, IsTheTwinOnEveryShortContent) {
  support::for_each_short_text({"\r\n.a\0", 5}, 6, [](const std::string& content, std::size_t number) {
    if (testing::Test::HasFatalFailure()) return;  // one is enough to know
    for (const LineEndings endings : kPolicies) {
      ASSERT_TRUE(comes_back(content, endings));
      for (const bool copied : {false, true}) {
        ASSERT_TRUE(is_the_twin(content, endings, {{content.size()}, 64, copied}));
        ASSERT_TRUE(is_the_twin(content, endings, {{1}, 8, copied})) << " octet by octet";
        ASSERT_TRUE(is_the_twin(content, endings, {{number % 7 + 1, 100}, 8, copied})) << " cut";
      }
    }
  });
}

TEST(DotEncoderLaw, IsTheTwinOnRandomContentAtRandomCuts) {
  std::mt19937 random(20260102);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 30000; ++round) {
    std::string content;
    // Without a bare CR or LF in most rounds: an error ends what a round can show.
    const std::size_t rare = below(4) == 0 ? 3 : below(2) == 0 ? 40 : 1000;
    for (std::size_t parts = below(40); parts != 0; --parts) {
      content += std::string(below(below(5) == 0 ? 150 : 8), 'a');
      if (below(3) == 0) content += "\r\n";
      if (below(3) == 0) content += below(2) == 0 ? "\r\n." : "\r\n.\r\n";
      if (below(rare) == 0) content += "\r\n."[below(3)];
      if (below(rare) == 0) content += below(2) == 0 ? "\n." : "\r.";
      if (below(rare) == 0) content += below(2) == 0 ? std::string("\r\n\0.\0", 5) : std::string("\0.", 2);
    }
    Cuts cuts{{}, below(below(2) == 0 ? 9 : 300) + 8, below(2) == 0};
    for (std::size_t i = 0; i < 5; ++i) cuts.pieces.push_back(below(below(2) == 0 ? 10 : 200) + 1);
    for (const LineEndings endings : kPolicies) {
      ASSERT_TRUE(is_the_twin(content, endings, cuts));
      ASSERT_TRUE(comes_back(content, endings));
    }
  }
}

// Each special octet at each place of a block, and each length of the rest after the last.
TEST(DotEncoderLaw, IsTheTwinWhereverInABlock) {
  for (const std::string_view special : {"\r\n.", "\n", "\r", "\r\n", ".\r\n.", "\r\n.\n.\r.", "\r\r\n."}) {
    for (std::size_t before = 0; before < 140; ++before) {
      const std::string content = std::string(before, 'a') + std::string(special) + std::string(before * 7 % 131, 'b');
      for (const LineEndings endings : kPolicies) {
        ASSERT_TRUE(is_the_twin(content, endings, {{content.size()}, 1000, false}));
        ASSERT_TRUE(is_the_twin(content, endings, {{content.size()}, 1000, true}));
        ASSERT_TRUE(is_the_twin(content, endings, {{before + 1, 64}, 70, true}));
        ASSERT_TRUE(comes_back(content, endings));
      }
    }
  }
}

}  // namespace
