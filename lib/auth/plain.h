// SASL PLAIN (RFC 4616): the message codec, for both roles.
#pragma once

#include "syntax/error.h"
#include "syntax/writer.h"

namespace ehlo {

struct PlainMessage {
  Span authzid;  // empty: the identity of authcid
  Span authcid;
  Span passwd;
};

// Splits a message that base64 has been taken off. EHLO_E_SYNTAX unless it is [authzid] NUL authcid NUL passwd in
// UTF-8, with an authcid and a passwd.
Problem parse_plain(Bytes message, PlainMessage& plain) noexcept;

// The other way round. False where a field holds a NUL, or one that must not be empty is.
bool write_plain(Bytes authzid, Bytes authcid, Bytes passwd, Writer& out) noexcept;

}  // namespace ehlo
