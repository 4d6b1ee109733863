// Service extensions as bits of their ids.
#pragma once

#include <cstdint>

#include "ehlo_types.h"

namespace ehlo {

using ExtensionId = std::uint32_t;   // EHLO_EXT_*
using ExtensionSet = std::uint64_t;  // EHLO_EXT_BIT()

constexpr bool has(ExtensionSet set, ExtensionId id) noexcept { return (set & EHLO_EXT_BIT(id)) != 0; }

}  // namespace ehlo
