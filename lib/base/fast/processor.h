// The abilities of the processor beyond those that the library is compiled for.
#pragma once

namespace ehlo {

// AVX2, BMI1, BMI2 and POPCNT, and an operating system that saves the wide registers. Slow: keep the result.
bool has_avx2() noexcept;

}  // namespace ehlo
