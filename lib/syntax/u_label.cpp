// Validates labels with non-ASCII, character by character: by the table of classes, and by the rules of RFC 5892 A,
// which depend on other characters of the label.
#include "syntax/u_label.h"

#include <algorithm>

namespace ehlo {
namespace {

struct Character {
  std::uint32_t point;
  std::uint32_t octets;
};

constexpr std::uint32_t tail(Octet c) noexcept { return c & 0x3Fu; }

// The grammar has checked the UTF-8, so the lead octet alone decides the length.
Character decode(const Octet* p) noexcept {
  if (p[0] < 0x80) return {p[0], 1};
  if (p[0] < 0xE0) return {(p[0] & 0x1Fu) << 6 | tail(p[1]), 2};
  if (p[0] < 0xF0) return {(p[0] & 0x0Fu) << 12 | tail(p[1]) << 6 | tail(p[2]), 3};
  return {(p[0] & 0x07u) << 18 | tail(p[1]) << 12 | tail(p[2]) << 6 | tail(p[3]), 4};
}

// The class is in the two low bits of an entry, so `| 3` is after every entry for the code point itself: the entry
// before the one found begins the run of `point`.
ULabelClass class_of(std::uint32_t point) noexcept {
  if (point < 0x80) return ULabelClass::letter;
  const std::uint32_t* const behind = std::upper_bound(kULabelRuns, kULabelRuns + kULabelRunCount, point << 2 | 3);
  return static_cast<ULabelClass>(behind[-1] & 3);
}

// One comparison: below `first` the difference wraps around to a large number.
constexpr bool within(std::uint32_t point, std::uint32_t first, std::uint32_t last) noexcept {
  return point - first <= last - first;
}

// Scripts, as far as a label can have their characters. The Greek block includes Coptic letters, which are not Greek.
bool is_greek(std::uint32_t point) noexcept {
  return (within(point, 0x370, 0x3FF) && !within(point, 0x3E2, 0x3EF)) || within(point, 0x1F00, 0x1FFF) ||
         within(point, 0x1D26, 0x1D2A) || point == 0xAB65;
}
bool is_hebrew(std::uint32_t point) noexcept { return within(point, 0x591, 0x5F4); }
// U+3006 and U+30FC, which both kana and Han use, belong to neither script in Unicode.
bool is_kana_or_han(std::uint32_t point) noexcept {
  return within(point, 0x3041, 0x30FA) || within(point, 0x30FD, 0x30FF) || within(point, 0x31F0, 0x31FF) ||
         point == 0x3005 || point == 0x3007 || within(point, 0x3400, 0x4DBF) || within(point, 0x4E00, 0x9FFF) ||
         within(point, 0xFA0E, 0xFA29) || within(point, 0x1AFF0, 0x1B16F) || within(point, 0x20000, 0x3FFFD);
}

// RFC 5892 A.1 to A.6. The second half of A.1, a joiner between letters that join, needs properties that the table does
// not have, so such a label is refused. It can be written as an A-label.
bool fits_neighbours(std::uint32_t point, std::uint32_t before, Bytes rest) noexcept {
  const std::uint32_t behind = rest.empty() ? 0 : decode(rest.data).point;
  switch (point) {
    case 0x200C:
    case 0x200D: return class_of(before) == ULabelClass::virama;
    case 0x00B7: return (before | 0x20) == 'l' && (behind | 0x20) == 'l';
    case 0x0375: return is_greek(behind);
    case 0x05F3:
    case 0x05F4: return is_hebrew(before);
    default: return false;
  }
}

// RFC 5891 4.2.3.1: a label with "--" as its third and fourth character is an A-label, which is ASCII.
bool has_reserved_hyphens(Bytes label) noexcept {
  std::uint32_t points[4] = {};
  std::size_t at = 0;
  for (std::uint32_t& point : points) {
    if (at == label.size) break;
    const Character character = decode(label.data + at);
    point = character.point;
    at += character.octets;
  }
  return points[2] == '-' && points[3] == '-';
}

// The rules about the whole label: RFC 5892 A.7 for the katakana dot, A.8 and A.9 for the two sets of Arabic digits.
class Company {
 public:
  // False where both sets of digits are in the label: they look alike.
  bool add(std::uint32_t point) noexcept {
    arabic_ |= within(point, 0x660, 0x669);
    extended_ |= within(point, 0x6F0, 0x6F9);
    kana_or_han_ |= is_kana_or_han(point);
    return !(arabic_ && extended_);
  }
  bool lets_katakana_dots_stand() const noexcept { return kana_or_han_; }

 private:
  bool arabic_ = false, extended_ = false, kana_or_han_ = false;
};

std::size_t find_bad_octet(Bytes label) noexcept {
  constexpr std::uint32_t kKatakanaDot = 0x30FB;
  if (is_ascii(label)) return label.size;
  if (has_reserved_hyphens(label)) return 0;
  Company company;
  // The first katakana dot. Only the end of the label shows whether it may stand: the kana may come later.
  std::size_t dot = label.size;
  std::uint32_t before = 0;
  for (std::size_t at = 0; at < label.size;) {
    const auto [point, octets] = decode(label.data + at);
    const ULabelClass found = class_of(point);
    if (point == kKatakanaDot) {
      if (dot == label.size) dot = at;
    } else if (found == ULabelClass::refused) {
      if (!fits_neighbours(point, before, label.from(at + octets))) return at;
    } else if (found != ULabelClass::letter && at == 0) {
      return at;
    }
    if (!company.add(point)) return at;
    before = point;
    at += octets;
  }
  return company.lets_katakana_dots_stand() ? label.size : dot;
}

bool is_separator(Octet c) noexcept { return c == '.' || c == ',' || c == '@'; }

}  // namespace

std::size_t find_bad_u_label(Bytes domains) noexcept {
  for (std::size_t begin = 0; begin < domains.size;) {
    std::size_t end = begin;
    while (end < domains.size && !is_separator(domains[end])) ++end;
    const Bytes label = domains.from(begin).first(end - begin);
    const std::size_t bad = find_bad_octet(label);
    if (bad != label.size) return begin + bad;
    begin = end + 1;
  }
  return domains.size;
}

}  // namespace ehlo
