// What a server has announced, as a client may use it.
#pragma once

#include "extension/registry.h"
#include "syntax/hello.h"

namespace ehlo {

struct Capabilities {
  ExtensionSet offered = 0;  // of what is known
  ExtensionSet usable = 0;   // of these, with the state of TLS and with one another
  std::uint64_t size_limit = 0;
  bool has_size_limit = false;  // SIZE came with a number that fits; 0: no fixed limit (RFC 1870 3)
};

// Reads a complete 250 reply to EHLO or LHLO.
Capabilities read_capabilities(Bytes reply, bool tls) noexcept;

// The same with the lines that ReplyParser::feed_hello gave with the reply. `replaced`: not to be used whatever it
// says.
Capabilities read_capabilities(Bytes reply, const HelloLines& lines, bool tls, ExtensionSet replaced = 0) noexcept;

}  // namespace ehlo
