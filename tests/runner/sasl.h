// SASL messages, read without the library.
#pragma once

#include <optional>
#include <string_view>

#include "case.h"

namespace vectors {

// The octets of base64 in its strict form (RFC 4648 4); nothing where it is not valid.
std::optional<Bytes> base64_of(std::string_view text);

struct Plain {
  Bytes authzid, authcid, passwd;
};
// The message of PLAIN (RFC 4616 2).
std::optional<Plain> plain_of(std::string_view message);

}  // namespace vectors
