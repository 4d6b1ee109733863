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
  std::string_view mechanisms;
  Capability line;
  for (std::size_t at = 0; next_capability(reply, at, line);) {
    const ExtensionSet extension = extension_bit(reply.at(line.keyword));
    capabilities.offered |= extension;
    if (extension == bit(ExtensionId::size)) read_size_limit(reply.at(line.params), capabilities);
    // An AUTH line without a mechanism offers nothing (RFC 4954 3).
    if (extension == bit(ExtensionId::auth) && line.params.present()) mechanisms = reply.at(line.params).text();
  }
  capabilities.usable = available_extensions({capabilities.offered, tls, false, 0, mechanisms});
  return capabilities;
}

bool has_keyword(Bytes reply, Bytes keyword) noexcept {
  Capability line;
  for (std::size_t at = 0; next_capability(reply, at, line);)
    if (equals_caseless(reply.at(line.keyword), keyword.text())) return true;
  return false;
}

}  // namespace ehlo
