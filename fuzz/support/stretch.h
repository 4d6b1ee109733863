// Repeats one octet of a text, so that mutations pass limits more often.
#pragma once

#include <string>
#include <string_view>

namespace support {

inline std::string stretch(std::string_view text, std::size_t at, std::size_t times) {
  std::string out(text);
  if (!text.empty()) out.insert(at % text.size(), times, text[at % text.size()]);
  return out;
}

}  // namespace support
