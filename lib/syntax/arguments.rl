// Host of command.rl: the arguments of BDAT and AUTH.
#include "syntax/char_class.h"
#include "syntax/command.h"

namespace ehlo {
namespace {

%%{
  machine bdat;
  alphtype unsigned char;
  action size_digit    { overflow |= __builtin_mul_overflow(size, std::uint64_t{10}, &size) ||
                                     __builtin_add_overflow(size, static_cast<std::uint64_t>(*p - '0'), &size); }
  action last_seen     { last = true; }
  action mechanism_end { }
  action initial_begin { }
  action base64_run    { }
  include ehlo_command "command.rl";
  main := bdat_arguments;
  write data noerror nofinal noentry;
}%%

%%{
  machine auth;
  alphtype unsigned char;
  action size_digit    { }
  action last_seen     { }
  action mechanism_end { mechanism.len = offset(p) - mechanism.off; }
  action initial_begin { initial = {offset(p + 1), 0}; }
  action base64_run    { p = run_last(p, pe, kBase64); }
  include ehlo_command "command.rl";
  main := auth_arguments;
  write data noerror nofinal noentry;
}%%

}  // namespace

Problem parse_bdat(Bytes text, std::uint32_t begin, std::uint64_t& size, bool& last) noexcept {
  const Octet *const base = text.begin(), *p = base + begin, *const pe = text.end();
  bool overflow = false;
  int cs;
  size = 0;
  last = false;
  %%{
    machine bdat;
    write init;
    write exec;
  }%%
  const auto at = static_cast<std::uint32_t>(p - base);
  if (cs < %%{ write first_final; }%% || p != pe) return {EHLO_E_SYNTAX, at};
  return {overflow ? EHLO_E_SIZE_OVERFLOW : EHLO_OK, begin};
}

Problem parse_auth(Bytes text, std::uint32_t begin, Span& mechanism, Span& initial) noexcept {
  const Octet *const base = text.begin(), *p = base + begin, *const pe = text.end(), *const eof = pe;
  const auto offset = [base](const Octet* at) noexcept { return static_cast<std::uint32_t>(at - base); };
  int cs;
  mechanism = {begin, 0};
  initial = kAbsent;
  %%{
    machine auth;
    write init;
    write exec;
  }%%
  const bool whole = cs >= %%{ write first_final; }%% && p == pe;
  if (!present(initial)) return whole ? Problem{} : Problem{EHLO_E_SYNTAX, offset(p)};
  initial.len = offset(pe) - initial.off;
  // RFC 4954 8: base64 comes in full quanta; and "=" stands for no octets at all.
  const bool empty = initial.len == 1 && text[initial.off] == '=';
  if (!whole || (initial.len % 4 != 0 && !empty)) return {EHLO_E_BAD_BASE64, offset(p)};
  if (empty) initial.len = 0;
  return {};
}

}  // namespace ehlo
