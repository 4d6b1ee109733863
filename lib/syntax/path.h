// Reverse-paths, forward-paths, domains and address literals (RFC 5321 4.1.2 and 4.1.3).
#pragma once

#include "syntax/bytes.h"
#include "syntax/error.h"

namespace ehlo {

using DomainKind = std::uint32_t;  // EHLO_DOMAIN_*
using Path = ehlo_path;
inline constexpr Path kNoPath{kAbsent, kAbsent, kAbsent, kAbsent, EHLO_DOMAIN_NONE, 0};

enum class Direction : std::uint8_t { reverse, forward };

// RFC 5321 4.5.3.1.1 and 4.5.3.1.3 give lengths that every server must accept, and 4.5.3.1 asks to avoid limits. So the
// parser has none for local parts and paths. These are the least values that a program may choose as limits.
inline constexpr std::uint32_t kMinLocalPartLimit = 64;
inline constexpr std::uint32_t kMinPathLimit = 256;  // with the brackets
inline constexpr std::uint32_t kMaxDomain = 255;     // 4.5.3.1.2
inline constexpr std::uint32_t kMaxLabel = 63;       // RFC 1035 2.3.4

struct PathRules {
  Direction direction = Direction::reverse;
  bool general_literals = false;  // accept unregistered tags, against the MUST of RFC 5321 4.1.3
};

// Parses `text`, which must be one path. Non-ASCII is accepted and flagged, since only the caller knows whether
// SMTPUTF8 applies. A local part may have any UTF-8 beyond ASCII, even C1 controls and line separators (RFC 6531 3.3);
// the labels of a domain are U-labels. EHLO_E_SYNTAX, with the position.
Problem parse_path(Bytes text, PathRules rules, Path& path) noexcept;

// The grammar alone.
Problem scan_path(Bytes text, Path& path) noexcept;

// The rules that the grammar cannot express: lengths, the characters of U-labels, and where the null path and bare
// Postmaster are allowed. The spans of `path` count from `base`.
Problem check_path(Bytes base, PathRules rules, const Path& path) noexcept;

// The same for a mailbox without brackets, which is the whole of its path.
Problem scan_mailbox(Bytes text, Path& path) noexcept;
Problem parse_mailbox(Bytes text, bool general_literals, Path& path) noexcept;

// A path without brackets and source route, as a program gives it: a mailbox, empty for the null path, or Postmaster.
Problem parse_bare_path(Bytes text, PathRules rules, Path& path) noexcept;

// A mailbox as the AUTH parameter has it. Address literals with any tag are accepted.
bool is_mailbox(Bytes text) noexcept;

// The argument of EHLO, HELO and LHLO.
struct Host {
  Span text;  // brackets included
  DomainKind kind;
};
// From text[begin] to the end of `text`. After an address literal more text may follow
// (RFC 5321 4.1.4 lets a client describe itself); it is ignored.
Problem parse_host(Bytes text, std::uint32_t begin, bool general_literals, Host& host) noexcept;

// A domain name or an address literal and nothing else.
bool is_host(Bytes text) noexcept;

}  // namespace ehlo
