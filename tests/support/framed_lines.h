// The lines of an input as the framer finds them when it is shown in pieces, and as a reference does that sees all of
// it: "'line'", "'line' LF" (with a bare LF in it or at its end), or "long octets", followed by the words that it
// begins with.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "guarded.h"
#include "properties.h"
#include "wire/line_framer.h"

namespace support {

inline std::string words_of(const ehlo::LineStart& start) {
  return std::string(start.has_bdat() ? " BDAT" : "") + (start.has_auth() ? " AUTH" : "");
}

inline std::vector<std::string> reference_lines(std::string_view input, std::size_t limit, bool lf_ends) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < input.size(); ++at) {
    const bool crlf = input[at] == '\n' && at > begin && input[at - 1] == '\r';
    if (!crlf && !(lf_ends && input[at] == '\n')) continue;
    const std::string_view line = input.substr(begin, at - begin - (crlf ? 1 : 0));
    const std::size_t total = at + 1 - begin;
    if (total > limit) {
      const auto* octets = reinterpret_cast<const ehlo::Octet*>(input.data()) + begin;
      lines.push_back("long " + std::to_string(total) + words_of(ehlo::start_of({octets, total})));
    } else {
      const bool bare_lf = !crlf || line.find('\n') != std::string_view::npos;
      lines.push_back("'" + printable(line) + "'" + (bare_lf ? " LF" : ""));
    }
    begin = at + 1;
  }
  return lines;
}

// `next_size` says how much more is shown; with `keep_once` each line is given back once. A broken property is an entry
// too.
template <class NextSize>
std::vector<std::string> framed_lines(std::string_view input, std::uint32_t limit, bool lf_ends, bool keep_once,
                                      NextSize next_size) {
  thread_local GuardedBytes shown;
  ehlo::LineFramer framer;
  std::vector<std::string> lines;
  std::string tail;
  std::size_t given = 0;
  bool kept = false;
  for (;;) {
    shown.assign(tail);
    const ehlo::LineFramer::Frame found = framer.next({shown.data(), shown.size()}, limit, lf_ends);
    if (found.consumed > tail.size()) return lines.push_back("broken: consumed what was not shown"), lines;
    if (found.result == ehlo::LineFramer::Result::need_more) {
      tail.erase(0, found.consumed);
      if (tail.size() >= limit) return lines.push_back("broken: a full buffer makes no progress"), lines;
      if (given == input.size()) return lines;
      const std::size_t size = std::min<std::size_t>(next_size(), input.size() - given);
      tail += input.substr(given, size);
      given += size;
      continue;
    }
    if (found.result == ehlo::LineFramer::Result::long_line) {
      lines.push_back("long " + std::to_string(found.total) + words_of(found.start));
    } else if (keep_once && !kept) {
      // A line that is given back is found again as it was.
      framer.keep(found);
      kept = true;
      continue;
    } else {
      lines.push_back("'" + printable(tail.substr(0, found.length)) + "'" + (found.bare_lf ? " LF" : ""));
    }
    kept = false;
    tail.erase(0, found.consumed);
  }
}

}  // namespace support
