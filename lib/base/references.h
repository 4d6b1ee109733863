// How many hold an object that several share: who made it, and the sessions that use it, on any threads.
#pragma once

#include <cstddef>

namespace ehlo {

// The compiler's builtins and no std::atomic, whose functions may be the C++ library's. A reference is held by an
// object in memory, so that the count cannot overflow.
class References {
 public:
  void take() const noexcept { __atomic_add_fetch(&count_, 1, __ATOMIC_RELAXED); }
  // Whether it was the last one; then all that the others did with the object has been done.
  bool drop() const noexcept { return __atomic_sub_fetch(&count_, 1, __ATOMIC_ACQ_REL) == 0; }
  bool shared() const noexcept { return __atomic_load_n(&count_, __ATOMIC_ACQUIRE) != 1; }

 private:
  mutable std::size_t count_ = 1;
};

}  // namespace ehlo
