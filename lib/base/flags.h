// Sets of flags. The public headers have the constants as enumerators.
#pragma once

#include <cstdint>

namespace ehlo {

constexpr std::uint32_t flag_if(bool holds, std::uint32_t flag) noexcept { return holds ? flag : 0; }

}  // namespace ehlo
