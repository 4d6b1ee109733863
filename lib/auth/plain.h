// SASL PLAIN (RFC 4616): the message codec, for both roles.
#pragma once

#include "syntax/error.h"
#include "syntax/writer.h"

namespace ehlo {

struct PlainMessage {
  Span authzid;  // empty: the server derives the identity from authcid
  Span authcid;
  Span passwd;
};

// Splits a message, which must be decoded from base64. EHLO_E_SYNTAX unless it is [authzid] NUL authcid NUL passwd in
// UTF-8, where authcid and passwd are not empty.
Problem parse_plain(Bytes message, PlainMessage& plain) noexcept;

// Writes a message. False where a field contains a NUL, or authcid or passwd is empty.
bool write_plain(Bytes authzid, Bytes authcid, Bytes passwd, Writer& out) noexcept;

}  // namespace ehlo
