// Where text has a line of one dot, for receivers that end lines at more than CR LF or drop NULs: by the definition,
// with the whole text at hand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace support {

struct DotLine {
  std::size_t at;    // the dot
  bool begins_well;  // directly after CR LF, or the first octet
  bool ends_well;    // directly before CR LF
  bool ends_text;    // nothing but NULs after it
};

inline std::vector<DotLine> dot_lines(std::string_view text) {
  std::string visible;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\0') continue;
    visible += text[at];
    places.push_back(at);
  }
  const auto ends_line = [&visible](std::size_t i) { return visible[i] == '\r' || visible[i] == '\n'; };
  std::vector<DotLine> lines;
  for (std::size_t i = 0; i < visible.size(); ++i) {
    const bool last = i + 1 == visible.size();
    if (visible[i] != '.' || (i != 0 && !ends_line(i - 1)) || (!last && !ends_line(i + 1))) continue;
    const std::size_t at = places[i];
    const bool begins_well = at == 0 || (at >= 2 && text.substr(at - 2, 2) == "\r\n");
    lines.push_back({at, begins_well, text.substr(at + 1, 2) == "\r\n", last});
  }
  return lines;
}

// The first dot of text that is a false end wherever it is sent on: whoever sends it doubles a dot that begins a line
// well, and no other. `npos`: none. `ended`: CR LF is put after the text.
inline std::size_t false_end_of_text(std::string_view text, bool ended) {
  for (const DotLine& line : dot_lines(text))
    if (!line.begins_well && (ended || !line.ends_text)) return line.at;
  return std::string_view::npos;
}

}  // namespace support
