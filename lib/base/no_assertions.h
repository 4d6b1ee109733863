// Included before anything else into every source of what ships. The assertions of the standard library's headers
// (Meson's debug builds, Fedora's and Arch's flags) call functions of the C++ runtime, and libc is all that the library
// needs. An #undef undoes the macros however the flags define them: -D, -Wp,-D, in CXXFLAGS or by Meson.
#pragma once

#undef _GLIBCXX_ASSERTIONS
#undef _GLIBCXX_DEBUG
#undef _GLIBCXX_DEBUG_PEDANTIC
#undef _LIBCPP_DEBUG
#undef _LIBCPP_ENABLE_ASSERTIONS
#undef _LIBCPP_HARDENING_MODE
