// The keywords are sorted once and searched by halves, so a server with a long reply cannot make look-ups slow.
#include "client/keyword_index.h"

#include <algorithm>

#include "syntax/hello.h"

namespace ehlo {
namespace {

constexpr std::uint32_t kCodeOctets = sizeof "250-" - 1;

// Any order that ignores case will do.
bool is_before(Bytes a, Bytes b) noexcept {
  if (a.size != b.size) return a.size < b.size;
  for (std::size_t i = 0; i < a.size; ++i)
    if (upper(a[i]) != upper(b[i])) return upper(a[i]) < upper(b[i]);
  return false;
}

}  // namespace

std::uint32_t KeywordIndex::build(Bytes reply, Span* room) noexcept {
  std::uint32_t count = 0;
  Capability line;
  for (std::size_t at = 0; next_capability(reply, at, line);) room[count++] = line.keyword;
  std::sort(room, room + count, [reply](Span a, Span b) {
    if (is_before(reply.at(a), reply.at(b))) return true;
    return a.off < b.off && !is_before(reply.at(b), reply.at(a));
  });
  return count;
}

bool KeywordIndex::find(Bytes keyword, Span& arguments) const noexcept {
  arguments = kAbsent;
  const Span* const behind = std::upper_bound(keywords_, keywords_ + count_, keyword, [this](Bytes wanted, Span span) {
    return is_before(wanted, reply_.at(span));
  });
  if (behind == keywords_ || !equals_caseless(reply_.at(behind[-1]), keyword.text())) return false;
  // The keyword is the first word after the code.
  std::size_t at = behind[-1].off - kCodeOctets;
  Capability line;
  next_capability(reply_, at, line);
  arguments = line.params;
  return true;
}

}  // namespace ehlo
