// The keywords of an EHLO reply in order, so that each of many keywords is found without reading the reply again.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

class KeywordIndex {
 public:
  // Of no keywords.
  KeywordIndex() noexcept = default;
  // Of an index that was built.
  KeywordIndex(Bytes reply, const Span* keywords, std::uint32_t count) noexcept
      : reply_(reply), keywords_(keywords), count_(count) {}

  // Writes the keywords of a complete reply in order to `room`, which has a place for each of its lines; gives their
  // number.
  static std::uint32_t build(Bytes reply, Span* room) noexcept;

  // Whether the keyword stands in the reply. `arguments` is what follows it, in the last line of those that have it.
  bool find(Bytes keyword, Span& arguments) const noexcept;

 private:
  Bytes reply_{nullptr, 0};
  const Span* keywords_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace ehlo
