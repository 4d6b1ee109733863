// The forms that nearly every command and reply has, recognised in blocks of octets: a plain mailbox with parameters in
// ASCII, a plain host name, a reply in good order. Each function either takes what Ragel's machine would take, with the
// same result, or gives false and has decided nothing: then the machine judges. There is one set of them for each kind
// of vectors that a processor may have; where there is none, nothing has a common form.
#pragma once

#include <atomic>

#include "syntax/hello_lines.h"
#include "syntax/parameter.h"
#include "syntax/path.h"
#include "syntax/reply.h"

namespace ehlo {

struct CommonForms {
  const char* name;

  // From line[begin] to the end of the line: "<", Dot-string, "@", Domain, ">", or the null path, and parameters in
  // ASCII. All lengths are within their limits: what is left for check_path is whether the null path may stand here.
  // Without success `path` and `params` are of no use.
  bool (*take_envelope)(Bytes line, std::uint32_t begin, Path& path, ParamList& params) noexcept;

  // A Domain from line[begin] to the end of the line.
  bool (*is_domain)(Bytes line, std::uint32_t begin) noexcept;

  // The reply at the start of `input` where it is complete and within its limits: each line a code, "-" or " ", text
  // without control characters up to CR, CR LF.
  bool (*take_reply)(Bytes input, const ReplyLimits& limits, Reply& reply) noexcept;

  // Such a reply with the code 250, no enhanced status code and HelloLines::kRoom lines at most, each but the first as
  // take_capabilities takes it. Without success the items of `lines` are of no use.
  bool (*take_hello)(Bytes input, const ReplyLimits& limits, Reply& reply, HelloLines& lines) noexcept;

  // The lines of a reply from `at`, which moves behind them, as long as they are a code and its separator, which are
  // not judged, a keyword alone or with printable ASCII behind a space, and CR LF. Gives their number, at most `room`.
  std::uint32_t (*take_capabilities)(Bytes reply, std::size_t& at, CapabilityLine* lines, std::uint32_t room) noexcept;
};

extern const CommonForms kNoForms;
#if defined(__x86_64__)
extern const CommonForms kSse2Forms;
extern const CommonForms kAvx2Forms;  // only where has_avx2()
#endif

namespace forms_choice {

extern std::atomic<const CommonForms*> chosen;  // nullptr: not yet
const CommonForms& choose() noexcept;

}  // namespace forms_choice

// Those of this machine.
inline const CommonForms& common_forms() noexcept {
  const CommonForms* forms = forms_choice::chosen.load(std::memory_order_relaxed);
  return forms != nullptr ? *forms : forms_choice::choose();
}

}  // namespace ehlo
