// Finds replies (RFC 5321 4.2) in a stream of input. The result does not depend on how the input is cut.
#pragma once

#include "ehlo_syntax_types.h"
#include "syntax/enhanced_code.h"
#include "syntax/error.h"

namespace ehlo {

using ReplyLimits = ehlo_reply_limits;
inline constexpr ReplyLimits kDefaultReplyLimits{4096, 256, 65536};
ReplyLimits with_defaults(ReplyLimits limits) noexcept;

struct Reply : ehlo_reply {
  Reply() noexcept : ehlo_reply{} {}
  Reply(std::uint32_t its_code, EnhancedCode its_enhanced, std::uint32_t its_lines, std::uint32_t octets) noexcept
      : ehlo_reply{its_code, its_enhanced, its_lines, octets} {}

  unsigned code_class() const noexcept { return code / 100; }
};

struct HelloLines;

class ReplyParser {
 public:
  explicit ReplyParser(ReplyLimits limits) noexcept : limits_(limits) {}

  // `input` begins where a reply does; until the reply is complete it must be shown again with what follows it.
  // EHLO_OK: `reply` is input[0, reply.length), and the next call begins the next one. EHLO_E_INCOMPLETE.
  // EHLO_E_MALFORMED_REPLY, code_mismatch, bare_lf, bare_cr, reply_too_long: the parser cannot go on. Whatever the
  // cuts, an error is reported at the same octet, the first at which it is certain; reply_too_long after the last
  // octet or line that is allowed.
  Problem feed(Bytes input, Reply& reply) noexcept;

  // The same for the reply to EHLO. Where it has the common form, `lines` are found in the same pass; else lines.count
  // is 0, and the caller reads the lines from the reply.
  Problem feed_hello(Bytes input, Reply& reply, HelloLines& lines) noexcept;

  // Whether a reply has begun and is not complete.
  bool within_reply() const noexcept { return searched_ != 0; }

 private:
  Problem scan_line(Bytes input, bool& more) noexcept;
  Problem end_line(Bytes input, bool more) noexcept;
  Problem wrong_octet(Bytes input, std::uint32_t at) const noexcept;

  ReplyLimits limits_;
  std::uint32_t searched_ = 0;  // of the reply
  std::uint32_t line_ = 0;      // where the current line begins
  std::uint32_t lines_ = 0;     // complete
  std::uint32_t code_ = 0;
  std::uint32_t line_code_ = 0;
  EnhancedCode enhanced_ = EHLO_ENHANCED_NONE;
  std::uint8_t state_ = 0;  // of the machine of a line; 0: at its start
  bool more_ = false;       // the separator was "-"
};

// The text of the line of a complete reply that begins at `at`, which moves past it; absent after the last.
Span next_reply_line(Bytes reply, std::size_t& at) noexcept;

}  // namespace ehlo
