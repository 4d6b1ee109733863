// Writes one reply as lines, and continues one that was written in part.
#include "syntax/write_reply.h"

#include <cstring>

#include "syntax/char_class.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr std::size_t kMaxReplyLine = 512;

// The end of the line of `text`, and where the next begins.
struct LineEnd {
  std::size_t end;
  std::size_t next;  // text.size + 1: there is none
};

// Looks no further than a line can reach: else a long text would be read again for each of its lines.
LineEnd find_line_end(Bytes text, std::size_t longest) noexcept {
  std::size_t at = 0;
  while (at < text.size && at <= longest && text[at] != '\n' && text[at] != '\r') ++at;
  if (at > longest) {
    // Folds at the last space. Without a space the line is cut anywhere, but not within a UTF-8 character.
    std::size_t cut = longest;
    while (cut > 0 && text[cut] != ' ') --cut;
    if (cut > 0) return {cut, cut + 1};
    cut = longest;
    while (cut > 1 && (text[cut] & 0xC0) == 0x80) --cut;
    return {cut, cut};
  }
  if (at == text.size) return {at, text.size + 1};
  return {at, at + (text[at] == '\r' ? 2 : 1)};
}

}  // namespace

bool is_reply_text(Bytes text, bool utf8) noexcept {
  for (std::size_t at = 0; at < text.size; ++at) {
    const Octet c = text[at];
    if (c == '\r') {
      if (at + 1 == text.size || text[at + 1] != '\n') return false;
    } else if (c != '\n' && c != '\t' && is(c, kControl)) {
      return false;
    } else if (c >= 0x80 && !utf8) {
      return false;
    }
  }
  return !utf8 || is_utf8(text);
}

ReplyPosition write_reply(ReplySink& out, std::uint32_t code, EnhancedCode enhanced, Bytes prefix, Bytes text,
                          std::size_t from) noexcept {
  Octet head_octets[24];
  Writer head(head_octets, sizeof head_octets);
  if (is_enhanced(enhanced)) {
    head.put_number(EHLO_ENHANCED_CLASS(enhanced));
    head.put('.');
    head.put_number(EHLO_ENHANCED_SUBJECT(enhanced));
    head.put('.');
    head.put_number(EHLO_ENHANCED_DETAIL(enhanced));
    head.put(' ');
  }
  Octet code_octets[3] = {static_cast<Octet>('0' + code / 100), static_cast<Octet>('0' + code / 10 % 10),
                          static_cast<Octet>('0' + code % 10)};
  // Only the first line has the prefix, which is our name. `from` is 0 for no other line.
  if (from != 0) prefix = {};
  // Each turn writes a line. `begun` is where it begins in the output, so that its octets given so far can be counted.
  for (;;) {
    const std::size_t begun = out.total();
    // CRLF has two octets, the code and its separator four.
    const std::size_t room = kMaxReplyLine - 2 - 4 - head.size() - prefix.size;
    const Bytes rest = text.from(from);
    const LineEnd line = find_line_end(rest, room);
    const bool last = line.next > rest.size;
    const bool empty = prefix.size + line.end == 0;
    out.put(Bytes{code_octets, 3});
    // RFC 5321 4.2: no space where nothing follows it.
    if (!last)
      out.put("-");
    else if (head.size() != 0 || !empty)
      out.put(" ");
    // Without a text no space follows the enhanced code either.
    out.put(Bytes{head_octets, head.size() - (empty && head.size() != 0 ? 1 : 0)});
    out.put(prefix);
    out.put(rest.first(line.end));
    out.put("\r\n");
    if (last || out.is_full()) return {from, out.given() > begun ? out.given() - begun : 0};
    from += line.next;
    prefix = {};
  }
}

void ReplySink::put(Bytes bytes) noexcept {
  total_ += bytes.size;
  // Octets of the reply that the caller has. They may reach beyond these bytes, where a later call continues a reply.
  const std::size_t done = skip_ + written_;
  const std::size_t begin = total_ - bytes.size;
  if (begin > done || total_ <= done) return;
  const Bytes rest = bytes.from(done - begin);
  const std::size_t room = capacity_ - written_;
  const std::size_t count = rest.size < room ? rest.size : room;
  if (count != 0) std::memcpy(out_ + written_, rest.data, count);
  written_ += count;
}

}  // namespace ehlo
