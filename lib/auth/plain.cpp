// Three fields, two NULs (RFC 4616 2).
#include "auth/plain.h"

#include "syntax/text.h"

namespace ehlo {
namespace {

std::uint32_t find_nul(Bytes text, std::uint32_t from) noexcept {
  while (from < text.size && text[from] != 0) ++from;
  return from;
}

bool has_nul(Bytes text) noexcept { return find_nul(text, 0) != text.size; }

}  // namespace

Problem parse_plain(Bytes message, PlainMessage& plain) noexcept {
  const auto size = static_cast<std::uint32_t>(message.size);
  const std::uint32_t first = find_nul(message, 0);
  const std::uint32_t second = first < size ? find_nul(message, first + 1) : size;
  if (second == size) return {Error::syntax, second};
  // RFC 4616 2: a third NUL would belong to the password, which has none.
  const std::uint32_t third = find_nul(message, second + 1);
  if (third != size) return {Error::syntax, third};
  plain = {{0, first}, {first + 1, second - first - 1}, {second + 1, size - second - 1}};
  if (plain.authcid.len == 0) return {Error::syntax, first + 1};
  if (plain.passwd.len == 0) return {Error::syntax, size};
  if (!is_utf8(message)) return {Error::syntax, 0};
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
