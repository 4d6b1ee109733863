// Host of address.rl and domain.rl for a path, a mailbox and a host name on their own.
#include "syntax/path.h"

#include "syntax/char_class.h"

namespace ehlo {
namespace {

%%{
  machine path_alone;
  alphtype unsigned char;
  include ehlo_path_actions "path_actions.rl";
  include ehlo_abnf "abnf.rl";
  include ehlo_domain "domain.rl";
  include ehlo_address "address.rl";
  main := path;
  write data noerror nofinal noentry;
}%%

%%{
  machine mailbox_alone;
  alphtype unsigned char;
  include ehlo_path_actions "path_actions.rl";
  include ehlo_abnf "abnf.rl";
  include ehlo_domain "domain.rl";
  include ehlo_address "address.rl";
  main := mailbox;
  write data noerror nofinal noentry;
}%%

%%{
  machine host_alone;
  alphtype unsigned char;
  include ehlo_path_actions "path_actions.rl";
  action name_end { path.domain_kind = EHLO_DOMAIN_NAME; host_end = p; }
  action tail_begin { host_end = p; }
  include ehlo_abnf "abnf.rl";
  include ehlo_domain "domain.rl";
  main := domain %name_end | address_literal (sp >tail_begin (32..126)*)?;
  write data noerror nofinal noentry;
}%%

}  // namespace

Problem scan_path(Bytes text, Path& path) noexcept {
  path = kNoPath;
  const Octet *const base = text.begin(), *p = base, *const pe = text.end();
  const Octet* label = base;
  const auto offset = [base](const Octet* at) noexcept { return static_cast<std::uint32_t>(at - base); };
  const Octet* long_label = nullptr;
  int cs;
  %%{
    machine path_alone;
    write init;
    write exec;
  }%%
  if (cs < %%{ write first_final; }%% || p != pe) return {EHLO_E_SYNTAX, offset(p)};
  if (long_label != nullptr) return {EHLO_E_SYNTAX, offset(long_label)};
  return {};
}

Problem scan_mailbox(Bytes text, Path& path) noexcept {
  path = kNoPath;
  const Octet *const base = text.begin(), *p = base, *const pe = text.end(), *const eof = pe;
  const Octet* label = base;
  const auto offset = [base](const Octet* at) noexcept { return static_cast<std::uint32_t>(at - base); };
  const Octet* long_label = nullptr;
  int cs;
  path.whole = {0, static_cast<std::uint32_t>(text.size)};
  path.local.off = 0;
  %%{
    machine mailbox_alone;
    write init;
    write exec;
  }%%
  if (cs < %%{ write first_final; }%% || p != pe) return {EHLO_E_SYNTAX, offset(p)};
  if (long_label != nullptr) return {EHLO_E_SYNTAX, offset(long_label)};
  if (path.domain_kind == EHLO_DOMAIN_NAME) path.domain.len = offset(pe) - path.domain.off;
  return {};
}

Problem parse_host(Bytes text, std::uint32_t begin, bool general_literals, Host& host) noexcept {
  Path path = kNoPath;
  const Octet *const base = text.begin(), *p = base + begin, *const pe = text.end(), *const eof = pe;
  const Octet *label = base, *host_end = pe;
  const auto offset = [base](const Octet* at) noexcept { return static_cast<std::uint32_t>(at - base); };
  const Octet* long_label = nullptr;
  int cs;
  %%{
    machine host_alone;
    write init;
    write exec;
  }%%
  if (cs < %%{ write first_final; }%% || p != pe) return {EHLO_E_SYNTAX, offset(p)};
  // RFC 6531 3.7.1: the argument of EHLO stays in ASCII.
  if (long_label != nullptr || path.flags != 0 || offset(host_end) - begin > kMaxDomain)
    return {EHLO_E_SYNTAX, begin};
  if (path.domain_kind == EHLO_DOMAIN_GENERAL && !general_literals) return {EHLO_E_SYNTAX, begin + 1};
  host = {{begin, offset(host_end) - begin}, path.domain_kind};
  return {};
}

}  // namespace ehlo
