// The keywords of an EHLO reply in order, so that each of many parameters is found without reading the reply again.
#pragma once

#include "syntax/bytes.h"

namespace ehlo {

class KeywordIndex {
 public:
  // Does nothing where it has been built. `reply` is complete, and stays where it is, as does `room`, which has a place
  // for each of its lines.
  void build(Bytes reply, Span* room) noexcept;
  void clear() noexcept { *this = KeywordIndex{}; }

  bool has(Bytes keyword) const noexcept;

 private:
  Bytes reply_{nullptr, 0};
  const Span* keywords_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace ehlo
