// What a server has announced, as a client may use it.
#pragma once

#include "extension/registry.h"
#include "syntax/hello.h"

namespace ehlo {

struct Capabilities {
  ExtensionSet offered = 0;  // the extensions with rows that the server named
  ExtensionSet usable = 0;   // those of them whose needs are met: TLS, other extensions, arguments
  std::uint64_t size_limit = 0;
  bool has_size_limit = false;  // SIZE came with a number that fits; 0: no fixed limit (RFC 1870 3)
};

// Reads a complete 250 reply to EHLO or LHLO.
Capabilities read_capabilities(Bytes reply, bool tls) noexcept;

// The same with the lines that ReplyParser::feed_hello found already. `replaced`: extensions that the program's rows
// replace, so ours are not usable.
Capabilities read_capabilities(Bytes reply, const HelloLines& lines, bool tls, ExtensionSet replaced = 0) noexcept;

}  // namespace ehlo
