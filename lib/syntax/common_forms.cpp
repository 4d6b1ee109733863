// The forms for builds without fast paths and processors without vectors: nothing is recognised.
#include "syntax/common_forms.h"

namespace ehlo {
namespace {

bool no_envelope(Bytes, std::uint32_t, Path&, ParamList&) noexcept { return false; }
bool no_domain(Bytes, std::uint32_t) noexcept { return false; }
bool no_reply(Bytes, const ReplyLimits&, Reply&) noexcept { return false; }
bool no_hello(Bytes, const ReplyLimits&, Reply&, HelloLines&) noexcept { return false; }
std::uint32_t no_capabilities(Bytes, std::size_t&, CapabilityLine*, std::uint32_t) noexcept { return 0; }

}  // namespace

const CommonForms kNoForms{"none", no_envelope, no_domain, no_reply, no_hello, no_capabilities};

}  // namespace ehlo
