// Encodings inside commands: xtext, base64, quoted local parts, UTF-8.
#pragma once

#include "syntax/error.h"
#include "syntax/writer.h"

namespace ehlo {

enum class HexCase : std::uint8_t { upper, any };

// The octets of xtext (RFC 3461 4). False where `text` is not xtext; ignore what was written then.
bool decode_xtext(Bytes text, HexCase hex, Writer& out) noexcept;
void encode_xtext(Bytes octets, Writer& out) noexcept;
// Whether this is xtext (with upper case digits) of printable ASCII. A quick check: after false decode_xtext decides.
bool is_plain_xtext(Bytes text) noexcept;
// The address of ORCPT=utf-8;... with its \x{...} resolved to UTF-8 (RFC 6533 3). `ascii` is set to whether the text
// has no octet above 127.
bool decode_utf8_address(Bytes text, Writer& out, bool& ascii) noexcept;

// The reverse, in ASCII: each character that may not stand for itself becomes \x{...}. `address` is valid UTF-8.
void encode_utf8_address(Bytes address, Writer& out) noexcept;

// Strict base64 (RFC 4648 3.3, RFC 4954 4): full quanta, no foreign octet, no octet after the padding.
bool decode_base64(Bytes text, Writer& out) noexcept;
void encode_base64(Bytes octets, Writer& out) noexcept;

bool is_utf8(Bytes text) noexcept;

// A local part without its quotes and backslashes, and the reverse, which quotes only where it must (RFC 5321 4.1.2
// asks for the minimum of quoting). False for a Quoted-string without its end, and for a control character, which no
// local part has.
bool unquote_local_part(Bytes local, Writer& out) noexcept;
bool quote_local_part(Bytes meaning, Writer& out) noexcept;

}  // namespace ehlo
