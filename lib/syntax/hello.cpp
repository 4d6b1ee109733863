// Reads and writes EHLO replies, line by line.
#include "syntax/hello.h"

#include "syntax/path.h"

namespace ehlo {

Span capability_params(Bytes reply, Span rest) noexcept {
  std::uint32_t begin = rest.off, end = rest.off + rest.len;
  while (begin < end && reply[begin] == ' ') ++begin;
  while (begin < end && reply[end - 1] == ' ') --end;
  return begin == end ? kAbsent : Span{begin, end - begin};
}

bool next_capability(Bytes reply, std::size_t& at, Capability& capability) noexcept {
  if (at == 0) next_reply_line(reply, at);
  for (;;) {
    // A line without the common form is read by the grammar, and the next one is tried again.
    CapabilityLine common;
    if (common_forms().take_capabilities(reply, at, &common, 1) == 1) {
      capability = {common.keyword, capability_params(reply, common.rest)};
      return true;
    }
    const Span line = next_reply_line(reply, at);
    if (!present(line)) return false;
    if (parse_capability(reply.first(line.off + line.len), line.off, capability).ok()) return true;
  }
}

Span hello_domain(Bytes reply) noexcept {
  std::size_t at = 0;
  Span line = next_reply_line(reply, at);
  line.len = position_of(' ', reply.at(line));
  return line;
}

bool has_mechanism(Bytes reply, Bytes mechanism) noexcept {
  Capability capability;
  for (std::size_t at = 0; next_capability(reply, at, capability);) {
    if (!equals_caseless(reply.at(capability.keyword), "AUTH")) continue;
    const bool absent = for_each_word(reply.at(capability.params),
                                      [&](Bytes word) { return !equals_caseless(word, mechanism.text()); });
    if (!absent) return true;
  }
  return false;
}

// A line is written when it is known whether another one follows, which decides between "-" and a space.
bool write_hello(Bytes domain, Bytes lines, Writer& out) noexcept {
  if (!is_host(domain)) return false;
  Bytes line = domain;
  for (;;) {
    const bool last = lines.empty();
    out.put(last ? "250 " : "250-");
    out.put(line);
    out.put("\r\n");
    if (last) return true;
    const std::size_t end = position_of('\n', lines);
    line = lines.first(end);
    lines = lines.from(end < lines.size ? end + 1 : end);
    Capability capability;
    if (!parse_capability(line, 0, capability).ok()) return false;
  }
}

}  // namespace ehlo
