// Chooses the forms for this machine: the processor is asked once.
#include "base/fast/processor.h"
#include "syntax/fast/forms.h"

namespace ehlo::forms_choice {

// Threads that choose at the same time store the same address, so no order between them is needed.
std::atomic<const CommonForms*> chosen{nullptr};

const CommonForms& choose() noexcept {
  const CommonForms* best = &kNoForms;
#if defined(__x86_64__)
  best = has_avx2() ? &kAvx2Forms : &kSse2Forms;
#endif
  chosen.store(best, std::memory_order_relaxed);
  return *best;
}

}  // namespace ehlo::forms_choice
