// The least time that some work takes in a few runs: what else the machine does makes it longer, never shorter. For the
// comparison of two sizes of the same work, in one test.
#pragma once

#include <algorithm>
#include <chrono>

namespace support {

template <class Work>
double least_seconds(Work work) {
  double least = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    work();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

}  // namespace support
