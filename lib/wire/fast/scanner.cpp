// Chooses the scanner for this machine: the processor is asked once.
#include "wire/fast/scanner.h"

#include "base/fast/processor.h"

namespace ehlo {

namespace scanner_choice {

std::atomic<const Scanner*> chosen{nullptr};

const Scanner& choose() noexcept {
  const Scanner* best = &kScalarScanner;
#if defined(__x86_64__)
  best = has_avx2() ? &kAvx2Scanner : &kSse2Scanner;
#endif
  chosen.store(best, std::memory_order_relaxed);
  return *best;
}

}  // namespace scanner_choice

void force_scanner(const Scanner* forced) noexcept { scanner_choice::chosen.store(forced, std::memory_order_relaxed); }

}  // namespace ehlo
