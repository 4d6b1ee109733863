// A reference reader of paths: it splits the text by the rules of RFC 5321 4.1.2 and 4.1.3 and uses nothing of the
// library.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo_base.h"

namespace support {

struct NaivePath {
  bool good = false;      // the path is valid, apart from the characters of U-labels, which are not checked
  bool u_labels = false;  // the domain has some
  bool has_route = false, has_domain = false;
  std::string_view route, local, domain;  // as the spans of ehlo_path have them
  std::uint32_t kind = EHLO_DOMAIN_NONE;
  std::uint32_t flags = 0;
};

namespace naive {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_let_dig(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
inline bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}
template <class Test>
bool all_of(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

inline std::vector<std::string_view> split(std::string_view text, std::string_view at) {
  std::vector<std::string_view> parts;
  for (std::size_t found; (found = text.find(at)) != std::string_view::npos; text.remove_prefix(found + at.size()))
    parts.push_back(text.substr(0, found));
  parts.push_back(text);
  return parts;
}

// RFC 3629: decodes each character and accepts only its shortest form.
inline bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0 || at + size > text.size()) return false;
    std::uint32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
      const auto tail = static_cast<unsigned char>(text[at + i]);
      if (tail >> 6 != 2) return false;
      point = point << 6 | (tail & 0x3Fu);
    }
    static constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10FFFF || point >> 11 == 0xD800 >> 11) return false;
    at += size;
  }
  return true;
}

inline bool is_domain(std::string_view text) {
  if (!is_utf8(text)) return false;
  const auto labels = split(text, ".");
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           all_of(label, [](char c) { return is_let_dig(c) || c == '-' || !is_ascii(c); });
  });
}

inline bool is_ipv4(std::string_view text) {
  const auto numbers = split(text, ".");
  return numbers.size() == 4 && std::all_of(numbers.begin(), numbers.end(), [](std::string_view number) {
           if (number.empty() || number.size() > 3 || !all_of(number, is_digit)) return false;
           return std::stoi(std::string(number)) <= 255;
         });
}

// The number of groups of one side of "::"; an IPv4 tail counts as two. SIZE_MAX: malformed.
inline std::size_t count_groups(std::string_view side, bool tail_allowed) {
  if (side.empty()) return 0;
  const auto groups = split(side, ":");
  std::size_t count = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (tail_allowed && i + 1 == groups.size() && is_ipv4(groups[i])) return count + 2;
    if (groups[i].empty() || groups[i].size() > 4 || !all_of(groups[i], is_hex)) return SIZE_MAX;
    ++count;
  }
  return count;
}

inline bool is_ipv6(std::string_view text) {
  const auto sides = split(text, "::");
  if (sides.size() == 1) return count_groups(text, true) == 8;
  if (sides.size() != 2) return false;
  const std::size_t before = count_groups(sides[0], false), behind = count_groups(sides[1], true);
  return before != SIZE_MAX && behind != SIZE_MAX && before + behind <= 6;
}

inline std::uint32_t literal_kind(std::string_view text) {
  if (is_ipv4(text)) return EHLO_DOMAIN_IPV4;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return EHLO_DOMAIN_NONE;
  const std::string_view tag = text.substr(0, colon), rest = text.substr(colon + 1);
  if (same_word(tag, "IPv6")) return is_ipv6(rest) ? EHLO_DOMAIN_IPV6 : EHLO_DOMAIN_NONE;
  const bool is_tag =
      !tag.empty() && is_let_dig(tag.back()) && all_of(tag, [](char c) { return is_let_dig(c) || c == '-'; });
  const bool is_content =
      !rest.empty() && all_of(rest, [](char c) { return (c >= 33 && c <= 90) || (c >= 94 && c <= 126); });
  return is_tag && is_content ? EHLO_DOMAIN_GENERAL : EHLO_DOMAIN_NONE;
}

inline bool is_dot_string(std::string_view text) {
  if (!is_utf8(text)) return false;
  const auto atoms = split(text, ".");
  return std::all_of(atoms.begin(), atoms.end(), [](std::string_view atom) {
    return !atom.empty() && all_of(atom, [](char c) {
      return is_let_dig(c) || !is_ascii(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
    });
  });
}

// The octets of the Quoted-string at the start of `text`, 0 if there is none.
inline std::size_t quoted_size(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return is_utf8(text.substr(0, at + 1)) ? at + 1 : 0;
    if (text[at] == '\\' && (++at == text.size() || !is_ascii(text[at]))) return 0;
    if (is_ascii(text[at]) && (text[at] < 32 || text[at] == 127)) return 0;
  }
  return 0;
}

// The local part and the domain, which may be a general literal. Without a domain: whether the local part is valid.
inline void read_mailbox(std::string_view rest, NaivePath& path) {
  const bool quoted = rest.starts_with('"');
  if (quoted) path.flags |= EHLO_PATH_QUOTED;
  if (!all_of(rest, is_ascii)) path.flags |= EHLO_PATH_NON_ASCII;
  const std::size_t size = quoted ? quoted_size(rest) : std::min(rest.find('@'), rest.size());
  path.local = rest.substr(0, size);
  rest.remove_prefix(size);
  if (size == 0 || (!quoted && !is_dot_string(path.local))) return;
  path.good = rest.empty();
  if (rest.empty() || rest[0] != '@') return;
  path.has_domain = true;
  path.domain = rest.substr(1);
  if (path.domain.starts_with('[') && path.domain.ends_with(']')) {
    path.domain = path.domain.substr(1, path.domain.size() - 2);
    path.kind = literal_kind(path.domain);
    path.good = path.kind != EHLO_DOMAIN_NONE;
  } else {
    path.kind = EHLO_DOMAIN_NAME;
    path.good = is_domain(path.domain);
    path.u_labels |= !all_of(path.domain, is_ascii);
  }
  path.good = path.good && path.domain.size() <= 255;
}

}  // namespace naive

inline NaivePath read_path(std::string_view text, bool forward, bool general_literals) {
  NaivePath path;
  if (text == "<>") return path.good = !forward, path.flags = EHLO_PATH_NULL, path;
  if (text.size() < 2 || text.front() != '<' || text.back() != '>') return path;
  std::string_view rest = text.substr(1, text.size() - 2);
  if (!naive::all_of(rest, naive::is_ascii)) path.flags |= EHLO_PATH_NON_ASCII;
  if (rest.starts_with('@')) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return path;
    path.has_route = true;
    path.route = rest.substr(0, colon);
    for (const std::string_view hop : naive::split(path.route, ","))
      if (!hop.starts_with('@') || !naive::is_domain(hop.substr(1))) return path;
    path.u_labels = !naive::all_of(path.route, naive::is_ascii);
    rest.remove_prefix(colon + 1);
  }
  naive::read_mailbox(rest, path);
  if (path.good && !path.has_domain) {
    path.flags |= EHLO_PATH_POSTMASTER;
    path.good = forward && !path.has_route && naive::same_word(path.local, "postmaster");
  }
  if (path.kind == EHLO_DOMAIN_GENERAL && !general_literals) path.good = false;
  return path;
}

}  // namespace support
