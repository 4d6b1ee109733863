// Replies as a client sees them. Independent of the library, and strict: a reply against RFC 5321 4.2 is a fault.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "case.h"

namespace vectors {

struct Reply {
  unsigned code = 0;
  std::vector<Bytes> lines;  // what stands after the fourth column
};

inline constexpr std::size_t kMaxReplyLine = 512;  // RFC 5321 4.5.3.1.5, with the CRLF

namespace detail {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline unsigned reply_code(std::string_view line) {
  // Reply-code = %x32-35 %x30-35 %x30-39
  const bool good =
      line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && line[1] >= '0' && line[1] <= '5' && is_digit(line[2]);
  require(good, [&] { return "no reply code in the reply line " + printable(line); });
  return static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
}

}  // namespace detail

// All replies of `wire`, which must contain nothing else.
inline std::vector<Reply> read_replies(std::string_view wire) {
  std::vector<Reply> replies;
  bool open = false;
  while (!wire.empty()) {
    const std::size_t end = wire.find("\r\n");
    require(end != wire.npos, [&] { return "a reply line without its CRLF: " + printable(wire); });
    const std::string_view line = wire.substr(0, end);
    wire.remove_prefix(end + 2);
    require(line.size() + 2 <= kMaxReplyLine, "a reply line is too long");
    for (const char c : line) {
      const auto octet = static_cast<unsigned char>(c);
      require(octet == '\t' || (octet >= 0x20 && octet != 0x7F),
              [&] { return "a control character in the reply " + printable(line); });
    }
    const unsigned code = detail::reply_code(line);
    const bool more = line.size() > 3 && line[3] == '-';
    require(more || line.size() == 3 || line[3] == ' ',
            [&] { return "no SP or hyphen behind the code in " + printable(line); });
    // An empty text has no SP before it, but for an empty challenge (RFC 4954 8: "334" SP [base64] CRLF).
    require(more || line.size() != 4 || code == 334,
            [&] { return "SP and no text in the reply line " + printable(line); });
    require(code != 334 || line.size() > 3, "334 without its SP");
    if (open)
      require(code == replies.back().code,
              [&] { return "the lines of a reply differ in their code: " + printable(line); });
    else
      replies.push_back({code, {}});
    replies.back().lines.emplace_back(line.size() > 4 ? line.substr(4) : std::string_view{});
    open = more;
  }
  require(!open, "a reply without its last line");
  return replies;
}

// The class of the enhanced status code (RFC 2034 3, RFC 3463 2) that `text` begins with: 2, 4 or 5; 0: there is none.
inline unsigned status_class(std::string_view text) {
  const std::string_view status = text.substr(0, text.find(' '));
  if (status.size() < 5 || status[1] != '.' || (status[0] != '2' && status[0] != '4' && status[0] != '5')) return 0;
  const std::size_t dot = status.find('.', 2);
  if (dot == status.npos) return 0;
  for (const std::string_view number : {status.substr(2, dot - 2), status.substr(dot + 1)}) {
    if (number.empty() || number.size() > 3) return 0;
    for (const char c : number)
      if (!detail::is_digit(c)) return 0;
  }
  return static_cast<unsigned>(status[0] - '0');
}

}  // namespace vectors
