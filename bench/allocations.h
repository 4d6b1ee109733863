// The number of blocks that the program has allocated so far.
#pragma once

#include <cstdint>

namespace bench {
std::uint64_t allocations() noexcept;
}
