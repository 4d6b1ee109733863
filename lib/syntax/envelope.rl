// Host of address.rl and parameter.rl for what follows "MAIL FROM:" and "RCPT TO:".
#include "syntax/char_class.h"
#include "syntax/command.h"

namespace ehlo {
namespace {

%%{
  machine envelope;
  alphtype unsigned char;
  include ehlo_path_actions "path_actions.rl";
  include ehlo_parameter_actions "parameter_actions.rl";
  include ehlo_abnf "abnf.rl";
  include ehlo_domain "domain.rl";
  include ehlo_address "address.rl";
  include ehlo_parameter "parameter.rl";
  main := path (sp parameters)?;
  write data noerror nofinal noentry;
}%%

// The machine has one action for non-ASCII in paths and in values. Here it is found out where it was, since they have
// different errors. Only lines with non-ASCII and parameters pay for the search.
void split_non_ascii(Bytes line, Path& path, ParamList& params) noexcept {
  params.non_ascii = false;
  if (!(path.flags & EHLO_PATH_NON_ASCII) || params.count == 0) return;
  path.flags &= ~static_cast<std::uint32_t>(EHLO_PATH_NON_ASCII);
  const std::size_t path_end = path.whole.off + path.whole.len;
  for (std::size_t at = path.whole.off; at < line.size; ++at) {
    if (line[at] < 0x80) continue;
    if (at < path_end)
      path.flags |= EHLO_PATH_NON_ASCII;
    else
      params.non_ascii = true;
  }
}

}  // namespace

Problem scan_envelope(Bytes line, std::uint32_t begin, Path& path, ParamList& params) noexcept {
  path = kNoPath;
  const Octet *const base = line.begin(), *p = base + begin, *const pe = line.end(), *const eof = pe;
  const Octet* label = base;
  const auto offset = [base](const Octet* at) noexcept { return static_cast<std::uint32_t>(at - base); };
  const Octet* long_label = nullptr;
  bool full = false;
  int cs;
  params.count = 0;
  %%{
    machine envelope;
    write init;
    write exec;
  }%%
  // The length of the path is set at its ">". An error up to the octet after it is one of the argument, a later one
  // is one of the parameters: they have different errors.
  if (path.whole.len == 0) return {EHLO_E_SYNTAX, offset(p)};
  // An error of the path comes before one of the parameters.
  if (long_label != nullptr) return {EHLO_E_SYNTAX, offset(long_label)};
  const bool in_params = offset(p) > path.whole.off + path.whole.len;
  const bool complete = cs >= %%{ write first_final; }%% && p == pe;
  split_non_ascii(line, path, params);
  if (full) return {params.cap < EHLO_PARAMS_MAX ? EHLO_E_SPACE : EHLO_E_BAD_PARAMETER, offset(p)};
  return complete ? Problem{} : Problem{in_params ? EHLO_E_BAD_PARAMETER : EHLO_E_SYNTAX, offset(p)};
}

}  // namespace ehlo
