// The forms that nearly every command and reply has: a plain mailbox with parameters in ASCII, a plain host name, a
// reply in good order. A fast path recognises them in blocks of octets (syntax/fast). Each of its functions takes what
// Ragel's machine would take, with the same result, or gives false and has decided nothing: then the machine validates.
#pragma once

#include "base/speed.h"
#include "syntax/hello_lines.h"
#include "syntax/parameter.h"
#include "syntax/path.h"
#include "syntax/reply.h"

#if EHLO_FAST
#include <atomic>
#endif

namespace ehlo {

// The functions for one kind of vectors.
struct CommonForms {
  const char* name;

  // From line[begin] to the end of the line: "<", Dot-string, "@", Domain, ">", or the null path, and parameters in
  // ASCII. All lengths are within their limits, so of check_path only one rule is left: where the null path may stand.
  // After false ignore `path` and `params`.
  bool (*take_envelope)(Bytes line, std::uint32_t begin, Path& path, ParamList& params) noexcept;

  // A Domain from line[begin] to the end of the line.
  bool (*is_domain)(Bytes line, std::uint32_t begin) noexcept;

  // The reply at the start of `input` where it is complete and within its limits: each line a code, "-" or " ", text
  // without control characters up to CR, CR LF.
  bool (*take_reply)(Bytes input, const ReplyLimits& limits, Reply& reply) noexcept;

  // Such a reply with the code 250, no enhanced status code and HelloLines::kRoom lines at most, each but the first as
  // take_capabilities takes it. After false ignore the items of `lines`.
  bool (*take_hello)(Bytes input, const ReplyLimits& limits, Reply& reply, HelloLines& lines) noexcept;

  // Keyword lines of a reply from `at`, which moves past them; at most `room`, gives their number. Stops before a
  // line that is not a keyword, alone or with printable ASCII after a space, and CR LF. The code and its separator are
  // not checked again.
  std::uint32_t (*take_capabilities)(Bytes reply, std::size_t& at, CapabilityLine* lines, std::uint32_t room) noexcept;
};

// The plain path: nothing has a common form, and Ragel's machines read everything.
extern const CommonForms kNoForms;

#if EHLO_FAST

namespace forms_choice {

// Atomic but without order: threads that choose at the same time store the same constant address.
extern std::atomic<const CommonForms*> chosen;  // nullptr: not yet
const CommonForms& choose() noexcept;           // in syntax/fast

}  // namespace forms_choice

// The forms for this machine's processor.
inline const CommonForms& common_forms() noexcept {
  const CommonForms* forms = forms_choice::chosen.load(std::memory_order_relaxed);
  return forms != nullptr ? *forms : forms_choice::choose();
}

#else

inline const CommonForms& common_forms() noexcept { return kNoForms; }

#endif

}  // namespace ehlo
