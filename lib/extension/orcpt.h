// The original recipient of a message: ORCPT=type;address (RFC 3461 4.2), in UTF-8 too (RFC 6533 3).
#pragma once

#include "extension/values.h"

namespace ehlo {

// `detail` becomes the address after "type;", as sent.
Error read_original_recipient(const ValueContext& context, Param& param) noexcept;
// The meaning is "type;address". A UTF-8 address is written as utf-8-addr-xtext, which is ASCII, so that a server
// without SMTPUTF8 can take it too (RFC 6533 3).
bool write_original_recipient(const ParamMeaning& meaning, Writer& out) noexcept;

}  // namespace ehlo
