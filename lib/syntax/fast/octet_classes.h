// Classes of octets over vectors of any length: all ones for each octet of the class, and never for one above 127. Each
// file that includes this defines its Vector before. All is in an unnamed namespace: code that is compiled for one
// processor must not be shared with other files.
#pragma once

#include "syntax/fast/forms.h"

namespace ehlo {
namespace {  // NOLINT(cert-dcl59-cpp): for the reason above

inline Vector let_dig(Vector octets) noexcept {
  return either(within(folded(octets), 'a', 'z'), within(octets, '0', '9'));
}
inline Vector hyphen(Vector octets) noexcept { return equal(octets, '-'); }
inline Vector keyword(Vector octets) noexcept { return either(let_dig(octets), hyphen(octets)); }
inline Vector value(Vector octets) noexcept { return without(within(octets, '!', '~'), equal(octets, '=')); }
inline Vector printable(Vector octets) noexcept { return within(octets, ' ', '~'); }
inline Vector space(Vector octets) noexcept { return equal(octets, ' '); }
inline Vector lf(Vector octets) noexcept { return equal(octets, '\n'); }
inline Vector cr(Vector octets) noexcept { return equal(octets, '\r'); }
inline Vector up_to_cr(Vector octets) noexcept { return up_to(octets, '\r'); }

// A bit for each octet of a text from some position on, in each class. Bits behind the end of the text are 0.
struct MailboxBits {
  std::uint64_t let_digs, dots;
  std::uint64_t domain;  // let_digs, dots and hyphens
  std::uint64_t text;    // these and the signs that local parts mostly have; the rest of atext is rare

  void add(MailboxBits more, unsigned shift) noexcept {
    let_digs |= more.let_digs << shift;
    dots |= more.dots << shift;
    domain |= more.domain << shift;
    text |= more.text << shift;
  }
};

}  // namespace
}  // namespace ehlo
