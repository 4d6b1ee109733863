// The reference count of an object that is shared by its creator and by sessions, on any threads.
#pragma once

#include <cstddef>

namespace ehlo {

// Uses the compiler's builtins, since std::atomic may call functions of the C++ library. Each reference belongs to an
// object in memory, so the count cannot overflow.
class References {
 public:
  // Relaxed: whoever takes a reference got the object from somebody who has one.
  void take() const noexcept { __atomic_add_fetch(&count_, 1, __ATOMIC_RELAXED); }
  // Whether it was the last one. Acquire and release: whoever frees the object sees all that others did with it.
  bool drop() const noexcept { return __atomic_sub_fetch(&count_, 1, __ATOMIC_ACQ_REL) == 0; }
  bool shared() const noexcept { return __atomic_load_n(&count_, __ATOMIC_ACQUIRE) != 1; }

 private:
  mutable std::size_t count_ = 1;
};

}  // namespace ehlo
