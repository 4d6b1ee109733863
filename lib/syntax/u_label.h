// U-labels: which characters beyond ASCII a domain may have (RFC 6531 3.3, RFC 5890 2.3.2.1, RFC 5892).
//
// The rule is that of RFC 5892 with one exception: upper case letters whose lower case is PVALID are accepted too,
// since the case of a domain never matters (RFC 5321 2.4). Refused are characters that a mapping (RFC 5895) turns into
// a dot, an "@" or a space, controls, signs, and code points without a character. The composition of marks (NFC) and
// the order of right-to-left labels (RFC 5893) are not checked.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

// The first octet of `domains` that is not valid in its place in a label with non-ASCII; domains.size where all are.
// Labels in ASCII have been checked by the grammar, which `domains`, a domain or a source route, has passed.
std::size_t find_bad_u_label(Bytes domains) noexcept;

// Runs of code points of one class, from U+0080 on, in ascending order: the first code point times four, plus the
// class.
extern const std::uint32_t kULabelRuns[];
extern const std::size_t kULabelRunCount;

enum class ULabelClass : std::uint8_t {
  refused = 0,
  letter = 1,  // or a digit
  mark = 2,    // which begins no label (RFC 5891 4.2.3.2)
  virama = 3   // a mark that lets a joiner follow
};

}  // namespace ehlo
