// The values that are of no kind which another parameter has: a reader and a writer by the id of the parameter.
#pragma once

#include "extension/values.h"

namespace ehlo {

struct CustomValue {
  ParamId id;
  // As read_value and write_value, behind what those look at themselves.
  Error (*read)(const ValueContext&, Param&) noexcept;
  bool (*write)(const ParamMeaning&, Writer&) noexcept;
};

// The row is one of the library's of EHLO_KIND_CUSTOM.
const CustomValue& custom_value(const ehlo_param_row& row) noexcept;

}  // namespace ehlo
