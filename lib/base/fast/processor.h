// What the processor can do beyond what the library is compiled for.
#pragma once

namespace ehlo {

// AVX2, BMI1, BMI2 and POPCNT, and an operating system that saves the wide registers. Asks the processor: not for every
// call.
bool has_avx2() noexcept;

}  // namespace ehlo
