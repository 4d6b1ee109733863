// Host of ehlo.rl: a keyword line of the reply to EHLO, also the old form "AUTH=".
#include "syntax/hello.h"

namespace ehlo {
namespace {

%%{
  machine ehlo_line_host;
  alphtype unsigned char;
  action keyword_end { keyword_length = offset(p) - begin; }
  action param_begin { capability.params = {offset(p), 0}; }
  action param_end   { capability.params.len = offset(p) - capability.params.off; }
  include ehlo_ehlo "ehlo.rl";
  main := ehlo_line | auth_line;
  write data noerror nofinal noentry;
}%%

}  // namespace

Problem parse_capability(Bytes text, std::uint32_t begin, Capability& capability) noexcept {
  const Octet *const base = text.begin(), *p = base + begin, *const pe = text.end(), *const eof = pe;
  const auto offset = [base](const Octet* at) noexcept { return static_cast<std::uint32_t>(at - base); };
  std::uint32_t keyword_length = 0;
  int cs;
  capability = {kAbsent, kAbsent};
  %%{
    machine ehlo_line_host;
    write init;
    write exec;
  }%%
  if (cs < %%{ write first_final; }%% || p != pe) return {EHLO_E_SYNTAX, offset(p)};
  capability.keyword = {begin, keyword_length};
  return {};
}

}  // namespace ehlo
