// Host of reply.rl: the machine reads one line, the class counts lines and octets and checks the limits.
#include "syntax/reply.h"

#include "syntax/char_class.h"
#include "syntax/common_forms.h"

namespace ehlo {
namespace {

%%{
  machine reply_line;
  alphtype unsigned char;
  action code_digit   { line_code_ = line_code_ * 10 + (*p - '0'); }
  action code_end     { if (lines_ != 0 && line_code_ != code_) { mismatch = true; fbreak; } }
  action more_follows { more_ = true; }
  action text_run     { p = find_special(p, pe) - 1; }
  action line_end     { ended = true; fbreak; }
  include ehlo_reply "reply.rl";
  main := reply_line;
  write data noerror nofinal noentry;
}%%

constexpr std::uint32_t kCodeOctets = 3;

}  // namespace

// Reads the current line as far as the input and the limits go. EHLO_E_INCOMPLETE: it has not ended. The machine gets
// no octet beyond the limit, so a line that is too long is reported at the same octet however the input is cut.
Problem ReplyParser::scan_line(Bytes input, bool& more) noexcept {
  const std::uint32_t line_room = limits_.line_octets;
  const std::uint32_t reply_room = limits_.octets - line_;
  const std::uint32_t limit = line_ + (line_room < reply_room ? line_room : reply_room);
  const Octet *const base = input.begin(), *p = base + searched_;
  const Octet* const pe = base + (input.size < limit ? input.size : limit);
  bool ended = false, mismatch = false;
  int cs = state_ == 0 ? reply_line_start : state_;
  if (searched_ == line_) line_code_ = 0;
  %%{
    machine reply_line;
    write exec;
  }%%
  const auto at = static_cast<std::uint32_t>(p - base);
  if (mismatch) return {EHLO_E_CODE_MISMATCH, at - 1};
  if (cs == %%{ write error; }%%) return wrong_octet(input, at);
  state_ = static_cast<std::uint8_t>(cs);
  searched_ = at;
  more = more_;
  if (ended) return {};
  return {at == limit ? EHLO_E_REPLY_TOO_LONG : EHLO_E_INCOMPLETE, at};
}

// The error for the octet that the machine refused.
Problem ReplyParser::wrong_octet(Bytes input, std::uint32_t at) const noexcept {
  const std::uint32_t column = at - line_;
  // Without a code the line is no reply at all, which says more than its line end.
  if (column >= kCodeOctets) {
    if (column > kCodeOctets && input[at - 1] == '\r') return {EHLO_E_BARE_CR, at - 1};
    if (input[at] == '\n') return {EHLO_E_BARE_LF, at};
  }
  return {EHLO_E_MALFORMED_REPLY, at};
}

Problem ReplyParser::end_line(Bytes input, bool more) noexcept {
  const std::uint32_t text = line_ + kCodeOctets + 1;
  const std::uint32_t end = searched_ - 2;
  EnhancedCode enhanced = EHLO_ENHANCED_NONE;
  const bool wanted = lines_ == 0 || is_enhanced(enhanced_);
  if (wanted && text < end) enhanced = leading_enhanced(input.from(text).first(end - text));
  // RFC 2034 4: the class agrees with the reply code, and each line has the same status code. A reply that breaks this
  // is accepted without an enhanced code.
  if (EHLO_ENHANCED_CLASS(enhanced) != line_code_ / 100) enhanced = EHLO_ENHANCED_NONE;
  if (lines_ == 0)
    enhanced_ = enhanced;
  else if (enhanced != enhanced_)
    enhanced_ = EHLO_ENHANCED_NONE;
  code_ = line_code_;
  line_ = searched_;
  state_ = 0;
  more_ = false;
  return {++lines_ == limits_.lines && more ? EHLO_E_REPLY_TOO_LONG : EHLO_OK, searched_};
}

Problem ReplyParser::feed(Bytes input, Reply& reply) noexcept {
  if (searched_ == 0 && common_forms().take_reply(input, limits_, reply)) return {};
  // The caller shows less than before: wait until it shows again what was searched.
  if (input.size < searched_) return {EHLO_E_INCOMPLETE, static_cast<std::uint32_t>(input.size)};
  for (;;) {
    bool more = false;
    Problem problem = scan_line(input, more);
    if (problem.ok()) problem = end_line(input, more);
    if (!problem.ok()) return problem;
    if (more) continue;
    reply = {code_, enhanced_, lines_, searched_};
    *this = ReplyParser(limits_);
    return {};
  }
}

Problem ReplyParser::feed_hello(Bytes input, Reply& reply, HelloLines& lines) noexcept {
  lines.count = 0;
  if (searched_ == 0 && common_forms().take_hello(input, limits_, reply, lines)) return {};
  return feed(input, reply);
}

Span next_reply_line(Bytes reply, std::size_t& at) noexcept {
  if (at >= reply.size) return kAbsent;
  const std::size_t end = position_of('\n', reply, at);
  // After the code, and the separator if there is one.
  const std::size_t stop = end > at && reply[end - 1] == '\r' ? end - 1 : end;
  const std::size_t begin = at + kCodeOctets + 1 < stop ? at + kCodeOctets + 1 : stop;
  at = end + 1;
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(stop - begin)};
}

ReplyLimits with_defaults(ReplyLimits limits) noexcept {
  if (limits.line_octets == 0) limits.line_octets = kDefaultReplyLimits.line_octets;
  if (limits.lines == 0) limits.lines = kDefaultReplyLimits.lines;
  if (limits.octets == 0) limits.octets = kDefaultReplyLimits.octets;
  return limits;
}

}  // namespace ehlo
