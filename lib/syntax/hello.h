// The reply to EHLO and LHLO (RFC 5321 4.1.1.1), by its grammar. lib/extension knows what the keywords mean.
#pragma once

#include "syntax/common_forms.h"
#include "syntax/reply.h"
#include "syntax/writer.h"

namespace ehlo {

// Spans count from the start of the text.
using Capability = ehlo_capability;

// One line without its code, from text[begin] to the end of `text`. EHLO_E_SYNTAX where it has no valid keyword or an
// invalid parameter.
Problem parse_capability(Bytes text, std::uint32_t begin, Capability& capability) noexcept;

// The next keyword line of a complete reply, from `at` (0: the start), which moves past it. False after the last.
// The first line names the server and is skipped. Lines that are no keyword are skipped too: a client ignores what it
// does not know.
bool next_capability(Bytes reply, std::size_t& at, Capability& capability) noexcept;

// `rest`, which follows a keyword, without the spaces at its ends; absent where there are only spaces.
Span capability_params(Bytes reply, Span rest) noexcept;

// Calls `each(lines, count)` with the keyword lines, up to eight at a time.
template <class Each>
void for_each_capability(Bytes reply, Each each) noexcept;

// The first word of the first line.
Span hello_domain(Bytes reply) noexcept;

template <class Each>
void for_each_capability(Bytes reply, Each each) noexcept {
  std::size_t at = 0;
  next_reply_line(reply, at);
  for (;;) {
    // Where the first line has no common form, that one alone is read by the grammar.
    CapabilityLine lines[8];
    std::uint32_t count = common_forms().take_capabilities(reply, at, lines, 8);
    if (count == 0) {
      Capability capability;
      if (!next_capability(reply, at, capability)) return;
      const Span keyword = capability.keyword;
      lines[count++] = {keyword, present(capability.params) ? capability.params : Span{keyword.off + keyword.len, 0}};
    }
    each(lines, count);
  }
}

// Calls `each` with the words of `text` until it gives false.
template <class Each>
bool for_each_word(Bytes text, Each each) noexcept {
  std::size_t at = 0;
  while (at < text.size) {
    const std::size_t end = position_of(' ', text, at);
    if (end != at && !each(text.from(at).first(end - at))) return false;
    at = end + 1;
  }
  return true;
}

// Whether `mechanism`, in any case, stands in an AUTH line of the reply.
bool has_mechanism(Bytes reply, Bytes mechanism) noexcept;

// Writes a 250 reply: the domain, and a keyword line for each line of `lines`, which are separated by LF. False where a
// line has no valid keyword.
bool write_hello(Bytes domain, Bytes lines, Writer& out) noexcept;

}  // namespace ehlo
