// The values that are of no kind which another parameter has: a reader and a writer by the id of the parameter.
#pragma once

#include "base/rows.h"
#include "extension/extension.h"

namespace ehlo {

struct CustomValue {
  ParamId id;
  ParamJudge read;
  ParamWriter write;
};

// The row is one of the library's of EHLO_KIND_CUSTOM.
const CustomValue& custom_value(const ehlo_param_row& row) noexcept;

}  // namespace ehlo
