// Host of absolute_uri.rl.
#include "syntax/uri.h"

namespace ehlo {
namespace {

%%{
  machine uri_alone;
  alphtype unsigned char;
  include ehlo_absolute_uri "absolute_uri.rl";
  main := absolute_uri;
  write data noerror nofinal noentry;
}%%

}  // namespace

Problem parse_uri(Bytes input, Span text) noexcept {
  const Octet *p = input.begin() + text.off, *const pe = p + text.len;
  int cs;
  %%{
    machine uri_alone;
    write init;
    write exec;
  }%%
  if (cs < %%{ write first_final; }%% || p != pe) return {EHLO_E_SYNTAX, static_cast<std::uint32_t>(p - input.begin())};
  return {};
}

}  // namespace ehlo
