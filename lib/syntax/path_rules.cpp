// The rules for paths that the grammar cannot express: lengths, U-labels, and where a path may lack a part.
#include "syntax/path.h"
#include "syntax/u_label.h"

namespace ehlo {
namespace {

Problem check_u_labels(Bytes base, Span domains) noexcept {
  const Bytes text = base.at(domains);
  const std::size_t bad = find_bad_u_label(text);
  return bad == text.size ? Problem{} : Problem{EHLO_E_SYNTAX, domains.off + static_cast<std::uint32_t>(bad)};
}

// The lengths and the labels of a domain after an "@", and its route.
Problem check_domains(Bytes base, const Path& path) noexcept {
  if (path.domain.len > kMaxDomain) return {EHLO_E_SYNTAX, path.domain.off + kMaxDomain};
  if (!(path.flags & EHLO_PATH_NON_ASCII)) return {};
  if (const Problem problem = check_u_labels(base, path.route); !problem.ok()) return problem;
  return path.domain_kind == EHLO_DOMAIN_NAME ? check_u_labels(base, path.domain) : Problem{};
}

}  // namespace

Problem check_path(Bytes base, PathRules rules, const Path& path) noexcept {
  const std::uint32_t begin = path.whole.off;
  if (path.flags & EHLO_PATH_NULL)
    return rules.direction == Direction::reverse ? Problem{} : Problem{EHLO_E_SYNTAX, begin + 1};
  if (path.flags & EHLO_PATH_POSTMASTER)
    // RFC 5321 4.1.1.3: the one mailbox that needs no domain, as a recipient.
    return rules.direction == Direction::forward && !present(path.route) &&
                   equals_caseless(base.at(path.local), "postmaster")
               ? Problem{}
               : Problem{EHLO_E_SYNTAX, path.local.off + path.local.len};
  if (const Problem problem = check_domains(base, path); !problem.ok()) return problem;
  // RFC 5321 4.1.3: a Standardized-tag MUST be registered, and IPv6 is the only one.
  if (path.domain_kind == EHLO_DOMAIN_GENERAL && !rules.general_literals) return {EHLO_E_SYNTAX, path.domain.off};
  return {};
}

Problem parse_path(Bytes text, PathRules rules, Path& path) noexcept {
  const Problem problem = scan_path(text, path);
  return problem.ok() ? check_path(text, rules, path) : problem;
}

// Sets the flags that the grammar would set, so that check_path decides whether the path may stand here.
Problem parse_bare_path(Bytes text, PathRules rules, Path& path) noexcept {
  path = kNoPath;
  path.whole = path.local = {0, static_cast<std::uint32_t>(text.size)};
  path.flags = text.empty() ? EHLO_PATH_NULL : EHLO_PATH_POSTMASTER;
  const bool without_domain = text.empty() || equals_caseless(text, "postmaster");
  return without_domain ? check_path(text, rules, path) : parse_mailbox(text, rules.general_literals, path);
}

Problem parse_mailbox(Bytes text, bool general_literals, Path& path) noexcept {
  const Problem problem = scan_mailbox(text, path);
  return problem.ok() ? check_path(text, {Direction::reverse, general_literals}, path) : problem;
}

bool is_mailbox(Bytes text) noexcept {
  Path path;
  return parse_mailbox(text, true, path).ok();
}

bool is_host(Bytes text) noexcept {
  Host host{};
  return parse_host(text, 0, false, host).ok() && host.text.len == text.size;
}

}  // namespace ehlo
