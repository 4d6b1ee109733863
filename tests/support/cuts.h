// Cut independence, the first property: whatever a session is fed, the same comes of it however it is cut and whatever
// sizes the program uses.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace support {

// `cut`: where the octets are cut in two, 0: nowhere; `stride`: the size of pieces, 0: whole.
template <class Program>
void feed_cut(Program& program, std::string_view octets, std::size_t cut, std::size_t stride) {
  if (stride != 0) {
    for (std::size_t at = 0; at < octets.size(); at += stride) program.feed(octets.substr(at, stride));
    return;
  }
  if (cut >= octets.size()) cut = 0;
  if (cut != 0) program.feed(octets.substr(0, cut));
  program.feed(octets.substr(cut));
}

// Calls `same(cut, stride, smallest, how)` for all ways to cut so many octets, until it is false; `smallest`: with the
// smallest arrays that a program may give.
template <class Same>
void try_cuts(std::size_t octets, Same same) {
  if (!same(0, 0, true, "with the smallest arrays") || !same(0, 1, false, "octet by octet") ||
      !same(0, 1, true, "octet by octet with the smallest arrays"))
    return;
  // Of what is long, every position would only repeat the same kind of cut.
  const std::size_t stride = octets > 4096 ? octets / 1499 + 2 : 1;
  for (std::size_t cut = 1; cut < octets; cut += stride)
    if (!same(cut, 0, false, "cut at " + std::to_string(cut))) return;
}

}  // namespace support
