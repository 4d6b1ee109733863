// A structural scanner against the definition, octet by octet.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/processor.h"
#include "wire/scanner.h"

namespace support {

inline std::vector<const ehlo::Scanner*> scanners() {
  std::vector<const ehlo::Scanner*> all{&ehlo::kScalarScanner};
#if defined(__x86_64__)
  all.push_back(&ehlo::kSse2Scanner);
  if (ehlo::has_avx2()) all.push_back(&ehlo::kAvx2Scanner);
#endif
  return all;
}

// Where a scan begins and what it may take.
struct Scan {
  std::size_t from;  // 1 or more
  std::uint32_t room = 1000;
  std::uint64_t open = 0;
  std::uint64_t longest = UINT64_MAX;  // 64 or more
};

// Each check gives what is wrong, or an empty string. `text` is scanned where it is: its place is a part of the test.
class ScannerCheck {
 public:
  ScannerCheck(const ehlo::Scanner& scanner, ehlo::Bytes text) : scanner_(scanner), text_(text) {}

  std::string read(std::size_t from) const {
    if (from == 0 || from + ehlo::kBlock > text_.size) return {};
    const ehlo::LineBits bits = scanner_.read(text_.data + from);
    for (std::size_t i = 0; i < ehlo::kBlock; ++i) {
      const std::size_t at = from + i;
      if ((bits.odd >> i & 1) != is_odd(at)) return wrong("odd", at);
      if ((bits.lf >> i & 1) != (text_[at] == '\n')) return wrong("lf", at);
      if ((bits.dots >> i & 1) != is_dot(at)) return wrong("dots", at);
    }
    return {};
  }

  std::string find(std::size_t from) const {
    const ehlo::Octet* const found = scanner_.find_special(text_.data + from, text_.end());
    const auto is_special = [](ehlo::Octet c) { return c == '\r' || c == '\n' || c == '\0'; };
    const ehlo::Octet* const expected = std::find_if(text_.data + from, text_.end(), is_special);
    return found == expected ? std::string() : wrong("find_special", from);
  }

  std::string delete_dots(const Scan& scan) const { return cut("delete_dots", scanner_.delete_dots, scan, 0); }
  std::string pass_dots(const Scan& scan) const { return cut("pass_dots", scanner_.pass_dots, scan, 1); }
  std::string double_dots(const Scan& scan) const { return cut("double_dots", scanner_.double_dots, scan, 2); }

  std::string copy_doubling(std::size_t from, std::size_t capacity) const {
    std::vector<ehlo::Octet> out(capacity);
    ehlo::DotCopy copy{text_.data + from, text_.end(), out.data(), out.data() + capacity};
    scanner_.copy_doubling(copy);
    const auto to = static_cast<std::size_t>(copy.p - text_.data);
    const auto written = static_cast<std::size_t>(copy.out - out.data());
    if (to < from || to > text_.size || written > capacity) return wrong("copy_doubling: bounds", to);
    if (const std::string error = taken("copy_doubling", from, to); !error.empty()) return error;
    if (std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(written)) != changed(from, to, 2))
      return wrong("copy_doubling: octets", to);
    const bool had_room = capacity - written >= 3 * ehlo::kBlock;
    if (text_.size - to >= 2 * ehlo::kBlock && had_room && is_clean(to, to + ehlo::kBlock))
      return wrong("copy_doubling: stopped too early", to);
    return {};
  }

 private:
  using Cut = void (*)(ehlo::DotCut&) noexcept;

  bool is_odd(std::size_t at) const { return text_[at] == '\0' || (text_[at] == '\n') != (text_[at - 1] == '\r'); }
  bool is_dot(std::size_t at) const { return text_[at] == '.' && text_[at - 1] == '\n'; }
  bool is_clean(std::size_t from, std::size_t to) const {
    while (from != to && !is_odd(from)) ++from;
    return from == to;
  }
  // A dot that may be of an end of data.
  bool is_open_dot(std::size_t at) const {
    return is_dot(at) &&
           (at + 1 == text_.size || text_[at + 1] == '\r' || text_[at + 1] == '\n' || text_[at + 1] == '\0');
  }

