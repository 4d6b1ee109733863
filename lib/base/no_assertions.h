// Included first into every source of the library. The assertions of the standard library's headers (Meson's debug
// builds, Fedora's and Arch's flags) call functions of the C++ runtime, but the library must need libc only. An #undef
// works however the flags define the macros: -D, -Wp,-D, in CXXFLAGS or by Meson.
#pragma once

#undef _GLIBCXX_ASSERTIONS
#undef _GLIBCXX_DEBUG
#undef _GLIBCXX_DEBUG_PEDANTIC
#undef _LIBCPP_DEBUG
#undef _LIBCPP_ENABLE_ASSERTIONS
#undef _LIBCPP_HARDENING_MODE
