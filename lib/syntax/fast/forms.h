// The sets of common forms, one for each kind of vectors that a processor may have.
#pragma once

#include "syntax/common_forms.h"

namespace ehlo {

#if defined(__x86_64__)
extern const CommonForms kSse2Forms;
extern const CommonForms kAvx2Forms;  // only where has_avx2()
#endif

}  // namespace ehlo
