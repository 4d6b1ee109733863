// Asks the processor itself. __builtin_cpu_supports needs libgcc's model of the processor, whose initialisation is a
// static constructor.
#include "base/fast/processor.h"

#if defined(__x86_64__)
#include <cpuid.h>

namespace ehlo {
namespace {

// AVX needs the operating system too: it must save the wide registers when it changes threads.
bool saves_wide_registers() noexcept {
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  constexpr unsigned kSseAndAvx = 6;
  return (low & kSseAndAvx) == kSseAndAvx;
}

}  // namespace

bool has_avx2() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return false;
  constexpr unsigned kNeeded = bit_OSXSAVE | bit_AVX | bit_POPCNT;
  if ((c & kNeeded) != kNeeded || !saves_wide_registers()) return false;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  constexpr unsigned kExtended = bit_AVX2 | bit_BMI | bit_BMI2;
  return (b & kExtended) == kExtended;
}

}  // namespace ehlo

#else

namespace ehlo {

bool has_avx2() noexcept { return false; }

}  // namespace ehlo

#endif
