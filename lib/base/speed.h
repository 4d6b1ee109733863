// Whether the fast paths are compiled. They are in the folders named `fast`, each beside a plain path that gives the
// same result. -Dspeed=false leaves them out, by EHLO_PLAIN; they are the default without Meson too.
#pragma once

#if defined(EHLO_PLAIN)
#define EHLO_FAST 0
#else
#define EHLO_FAST 1
#endif

// Vectors of 16 octets, which every x86-64 processor has.
#if EHLO_FAST && defined(__SSE2__)
#define EHLO_FAST_SSE2 1
#else
#define EHLO_FAST_SSE2 0
#endif

// Up to eight octets read as one number, in which the first octet in memory must be the lowest.
#if EHLO_FAST && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define EHLO_FAST_WORDS 1
#else
#define EHLO_FAST_WORDS 0
#endif
