// Which forms a machine gets: asked of the processor once.
#include "syntax/common_forms.h"

#include "base/processor.h"

namespace ehlo {
namespace {

bool no_envelope(Bytes, std::uint32_t, Path&, ParamList&) noexcept { return false; }
bool no_domain(Bytes, std::uint32_t) noexcept { return false; }
bool no_reply(Bytes, const ReplyLimits&, Reply&) noexcept { return false; }
bool no_hello(Bytes, const ReplyLimits&, Reply&, HelloLines&) noexcept { return false; }
std::uint32_t no_capabilities(Bytes, std::size_t&, CapabilityLine*, std::uint32_t) noexcept { return 0; }

}  // namespace

const CommonForms kNoForms{"none", no_envelope, no_domain, no_reply, no_hello, no_capabilities};

namespace forms_choice {

std::atomic<const CommonForms*> chosen{nullptr};

const CommonForms& choose() noexcept {
  const CommonForms* best = &kNoForms;
#if defined(__x86_64__)
  best = has_avx2() ? &kAvx2Forms : &kSse2Forms;
#endif
  chosen.store(best, std::memory_order_relaxed);
  return *best;
}

}  // namespace forms_choice
}  // namespace ehlo
