// Checks of options, each by the name of its field.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ehlo {

template <class Options>
struct OptionCheck {
  const char* field;
  bool (*holds)(const Options& options) noexcept;
};

// The field of the first check that fails; nullptr: all hold.
template <class Options, std::size_t count>
const char* first_wrong(const OptionCheck<Options> (&checks)[count], const Options& options) noexcept {
  for (const OptionCheck<Options>& check : checks)
    if (!check.holds(options)) return check.field;
  return nullptr;
}

constexpr bool within(std::uint64_t value, std::uint64_t least, std::uint64_t most) noexcept {
  return value >= least && value <= most;
}

}  // namespace ehlo
