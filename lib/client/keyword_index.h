// The keywords of an EHLO reply in order, so that each of many parameters is found without reading the reply again.
#pragma once

#include "base/allocator.h"
#include "syntax/bytes.h"
#include "syntax/error.h"

namespace ehlo {

class KeywordIndex {
 public:
  // Does nothing where it has been built. `reply` is complete, and must stay where it is until clear. Error::memory.
  Error build(Bytes reply, const Allocator& allocator) noexcept;
  void clear(const Allocator& allocator) noexcept;

  bool has(Bytes keyword) const noexcept;

 private:
  Bytes reply_{nullptr, 0};
  Span* keywords_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace ehlo
