// The table of the parameters of kind CUSTOM: one line for each.
#include "extension/custom.h"

#include "extension/orcpt.h"

namespace ehlo {
namespace {

constexpr CustomValue kCustom[] = {
    {EHLO_PARAM_ORCPT, read_original_recipient, write_original_recipient},
};

constexpr std::size_t find(std::uint16_t id) noexcept {
  std::size_t at = 0;
  while (at < std::size(kCustom) && static_cast<std::uint16_t>(kCustom[at].id) != id) ++at;
  return at;
}

constexpr bool has_all() noexcept {
  for (const ehlo_param_row& row : kParamRows)
    if (row.kind == EHLO_KIND_CUSTOM && find(row.id) == std::size(kCustom)) return false;
  return true;
}
static_assert(has_all(), "a row of kind CUSTOM has no reader");

}  // namespace

const CustomValue& custom_value(const ehlo_param_row& row) noexcept { return kCustom[find(row.id)]; }

}  // namespace ehlo
