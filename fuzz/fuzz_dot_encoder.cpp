// The dot encoder against a reference that reads octet by octet. Both write the same octets or find the same error,
// however the content is cut and however little room there is. The decoder gets the content back.
//
// Input: octet 0 the policy for line endings, octet 1 the seed of cuts and room, then the content.
#include <algorithm>
#include <string>
#include <vector>

#include "support/choices.h"
#include "support/exact_copy.h"
#include "support/properties.h"
#include "wire/dot_encoder.h"

namespace support {
namespace {

using ehlo::DotEncoder;
using ehlo::Error;
using ehlo::LineEndings;

struct Sent {
  std::string wire;
  Error error = EHLO_OK;
  std::uint64_t at = 0;
};

// The reference: the rules of RFC 5321 4.5.2 and 2.3.8 and nothing else. It goes on after an error.
class Reference {
 public:
  Reference(std::string_view content, LineEndings endings) : content_(content), endings_(endings) {}

  Sent run() {
    for (std::size_t at = 0; at < content_.size(); ++at) {
      if (content_.compare(at, 2, "\r\n") == 0) {
        end_line();
        ++at;
      } else if (content_[at] == '\r' || content_[at] == '\n') {
        bare(at);
      } else {
        octet(at);
      }
    }
    if (!line_start_) end_line();
    sent_.wire += ".\r\n";
    return sent_;
  }

  // What the decoder must return.
  const std::string& content() const { return decoded_; }

 private:
  void put(std::string_view octets) {
    sent_.wire += octets;
    decoded_ += octets;
    line_start_ = loose_start_ = false;
  }
  void end_line() {
    put("\r\n");
    line_start_ = true;
  }
  void bare(std::size_t at) {
    if (endings_ == EHLO_ENDING_NORMALIZE) return end_line();
    if (endings_ == EHLO_ENDING_REJECT) fail(content_[at] == '\r' ? EHLO_E_BARE_CR : EHLO_E_BARE_LF, at);
    put(content_.substr(at, 1));
    loose_start_ = true;
  }
  void octet(std::size_t at) {
    // For a receiver that drops NULs, a dot after NULs begins the line, and NULs after the dot do not exist.
    const bool loose = loose_start_ || (content_[at] == '\0' && line_start_);
    const std::size_t behind = content_.find_first_not_of('\0', at + 1);
    const bool line_ends = behind == std::string::npos || content_[behind] == '\r' || content_[behind] == '\n';
    if (content_[at] == '.' && loose && line_ends) fail(EHLO_E_FALSE_END, at);
    if (content_[at] == '.' && line_start_) sent_.wire += '.';
    put(content_.substr(at, 1));
    loose_start_ = loose && content_[at] == '\0';
  }
  void fail(Error error, std::uint64_t at) {
    if (sent_.error != EHLO_OK) return;
    sent_.error = error;
    sent_.at = at;
  }

  std::string_view content_;
  LineEndings endings_;
  Sent sent_;
  std::string decoded_;
  bool line_start_ = true;
  bool loose_start_ = false;
};

class Sender {
 public:
  Sender(std::string_view content, LineEndings endings) : content_(content), encoder_(endings) {}

  // Shows pieces of the sizes of `next_size`, each after the octets that were not consumed before. The output is spans
  // or a copy.
  template <class NextSize>
  Sent run(std::size_t room, bool copied, NextSize next_size) {
    std::size_t shown = 0;
    do {
      shown = std::min(content_.size(), shown + next_size());
      while (wants(shown)) call(shown, room, copied);
    } while (sent_.error == EHLO_OK && shown < content_.size());
    require(encoder_.done() == (sent_.error == EHLO_OK), "the content ends, or there is an error");
    return sent_;
  }

 private:
  // Calls until all that was shown is consumed.
  bool wants(std::size_t shown) const {
    return sent_.error == EHLO_OK && !encoder_.done() && (used_ < shown || shown == content_.size());
  }

  void call(std::size_t shown, std::size_t room, bool copied) {
    const ExactCopy piece(content_.substr(used_, shown - used_));
    const std::size_t before = sent_.wire.size();
    const bool last = shown == content_.size();
    const auto once = [&] { return copied ? copy(piece.view(), last, room) : encode(piece.view(), last, room); };
    const DotEncoder::Result result = once();
    if (result.error != EHLO_OK) {
      const DotEncoder::Result again = once();
      require(again.error == result.error && again.at == result.at, "an error changes nothing");
      require(result.consumed == 0 && sent_.wire.size() == before, "nothing is sent on an error");
      sent_.error = result.error;
      sent_.at = result.at;
    }
    require(result.consumed <= piece.size(), "no more is consumed than was shown");
    used_ += result.consumed;
    require(encoder_.octets() == used_, "the encoder counts what it takes");
    const bool moved = result.consumed != 0 || sent_.wire.size() != before;
    require(moved || sent_.error != EHLO_OK, "every call makes progress");
  }

