// Reads and writes the message of PLAIN: three fields with two NULs between (RFC 4616 2).
#include "auth/plain.h"

#include "syntax/text.h"

namespace ehlo {
namespace {

// The next NUL from `from` on, or text.size where there is none.
std::size_t find_nul(Bytes text, std::size_t from) noexcept {
  while (from < text.size && text[from] != 0) ++from;
  return from;
}

bool has_nul(Bytes text) noexcept { return find_nul(text, 0) != text.size; }

Problem syntax_at(std::size_t at) noexcept { return {EHLO_E_SYNTAX, static_cast<std::uint32_t>(at)}; }

Span span_between(std::size_t begin, std::size_t end) noexcept {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

}  // namespace

Problem parse_plain(Bytes message, PlainMessage& plain) noexcept {
  const std::size_t size = message.size;
  // Spans have 32 bits.
  if (size > INT32_MAX) return syntax_at(0);
  const std::size_t first = find_nul(message, 0);
  const std::size_t second = first < size ? find_nul(message, first + 1) : size;
  if (second == size) return syntax_at(second);
  // RFC 4616 2: a password contains no NUL, so a third one is an error.
  const std::size_t third = find_nul(message, second + 1);
  if (third != size) return syntax_at(third);
  plain = {span_between(0, first), span_between(first + 1, second), span_between(second + 1, size)};
  if (plain.authcid.len == 0) return syntax_at(first + 1);
  if (plain.passwd.len == 0) return syntax_at(size);
  if (!is_utf8(message)) return syntax_at(0);
  return {};
}

bool write_plain(Bytes authzid, Bytes authcid, Bytes passwd, Writer& out) noexcept {
  if (has_nul(authzid) || has_nul(authcid) || has_nul(passwd) || authcid.empty() || passwd.empty()) return false;
  out.put(authzid);
  out.put(Octet{0});
  out.put(authcid);
  out.put(Octet{0});
  out.put(passwd);
  return true;
}

}  // namespace ehlo
