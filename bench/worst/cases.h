// The cases of bench_worst: the most expensive inputs for each parser and session.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace worst {

// Does the work once and returns the octets that the peer or the program sent for it; 0: the work failed.
using Work = std::function<std::size_t()>;

struct Case {
  std::string name;
  std::size_t size;  // measured with this size and four times this size
  double ceiling;    // nanoseconds per octet at both sizes: three or four times the measured figure
  std::function<Work(std::size_t size)> make;
};

using Cases = std::vector<Case>;

void add_commands(Cases& cases);
void add_replies(Cases& cases);
void add_codecs(Cases& cases);
void add_content(Cases& cases);
void add_server(Cases& cases);
void add_client(Cases& cases);

// Whole copies of `piece`, at most `octets` in all.
inline std::string repeated(std::string_view piece, std::size_t octets) {
  std::string text;
  text.reserve(octets);
  while (text.size() + piece.size() <= octets) text += piece;
  return text;
}

}  // namespace worst
