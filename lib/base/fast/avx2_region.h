// Code between EHLO_AVX2_BEGIN and EHLO_AVX2_END is compiled for processors with AVX2, BMI, BMI2 and POPCNT. Headers
// that are included before are compiled for every x86-64. That is why this is not a flag of the compiler for the whole
// file: the linker may use an inline function of this file for other files too.
#pragma once

#if defined(__clang__)
#define EHLO_AVX2_BEGIN \
  _Pragma("clang attribute push(__attribute__((target(\"avx2,bmi,bmi2,popcnt\"))), apply_to = function)")
#define EHLO_AVX2_END _Pragma("clang attribute pop")
#else
#define EHLO_AVX2_BEGIN _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,bmi,bmi2,popcnt\")")
#define EHLO_AVX2_END _Pragma("GCC pop_options")
#endif
