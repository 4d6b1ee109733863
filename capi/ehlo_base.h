/* ehlo_base.h - functions about versions, errors, and the rows of verbs, parameters and extensions. */
#ifndef EHLO_BASE_H
#define EHLO_BASE_H

#include "ehlo_rows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- mistakes of the program ----
 *
 * No call crashes where a handle or pointer is NULL that is needed; what may be NULL says so. A call that gives an
 * ehlo_rc or octets as int64_t gives EHLO_E_ARGUMENT, and so does the `error` of a batch, from which nothing was done;
 * `new` gives NULL; receive, output, feed and counts give 0, facts and sets no bit, names "", the rest 0 or NULL. The
 * wants of no session are EHLO_WANT_CLOSE, so that an event loop comes to its end. NULL with the length 0 is an empty
 * text.
 *
 * A text of 2 GiB or more is EHLO_E_ARGUMENT too, or nothing where a call gives no ehlo_rc. Of input and content a call
 * takes 1 GiB at most; the rest is shown again, as any that was not consumed. */

/* The version of the library that runs, as text ("0.1.0") and as major * 10000 + minor * 100 + patch. */
EHLO_API const char* ehlo_version(void);
EHLO_API uint32_t ehlo_version_number(void);

/* ---- views ---- */

/* ---- errors ---- */

/* Facts about `error`; an unknown value gives the name "unknown-error". Never NULL. */
EHLO_API const ehlo_error_info* ehlo_error(int32_t error);
EHLO_API const char* ehlo_error_name(int32_t error);

/* ---- extensions, verbs, parameters ---- */

/* The bit of an extension by its EHLO keyword in any case, 0 if there is none. */
EHLO_API uint64_t ehlo_extension_bit(const char* keyword, size_t length);
/* The other way round, in upper case; "?" unless it is one bit of a known extension. Static. */
EHLO_API const char* ehlo_extension_name(uint64_t bit);

/* The verb in upper case; "?" for EHLO_VERB_UNKNOWN. Static. */
EHLO_API const char* ehlo_verb_name(uint32_t verb);

/* The number of a parameter that has no sign, SIZE: that goes up to 2^64-1, and `number` alone is negative from 2^63
 * on. */
EHLO_API uint64_t ehlo_param_unsigned(const ehlo_param* param);

/* ---- rows ---- */

/* What is known of a verb, a parameter, an extension: the row of the library (ehlo_rows.h) by its id, which is an
 * EHLO_VERB_*, EHLO_PARAM_* or EHLO_EXT_*. NULL where the id is none, so that a walk over 0 to 63 meets all of them.
 * Static. */
EHLO_API const ehlo_verb_row* ehlo_verb_info(uint32_t id);
EHLO_API const ehlo_param_row* ehlo_param_info(uint32_t id);
EHLO_API const ehlo_extension_row* ehlo_extension_info(uint32_t id);

/* The same by name, in any case; NULL where there is none. */
EHLO_API const ehlo_verb_row* ehlo_verb_named(const char* name, size_t length);
EHLO_API const ehlo_param_row* ehlo_param_named(const char* keyword, size_t length);

#ifdef __cplusplus
}
#endif
#endif
