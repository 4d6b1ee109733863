/* ehlo_base.h - functions about versions, errors, and the rows of verbs, parameters and extensions. */
#ifndef EHLO_BASE_H
#define EHLO_BASE_H

#include "ehlo_rows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- mistakes of the program ----
 *
 * No call crashes because a handle or pointer is NULL. Where NULL is allowed, the comment of the call says so. Any
 * other call with NULL does nothing and returns:
 * - EHLO_E_ARGUMENT, if it returns an ehlo_rc or octets as int64_t; receive also sets `error` of the batch to it;
 * - NULL, if it is a `_new` call or returns a pointer to data;
 * - 0, if it returns octets, a count, bits of facts or bits of extensions;
 * - EHLO_WANT_CLOSE, if it is a `wants` call, so that an event loop ends;
 * - "", if it returns a name.
 * NULL with the length 0 is an empty text.
 *
 * A text of 2 GiB or more is a mistake too: EHLO_E_ARGUMENT, or nothing from a call that returns no ehlo_rc. A call
 * consumes at most 1 GiB of input or content. The program shows the rest again, like any octets that were not consumed.
 */

/* The version of the library that runs, as text ("0.1.0") and as major * 10000 + minor * 100 + patch. The text is
 * static. */
EHLO_API const char* ehlo_version(void);
EHLO_API uint32_t ehlo_version_number(void);

/* ---- errors ---- */

/* The facts about `error`, an ehlo_rc. An unknown value has the name "unknown-error". Never NULL. Static. */
EHLO_API const ehlo_error_info* ehlo_error(int32_t error);
EHLO_API const char* ehlo_error_name(int32_t error);

/* ---- extensions, verbs, parameters ---- */

/* The EHLO_EXT_BIT(x) of the extension with this EHLO keyword, in any case; 0: the library knows none. */
EHLO_API uint64_t ehlo_extension_bit(const char* keyword, size_t length);
/* The EHLO keyword, in upper case, of the extension with this bit; "?" if `bit` is not exactly one known extension.
 * Static. */
EHLO_API const char* ehlo_extension_name(uint64_t bit);

/* The verb in upper case; "?" for EHLO_VERB_UNKNOWN. Static. */
EHLO_API const char* ehlo_verb_name(uint32_t verb);

/* The number of a parameter as an unsigned one. Needed for SIZE, which goes up to 2^64-1 (RFC 1870): from 2^63 on,
 * `number` itself is negative. */
EHLO_API uint64_t ehlo_param_unsigned(const ehlo_param* param);

/* ---- rows ---- */

/* The library's row (ehlo_rows.h) of a verb, a parameter or an extension, by its id: EHLO_VERB_*, EHLO_PARAM_* or
 * EHLO_EXT_*. NULL if no row has the id. All ids are below 64, so a loop from 0 to 63 finds every row. Static. */
EHLO_API const ehlo_verb_row* ehlo_verb_info(uint32_t id);
EHLO_API const ehlo_param_row* ehlo_param_info(uint32_t id);
EHLO_API const ehlo_extension_row* ehlo_extension_info(uint32_t id);

/* The same by name, in any case. NULL if no row has the name. Static. */
EHLO_API const ehlo_verb_row* ehlo_verb_named(const char* name, size_t length);
EHLO_API const ehlo_param_row* ehlo_param_named(const char* keyword, size_t length);

#ifdef __cplusplus
}
#endif
#endif
