// Values of kind CUSTOM: their grammar serves one parameter only. Each has a reader and a writer, found by its id.
#pragma once

#include "extension/values.h"

namespace ehlo {

struct CustomValue {
  ParamId id;
  // As read_value and write_value, which have checked before that the row allows a value.
  Error (*read)(const ValueContext&, Param&) noexcept;
  bool (*write)(const ParamMeaning&, Writer&) noexcept;
};

// The row is one of the library's of EHLO_KIND_CUSTOM.
const CustomValue& custom_value(const ehlo_param_row& row) noexcept;

}  // namespace ehlo
