// Sorted once, searched by halves: what a server announces cannot make a look-up slow.
#include "client/keyword_index.h"

#include <algorithm>

#include "syntax/hello.h"

namespace ehlo {
namespace {

// Any order will do that does not look at case.
bool is_before(Bytes a, Bytes b) noexcept {
  if (a.size != b.size) return a.size < b.size;
  for (std::size_t i = 0; i < a.size; ++i)
    if (upper(a[i]) != upper(b[i])) return upper(a[i]) < upper(b[i]);
  return false;
}

}  // namespace

Error KeywordIndex::build(Bytes reply, const Allocator& allocator) noexcept {
  if (keywords_ != nullptr) return Error::none;
  std::uint32_t count = 0;
  Capability line;
  for (std::size_t at = 0; next_capability(reply, at, line);) ++count;
  if (count == 0) return Error::none;
  auto* keywords = static_cast<Span*>(allocator.allocate(allocator.context, count * sizeof(Span)));
  if (keywords == nullptr) return Error::memory;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < count && next_capability(reply, at, line); ++i) keywords[i] = line.keyword;
  std::sort(keywords, keywords + count, [reply](Span a, Span b) { return is_before(reply.at(a), reply.at(b)); });
  reply_ = reply;
  keywords_ = keywords;
  count_ = count;
  return Error::none;
}

void KeywordIndex::clear(const Allocator& allocator) noexcept {
  if (keywords_ != nullptr) allocator.release(allocator.context, keywords_, count_ * sizeof(Span));
  *this = KeywordIndex{};
}

bool KeywordIndex::has(Bytes keyword) const noexcept {
  const Span *const begin = keywords_, *const end = begin + count_;
  const Span* const found = std::lower_bound(
      begin, end, keyword, [this](Span span, Bytes wanted) { return is_before(reply_.at(span), wanted); });
  return found != end && equals_caseless(reply_.at(*found), keyword.text());
}

}  // namespace ehlo
