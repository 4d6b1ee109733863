// Replies: the parser agrees with a reference reader that shares no code with it; an error is reported at the first
// octet at which it is certain; cuts change nothing; and what was written is read back.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "ehlo_client.h"
#include "support/choices.h"
#include "support/exact_copy.h"
#include "support/properties.h"
#include "support/write_measured.h"
#include "syntax/reply.h"

namespace support {
namespace {

struct ParseResult {
  std::int32_t error = EHLO_E_INCOMPLETE;
  std::size_t at = 0;  // the position of the error
  std::uint32_t code = 0, enhanced = 0, lines = 0, length = 0;
  bool operator==(const ParseResult&) const = default;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads octet by octet, by the rules of RFC 5321 4.2 and RFC 2034 4.
class ReferenceReader {
 public:
  ReferenceReader(std::string_view input, ehlo_reply_limits limits) : input_(input), limits_(limits) {}

  ParseResult read() {
    for (bool more = true; more;) {
      const std::size_t begin = at_;
      if (!line(begin, more)) return result_;
      note_enhanced(input_.substr(begin, at_ - begin - 2));
      if (++result_.lines == limits_.lines && more) return fail(EHLO_E_REPLY_TOO_LONG, at_);
    }
    result_.error = EHLO_OK;
    result_.length = static_cast<std::uint32_t>(at_);
    return result_;
  }

 private:
  ParseResult fail(std::int32_t error, std::size_t at) {
    result_ = {};
    result_.error = error;
    result_.at = at;
    return result_;
  }

  // Reads one line. False: result_ is final.
  bool line(std::size_t begin, bool& more) {
    const std::size_t end = std::min<std::size_t>(begin + limits_.line_octets, limits_.octets);
    bool cr = false;
    more = false;
    for (;; ++at_) {
      if (at_ == end) return fail(EHLO_E_REPLY_TOO_LONG, at_), false;
      if (at_ == input_.size()) return result_ = {}, false;
      const char c = input_[at_];
      const std::size_t column = at_ - begin;
      if (column < 3) {
        if (!is_digit(c) || (column == 0 && (c < '2' || c > '5'))) return fail(EHLO_E_MALFORMED_REPLY, at_), false;
        if (column == 2 && !same_code(begin)) return fail(EHLO_E_CODE_MISMATCH, at_), false;
      } else if (cr) {
        if (c != '\n') return fail(EHLO_E_BARE_CR, at_ - 1), false;
        return ++at_, true;
      } else if (c == '\n') {
        return fail(EHLO_E_BARE_LF, at_), false;
      } else if (c == '\r') {
        cr = true;
      } else if (c == '\0' || (column == 3 && c != ' ' && c != '-')) {
        return fail(EHLO_E_MALFORMED_REPLY, at_), false;
      } else if (column == 3) {
        more = c == '-';
      }
    }
  }

  bool same_code(std::size_t begin) {
    const auto code = static_cast<std::uint32_t>(std::stoul(std::string(input_.substr(begin, 3))));
    const bool same = result_.lines == 0 || code == result_.code;
    result_.code = code;
    return same;
  }

  void note_enhanced(std::string_view line) {
    const std::uint32_t now = line.size() > 4 ? enhanced(line.substr(4)) : EHLO_ENHANCED_NONE;
    if (result_.lines == 0) result_.enhanced = now;
    if (result_.enhanced != now) result_.enhanced = EHLO_ENHANCED_NONE;
  }

  std::uint32_t enhanced(std::string_view text) const {
    std::uint32_t numbers[3] = {};
    text = text.substr(0, text.find(' '));
    for (std::uint32_t i = 0; i < 3; ++i) {
      std::size_t digits = 0;
      while (digits < text.size() && is_digit(text[digits])) ++digits;
      if (digits == 0 || digits > (i == 0 ? 1 : 3) || (digits > 1 && text[0] == '0')) return EHLO_ENHANCED_NONE;
      numbers[i] = static_cast<std::uint32_t>(std::stoul(std::string(text.substr(0, digits))));
      text.remove_prefix(digits);
      if (i < 2 && (text.empty() || text[0] != '.')) return EHLO_ENHANCED_NONE;
      if (i < 2) text.remove_prefix(1);
    }
    const bool fits = text.empty() && numbers[0] == result_.code / 100 && numbers[0] != 3;
    return fits ? EHLO_ENHANCED(numbers[0], numbers[1], numbers[2]) : EHLO_ENHANCED_NONE;
  }

