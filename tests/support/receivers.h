// How other receivers find the end of a message: each a way to end lines that is, or was, in use somewhere.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace support {

struct Receiver {
  const char* name;
  bool lf = false, cr = false;  // ends a line by itself
  bool cr_run = false;          // any number of CR before an LF belongs to the line end
  bool drops_nul = false;
  bool drops_space = false;  // at the end of a line
  bool dot_lf = false;       // CR LF . LF ends the message
  bool strips_bits = false;  // the eighth of each octet
  bool unicode = false;      // U+0085, U+2028 and U+2029 end lines
};

// No content that a session accepts may make any of these see another end of the message than the one that is there.
inline constexpr std::array kReceivers{
    Receiver{.name = "strict"},
    Receiver{.name = "a lone LF ends a line", .lf = true},
    Receiver{.name = "a lone CR ends a line", .cr = true},
    Receiver{.name = "a lone LF or CR ends a line", .lf = true, .cr = true},
    Receiver{.name = "CR*LF ends a line", .lf = true, .cr_run = true},
    Receiver{.name = "drops NUL", .drops_nul = true},
    Receiver{.name = "drops white space at the end of a line", .drops_space = true},
    Receiver{.name = "CR LF . LF ends a message", .dot_lf = true},
};

// UTF-8 text has the octets that these take for line ends, so that good mail would be refused with what they see.
inline constexpr std::array kReportedReceivers{
    Receiver{.name = "strips the eighth bit", .strips_bits = true},
    Receiver{.name = "Unicode line ends", .unicode = true},
};

// What a receiver makes of the octets after its 354: where its messages end.
class Reading {
 public:
  Reading(const Receiver& receiver, std::string_view wire) : receiver_(receiver) {
    for (std::size_t at = 0; at < wire.size(); ++at) {
      const char c = receiver.strips_bits ? static_cast<char>(wire[at] & 0x7F) : wire[at];
      if (c == '\0' && receiver.drops_nul) continue;
      text_ += c;
      places_.push_back(at);
    }
  }

  // Positions in the wire after each end of a message. One that is no more than commands after the first is what
  // smuggling is.
  std::vector<std::size_t> ends() const {
    std::vector<std::size_t> ends;
    for (std::size_t begin = 0, at = 0; at < text_.size();) {
      const std::size_t size = line_end(at, begin);
      if (size == 0) {
        ++at;
        continue;
      }
      if (is_dot(std::string_view(text_).substr(begin, at - begin))) ends.push_back(places_[at + size - 1] + 1);
      begin = at += size;
    }
    return ends;
  }

 private:
  // The octets of the line end at `at`, 0: none.
  std::size_t line_end(std::size_t at, std::size_t begin) const {
    const std::string_view rest = std::string_view(text_).substr(at);
    if (rest.starts_with("\r\n")) return 2;
    if (receiver_.cr_run) {
      const std::size_t run = rest.find_first_not_of('\r');
      if (run != std::string_view::npos && rest[run] == '\n') return run + 1;
    }
    if (rest[0] == '\n' && (receiver_.lf || (receiver_.dot_lf && at == begin + 1 && text_[begin] == '.'))) return 1;
    if (rest[0] == '\r' && receiver_.cr) return 1;
    if (!receiver_.unicode) return 0;
    if (rest.starts_with("\xC2\x85")) return 2;
    return rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ? 3 : 0;
  }
  bool is_dot(std::string_view line) const {
    while (receiver_.drops_space && !line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    return line == ".";
  }

  const Receiver& receiver_;
  std::string text_;
  std::vector<std::size_t> places_;
};

}  // namespace support