  std::string wrong(const char* what, std::size_t at) const {
    return std::string(scanner_.name) + ": " + what + " at " + std::to_string(at) + " of " + std::to_string(text_.size);
  }
  std::string taken(const char* what, std::size_t from, std::size_t to) const {
    return is_clean(from, to) ? std::string() : wrong(what, to) + ": took what is odd";
  }
  // `times`: how often a dot that begins a line stands in the result.
  std::string changed(std::size_t from, std::size_t to, std::size_t times) const {
    std::string result;
    for (std::size_t at = from; at < to; ++at) result.append(is_dot(at) ? times : 1, static_cast<char>(text_[at]));
    return result;
  }

  std::string cut(const char* what, Cut call, const Scan& scan, std::size_t times) const {
    const bool deleting = times == 0;
    std::vector<ehlo::Span> spans(scan.room + 1, ehlo::Span{77, 77});
    const ehlo::Octet* const begin = text_.data;
    ehlo::DotCut cut{begin, begin + scan.from, text_.end(), begin + scan.from, spans.data(), scan.room};
    cut.open = scan.open;
    cut.longest = scan.longest;
    call(cut);
    const auto to = static_cast<std::size_t>(cut.p - begin);
    const auto count = static_cast<std::size_t>(cut.out - spans.data());
    if (to < scan.from || to > text_.size || count > scan.room || count + cut.room != scan.room)
      return wrong(what, to) + ": bounds";
    if (spans[scan.room] != ehlo::Span{77, 77}) return wrong(what, to) + ": a span too many";
    if (const std::string error = taken(what, scan.from, to); !error.empty()) return error;
    std::string joined;
    for (std::size_t i = 0; i < count; ++i) {
      if (spans[i].len == 0) return wrong(what, to) + ": an empty span";
      joined += text_.at(spans[i]).text();
    }
    joined.append(reinterpret_cast<const char*>(cut.kept), static_cast<std::size_t>(cut.p - cut.kept));
    if (joined != changed(scan.from, to, times)) return wrong(what, to) + ": octets";
    std::string error = lines(what, cut, scan, to, times);
    if (error.empty() && stopped_early(scan, cut, to, deleting)) error = wrong(what, to) + ": stopped too early";
    return error;
  }

  std::string lines(const char* what, const ehlo::DotCut& cut, const Scan& scan, std::size_t to,
                    std::size_t times) const {
    const ehlo::Octet* line = nullptr;
    std::uint64_t length = scan.open;
    std::uint32_t dots = 0;
    for (std::size_t at = scan.from; at < to; ++at) {
      dots += is_dot(at);
      if (times == 0 && is_open_dot(at)) return wrong(what, at) + ": took an end of data";
      if (++length > scan.longest) return wrong(what, at) + ": took a line that is too long";
      if (text_[at] != '\n') continue;
      line = text_.data + at + 1;
      length = 0;
    }
    if (line != cut.line) return wrong(what, to) + ": where the last line begins";
    return (times == 1 ? 0 : dots) == cut.cuts ? std::string() : wrong(what, to) + ": how many dots";
  }

  // Whether there is no reason in the next block to have stopped before it.
  bool stopped_early(const Scan& scan, const ehlo::DotCut& cut, std::size_t to, bool deleting) const {
    if (text_.size - to < ehlo::kBlock || cut.room < ehlo::kBlock) return false;
    for (std::size_t at = to; at < to + ehlo::kBlock; ++at)
      if (is_odd(at) || (deleting && is_open_dot(at))) return false;
    const ehlo::Octet* const line = cut.line != nullptr ? cut.line : text_.data + scan.from - scan.open;
    // Lines are measured by pairs of blocks.
    return static_cast<std::uint64_t>(cut.p - line) + 4 * ehlo::kBlock <= scan.longest;
  }

  const ehlo::Scanner& scanner_;
  ehlo::Bytes text_;
};

// All of it for one text and one place to begin.
inline std::string check_scanner(const ehlo::Scanner& scanner, ehlo::Bytes text, const Scan& scan,
                                 std::size_t capacity) {
  const ScannerCheck check(scanner, text);
  for (const std::string& error :
       {check.read(scan.from), check.find(scan.from), check.delete_dots(scan), check.pass_dots(scan),
        check.double_dots(scan), check.copy_doubling(scan.from, capacity)})
    if (!error.empty()) return error;
  return {};
}

}  // namespace support
