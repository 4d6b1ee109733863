// From keywords to extensions.
#include "extension/capabilities.h"

#include "extension/size.h"

namespace ehlo {
namespace {

// RFC 1870 3: the limit is a decimal number; without one, or beyond 64 bits, nothing is known.
void read_size_limit(Bytes params, Capabilities& capabilities) noexcept {
  capabilities.has_size_limit = false;
  for_each_word(params, [&](Bytes word) {
    std::uint64_t number = 0;
    const bool good = read_decimal(word, number) == Error::none;
    capabilities.has_size_limit = good;
    capabilities.size_limit = good ? number : 0;
    return false;  // the first word alone
  });
}

}  // namespace

Capabilities read_capabilities(Bytes reply, bool tls) noexcept {
  Capabilities capabilities;
  Span size = kAbsent, mechanisms = kAbsent;
  for_each_capability(reply, [&](const CapabilityLine& line) {
    const ExtensionSet extension = extension_bit(reply, line.keyword);
    capabilities.offered |= extension;
    if (extension == bit(ExtensionId::size)) size = line.rest;
    if (extension != bit(ExtensionId::auth)) return;
    // An AUTH line without a mechanism offers nothing (RFC 4954 3).
    const Span params = capability_params(reply, line.rest);
    if (params.present()) mechanisms = params;
  });
  if (size.present()) read_size_limit(reply.at(size), capabilities);
  capabilities.usable = available_extensions({capabilities.offered, tls, false, 0, reply.at(mechanisms).text()});
  return capabilities;
}

bool has_keyword(Bytes reply, Bytes keyword) noexcept {
  Capability line;
  for (std::size_t at = 0; next_capability(reply, at, line);)
    if (equals_caseless(reply.at(line.keyword), keyword.text())) return true;
  return false;
}

}  // namespace ehlo
