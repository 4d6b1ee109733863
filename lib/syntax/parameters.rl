// Host of parameter.rl for a parameter list on its own.
#include "syntax/parameter.h"

#include "syntax/char_class.h"

namespace ehlo {
namespace {

%%{
  machine parameters_alone;
  alphtype unsigned char;
  action non_ascii_seen { params.non_ascii = true; }
  include ehlo_parameter_actions "parameter_actions.rl";
  include ehlo_abnf "abnf.rl";
  include ehlo_parameter "parameter.rl";
  main := parameters?;
  write data noerror nofinal noentry;
}%%

}  // namespace

Problem parse_parameters(Bytes text, ParamList& params) noexcept {
  const Octet *const base = text.begin(), *p = base, *const pe = text.end(), *const eof = pe;
  const auto offset = [base](const Octet* at) noexcept { return static_cast<std::uint32_t>(at - base); };
  bool full = false;
  int cs;
  params.count = 0;
  params.non_ascii = false;
  %%{
    machine parameters_alone;
    write init;
    write exec;
  }%%
  if (full) return {params.cap < EHLO_PARAMS_MAX ? EHLO_E_SPACE : EHLO_E_BAD_PARAMETER, offset(p)};
  if (cs < %%{ write first_final; }%% || p != pe) return {EHLO_E_BAD_PARAMETER, offset(p)};
  return {};
}

}  // namespace ehlo
