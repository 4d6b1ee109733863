// U-labels: which characters beyond ASCII a domain may have (RFC 6531 3.3, RFC 5890 2.3.2.1, RFC 5892).
//
// The rule is that of RFC 5892 with one liberty: a character that becomes PVALID by folding its case, and by nothing
// else, may stand too, since the case of a domain never matters (RFC 5321 2.4). What stands for a dot, an "@" or a
// space to whoever maps it (RFC 5895), controls, signs and code points without a character are refused. Not checked are
// the composition of marks (NFC) and the order of right-to-left labels (RFC 5893).
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

// The first octet of `domains` that cannot stand where it does in a label with non-ASCII; domains.size where there is
// none. Labels in ASCII are left to the grammar. `domains` is by the grammar a domain or a source route, and its labels
// are within their limit.
std::size_t find_bad_u_label(Bytes domains) noexcept;

// Code points from U+0080 on, each the first of a run of one class: the code point times four, and the class.
extern const std::uint32_t kULabelRuns[];
extern const std::size_t kULabelRunCount;

enum class ULabelClass : std::uint8_t {
  refused = 0,
  letter = 1,  // or a digit
  mark = 2,    // which begins no label (RFC 5891 4.2.3.2)
  virama = 3   // a mark that lets a joiner follow
};

}  // namespace ehlo