  DotEncoder::Result encode(std::string_view piece, bool last, std::size_t room) {
    std::vector<ehlo::Span> items(room);
    ehlo::SpanList list{items.data(), static_cast<std::uint32_t>(room), 0};
    const DotEncoder::Result result = encoder_.encode(ehlo::bytes_of(piece), last, list);
    require(list.count <= list.cap, "no more spans than there is room");
    for (std::uint32_t i = 0; i < list.count; ++i) {
      require(items[i].len != 0, "no span is empty");
      if (items[i].off == EHLO_OFF_CRLF) {
        require(items[i].len == 2, "a line ending is CR LF");
        sent_.wire += "\r\n";
      } else if (items[i].off == EHLO_OFF_END) {
        require(items[i].len == 3 && i + 1 == list.count && encoder_.done(), "the end of data comes last");
        sent_.wire += ".\r\n";
      } else {
        require(std::uint64_t{items[i].off} + items[i].len <= result.consumed, "a span is inside what was consumed");
        sent_.wire += piece.substr(items[i].off, items[i].len);
      }
    }
    return result;
  }

  DotEncoder::Result copy(std::string_view piece, bool last, std::size_t room) {
    std::vector<ehlo::Octet> out(room);
    std::size_t written = room + 1;
    const DotEncoder::Result result = encoder_.copy(ehlo::bytes_of(piece), last, out.data(), room, written);
    require(written <= room, "no more octets than there is room");
    sent_.wire.append(reinterpret_cast<const char*>(out.data()), written);
    return result;
  }

  std::string_view content_;
  DotEncoder encoder_;
  std::size_t used_ = 0;
  Sent sent_;
};

void compare(const Sent& sent, const Sent& expected) {
  require(sent.error == expected.error && sent.at == expected.at, "the error is that of the reference");
  if (sent.error == EHLO_OK)
    require_same(sent.wire, expected.wire, "the output is that of the reference");
  else
    require(expected.wire.starts_with(sent.wire), "what went out before the error is that of the reference");
}

// Any receiver, strict or not, reads exactly one message.
void check_wire(const std::string& wire, LineEndings endings, std::string_view content) {
  require(("\r\n" + wire).find("\r\n.\r\n") + 3 == wire.size(), "the only end of data is at the end");
  std::vector<ehlo::Span> items(wire.size() + 3);
  ehlo::SpanList list{items.data(), static_cast<std::uint32_t>(items.size()), 0};
  ehlo::DotDecoder decoder({0, 0, EHLO_ENDING_ACCEPT});
  const ehlo::DotDecoder::Result result = decoder.feed(ehlo::bytes_of(wire), list);
  require(result.done && result.consumed == wire.size(), "the decoder finds the end");
  std::string decoded;
  for (std::uint32_t i = 0; i < list.count; ++i) decoded += wire.substr(items[i].off, items[i].len);
  require_same(decoded, content, "the decoder gets the content back");
  const unsigned allowed = EHLO_SEEN_NUL | (endings == EHLO_ENDING_ACCEPT ? EHLO_SEEN_BARE_CR | EHLO_SEEN_BARE_LF : 0u);
  require((decoder.violations() & ~allowed) == 0, "nothing is wrong with what is sent");
}

void run(std::string_view content, LineEndings endings, std::uint64_t seed) {
  Reference reference(content, endings);
  const Sent expected = reference.run();
  Random random(seed);
  const std::size_t small = 8 + random.below(16);
  const auto all = [&] { return content.size(); };
  for (const bool copied : {false, true}) {
    compare(Sender(content, endings).run(2 * content.size() + 8, copied, all), expected);
    compare(Sender(content, endings).run(8, copied, all), expected);
    compare(Sender(content, endings).run(64, copied, [] { return 1; }), expected);
    const auto some = [&] { return 1 + random.below(random.one_in(3) ? 200 : 9); };
    compare(Sender(content, endings).run(random.one_in(2) ? small : 9 * small, copied, some), expected);
  }
  if (expected.error == EHLO_OK) check_wire(expected.wire, endings, reference.content());
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view content(reinterpret_cast<const char*>(data) + 2, size - 2);
  support::run(content, static_cast<ehlo::LineEndings>(data[0] % 3), data[1]);
  return 0;
}
