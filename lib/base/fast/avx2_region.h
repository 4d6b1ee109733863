// Code between EHLO_AVX2_BEGIN and EHLO_AVX2_END is compiled for processors with AVX2, BMI, BMI2 and POPCNT. What a
// file includes before stays for every x86-64: the linker may give an inline function of it to other files, so no flag
// of the compiler must reach it.
#pragma once

#if defined(__clang__)
#define EHLO_AVX2_BEGIN \
  _Pragma("clang attribute push(__attribute__((target(\"avx2,bmi,bmi2,popcnt\"))), apply_to = function)")
#define EHLO_AVX2_END _Pragma("clang attribute pop")
#else
#define EHLO_AVX2_BEGIN _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,bmi,bmi2,popcnt\")")
#define EHLO_AVX2_END _Pragma("GCC pop_options")
#endif
