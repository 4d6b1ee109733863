// How many blocks the program has taken from the heap so far.
#pragma once

#include <cstdint>

namespace bench {
std::uint64_t allocations() noexcept;
}