  std::string_view input_;
  ehlo_reply_limits limits_;
  std::size_t at_ = 0;
  ParseResult result_;
};

ParseResult parse(std::string_view input, const ehlo_reply_limits& limits) {
  const ExactCopy copy(input);
  ehlo_reply reply{};
  std::size_t at = 0;
  ParseResult result;
  result.error = ehlo_reply_parse(copy.data(), copy.size(), &limits, &reply, &at);
  if (result.error == EHLO_OK) return {EHLO_OK, 0, reply.code, reply.enhanced, reply.lines, reply.length};
  if (result.error != EHLO_E_INCOMPLETE) result.at = at;
  return result;
}

// Shows the parser more and more of the input.
ParseResult parse_in_pieces(std::string_view input, const ehlo_reply_limits& limits, Random& random, std::size_t most) {
  ehlo::ReplyParser parser({limits.line_octets, limits.lines, limits.octets});
  for (std::size_t shown = 0;;) {
    const ExactCopy copy(input.substr(0, shown));
    ehlo::Reply reply;
    const ehlo::Problem problem = parser.feed({reinterpret_cast<const ehlo::Octet*>(copy.data()), copy.size()}, reply);
    if (problem.ok()) return {EHLO_OK, 0, reply.code, reply.enhanced, reply.lines, reply.length};
    const auto error = static_cast<std::int32_t>(problem.error);
    if (error != EHLO_E_INCOMPLETE) return {error, problem.at, 0, 0, 0, 0};
    require(parser.within_reply() == (shown != 0), "within a reply is behind its first octet");
    if (shown == input.size()) return {};
    shown += std::min(input.size() - shown, 1 + random.below(most));
  }
}

void require_same_result(const ParseResult& a, const ParseResult& b, std::string_view property) {
  if (a == b) return;
  for (const ParseResult& one : {a, b})
    std::fprintf(stderr, "%s at %zu, code %u, enhanced %x, %u lines, %u octets\n", ehlo_error_name(one.error), one.at,
                 one.code, one.enhanced, one.lines, one.length);
  fail(property);
}

// A result is reported neither an octet too early nor an octet too late.
void check_certain(std::string_view input, const ParseResult& whole, const ehlo_reply_limits& limits) {
  if (whole.error == EHLO_E_INCOMPLETE) return;
  std::size_t certain = whole.error == EHLO_OK ? whole.length : whole.at;
  // A bare CR is certain after the next octet. An over-long reply is certain at the limit, without the next octet.
  if (whole.error == EHLO_E_BARE_CR) certain += 2;
  if (whole.error != EHLO_OK && whole.error != EHLO_E_BARE_CR && whole.error != EHLO_E_REPLY_TOO_LONG) certain += 1;
  require(certain <= input.size(), "a result is within the input");
  require_same_result(parse(input.substr(0, certain), limits), whole, "reported as soon as it is certain");
  if (certain != 0)
    require_same_result(parse(input.substr(0, certain - 1), limits), {}, "not reported before it is certain");
}

void check_lines(std::string_view reply, std::uint32_t lines) {
  std::size_t at = 0, expected = 0;
  std::uint32_t count = 0;
  ehlo_span text;
  while (ehlo_reply_line(reply.data(), reply.size(), &at, &text)) {
    const std::size_t end = reply.find("\r\n", expected);
    const std::size_t begin = std::min(expected + 4, end);
    require(text.off == begin && text.len == end - begin, "a line of a reply is the text after its code");
    expected = end + 2;
    ++count;
  }
  require(count == lines && expected == reply.size(), "the lines of a reply are those that were counted");
}

// Without line ends, and without spaces, since folding replaces some of them.
std::string solid(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\r' && c != '\n') out += c;
  return out;
}

void check_written(std::uint32_t code, std::uint32_t enhanced, std::string_view text) {
  std::string reply;
  const auto write = [&](char* out, std::size_t room) {
    return ehlo_reply_write(code, enhanced, text.data(), text.size(), out, room);
  };
  const std::int64_t size = write_measured(write, reply);
  if (size < 0) return require(size == EHLO_E_ARGUMENT, "an error of write is one that it names");
  const ehlo_reply_limits limits{512, UINT32_MAX, 1u << 30};
  const ParseResult result = parse(reply, limits);
  require(result.error == EHLO_OK && result.length == reply.size() && result.code == code, "what was written is read");
  if (enhanced == 0) enhanced = code / 100 == 3 ? EHLO_ENHANCED_NONE : EHLO_ENHANCED(code / 100, 0, 0);
  // Without a status code, a text that looks like one is read as one.
  require(enhanced == EHLO_ENHANCED_NONE || result.enhanced == enhanced, "the enhanced status code is on each line");
  std::string words;
  std::size_t at = 0;
  ehlo_span line;
  while (ehlo_reply_line(reply.data(), reply.size(), &at, &line)) {
    std::string_view words_of_line = std::string_view(reply).substr(line.off, line.len);
    if (enhanced != EHLO_ENHANCED_NONE)
      words_of_line.remove_prefix(std::min(words_of_line.find(' '), words_of_line.size()));
    words += words_of_line;
  }
  require_same(solid(words), solid(text), "the words of a reply are those that were given");
}

struct Setting {
  ehlo_reply_limits limits{4096, 256, 65536};
  std::uint64_t seed = 0;
  std::uint32_t code = 250, enhanced = EHLO_ENHANCED_NONE;
};

Setting read_setting(std::string_view control) {
  const auto octet = [control](std::size_t at) {
    return at < control.size() ? static_cast<unsigned char>(control[at]) : 0u;
  };
  Setting setting;
  if (octet(1) != 0) setting.limits.line_octets = octet(1);
  if (octet(2) != 0) setting.limits.lines = octet(2) % 8 + 1;
  if (octet(3) != 0) setting.limits.octets = setting.limits.line_octets + octet(3);
  setting.seed = octet(4);
  setting.code = 200 + octet(5) % 4 * 100 + octet(4) % 100;
  if (octet(0) & 2) setting.enhanced = EHLO_ENHANCED(setting.code / 100, octet(6) % 10, octet(7));
  if (octet(0) & 4) setting.enhanced = 0;
  return setting;
}

void run(std::string_view input) {
  constexpr std::size_t kControl = 8;
  const Setting setting = read_setting(input.substr(0, kControl));
  const std::string_view text = input.size() > kControl ? input.substr(kControl) : std::string_view{};
  const ehlo_reply_limits& limits = setting.limits;
  const ParseResult whole = parse(text, limits);
  require_same_result(whole, ReferenceReader(text, limits).read(), "the reference agrees");
  Random random(setting.seed);
  for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{100}})
    require_same_result(parse_in_pieces(text, limits, random, most), whole, "cuts do not matter");
  check_certain(text, whole, limits);
  if (whole.error == EHLO_OK) {
    const ExactCopy reply(text.substr(0, whole.length));
    check_lines(reply.view(), whole.lines);
  }
  check_written(setting.code, setting.enhanced, text);
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  support::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
