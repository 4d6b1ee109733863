// What bench_worst measures: one case for each input that a parser or a session likes least.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace worst {

// Does the work once and gives the octets that the peer or the program paid for it; 0: it did not go as it should.
using Work = std::function<std::size_t()>;

struct Case {
  std::string name;
  std::size_t size;  // measured with this and with four times as much
  double ceiling;    // nanoseconds an octet at either size: three or four times what was measured, or should be
  std::function<Work(std::size_t size)> make;
};

using Cases = std::vector<Case>;

void add_commands(Cases& cases);
void add_replies(Cases& cases);
void add_codecs(Cases& cases);
void add_content(Cases& cases);
void add_server(Cases& cases);
void add_client(Cases& cases);

// `piece` again and again, `octets` at most, only whole.
inline std::string repeated(std::string_view piece, std::size_t octets) {
  std::string text;
  text.reserve(octets);
  while (text.size() + piece.size() <= octets) text += piece;
  return text;
}

}  // namespace worst
