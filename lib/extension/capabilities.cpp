// Reads the reply to EHLO: which extensions the server offers, and the arguments of SIZE and AUTH.
#include "extension/capabilities.h"

#include "syntax/decimal.h"

namespace ehlo {
namespace {

// Collects the keyword lines of one reply. It gets them in batches, and keeps the last line of SIZE and of AUTH: some
// servers send a keyword twice.
class Summary {
 public:
  explicit Summary(Bytes reply) noexcept : reply_(reply) {}

  // At most HelloLines::kRoom lines, so that a line is a bit of `sizes` and `auths`. Which extension a line names
  // cannot be predicted, so the loop does not branch on it: it marks the lines, and they are read after the loop.
  void add(const CapabilityLine* lines, std::uint32_t count) noexcept {
    std::uint64_t sizes = 0, auths = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const ExtensionSet extension = extension_bit(reply_, lines[i].keyword);
      offered_ |= extension;
      sizes |= std::uint64_t{has(extension, EHLO_EXT_SIZE)} << i;
      auths |= std::uint64_t{has(extension, EHLO_EXT_AUTH)} << i;
    }
    if (sizes != 0) size_ = lines[63 - __builtin_clzll(sizes)].rest;
    for (; auths != 0; auths &= auths - 1) {
      // An AUTH line without a mechanism offers nothing (RFC 4954 3).
      const Span params = capability_params(reply_, lines[__builtin_ctzll(auths)].rest);
      if (present(params)) mechanisms_ = params;
    }
  }

  Capabilities read(bool tls, ExtensionSet replaced) const noexcept {
    Capabilities capabilities;
    capabilities.offered = offered_;
    // `true`: the client's own policy decides later whether it sends AUTH without TLS.
    capabilities.usable = available_extensions({offered_ & ~replaced, tls, true, 0, reply_.at(mechanisms_).text()});
    if (present(size_)) read_size_limit(capabilities);
    return capabilities;
  }

 private:
  // RFC 1870 3: the limit is a decimal number; without one, or beyond 64 bits, nothing is known.
  void read_size_limit(Capabilities& capabilities) const noexcept {
    // Most limits have at most eight digits. Longer ones, and text that is no number, take the slow path below.
    const Span digits = capability_params(reply_, size_);
    const std::uint32_t end = digits.off + digits.len;
    if (EHLO_FAST_WORDS && present(digits) && digits.len <= 8 && end >= 8) {
      const std::uint64_t number = read_eight_digits(reply_, end, digits.len);
      capabilities.has_size_limit = number != UINT64_MAX;
      capabilities.size_limit = number;
      if (capabilities.has_size_limit) return;
    }
    capabilities.size_limit = 0;
    for_each_word(reply_.at(size_), [&](Bytes word) {
      std::uint64_t number = 0;
      capabilities.has_size_limit = read_decimal(word, number) == EHLO_OK;
      capabilities.size_limit = capabilities.has_size_limit ? number : 0;
      return false;  // RFC 1870 3 has one argument: later words are ignored
    });
  }

  Bytes reply_;
  ExtensionSet offered_ = 0;
  Span size_ = kAbsent, mechanisms_ = kAbsent;  // of the last line that counts
};

Capabilities read_lines(Bytes reply, bool tls, ExtensionSet replaced) noexcept {
  Summary summary(reply);
  for_each_capability(reply, [&](const CapabilityLine* lines, std::uint32_t count) { summary.add(lines, count); });
  return summary.read(tls, replaced);
}

}  // namespace

Capabilities read_capabilities(Bytes reply, bool tls) noexcept { return read_lines(reply, tls, 0); }

Capabilities read_capabilities(Bytes reply, const HelloLines& lines, bool tls, ExtensionSet replaced) noexcept {
  if (lines.count == 0) return read_lines(reply, tls, replaced);
  Summary summary(reply);
  summary.add(lines.items + 1, lines.count - 1);
  return summary.read(tls, replaced);
}

}  // namespace ehlo
