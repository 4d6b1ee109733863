// Every short text over an alphabet, for properties that are tried with all of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace support {

// Calls `what(text, number)` for each text of up to `longest` octets; texts of one length are numbered from 0.
template <class What>
void for_each_short_text(std::string_view alphabet, std::size_t longest, What what) {
  std::size_t count = 1;
  for (std::size_t length = 0; length <= longest; ++length, count *= alphabet.size()) {
    for (std::size_t number = 0; number < count; ++number) {
      std::string text;
      for (std::size_t i = 0, rest = number; i < length; ++i, rest /= alphabet.size())
        text += alphabet[rest % alphabet.size()];
      what(text, number);
    }
  }
}

}  // namespace support
