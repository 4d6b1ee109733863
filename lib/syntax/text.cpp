// Encodings inside commands that need no grammar: base64, quoting, and the writing side of xtext.
#include "syntax/text.h"

#include "syntax/char_class.h"

namespace ehlo {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kForeign = 0xFF;

constexpr std::array<std::uint8_t, 256> kSextets = [] {
  std::array<std::uint8_t, 256> table{};
  for (auto& value : table) value = kForeign;
  std::uint8_t sextet = 0;
  for (const char c : kAlphabet) table[static_cast<Octet>(c)] = sextet++;
  return table;
}();

constexpr char kHexDigits[] = "0123456789ABCDEF";

bool is_dot_string(Bytes text) noexcept {
  bool after_dot = true;
  for (const Octet c : text) {
    if (c == '.' && after_dot) return false;
    if (c != '.' && c < 0x80 && !is(c, kAtext)) return false;
    after_dot = c == '.';
  }
  return !after_dot;
}

}  // namespace

void encode_xtext(Bytes octets, Writer& out) noexcept {
  for (const Octet c : octets) {
    if (is(c, kXchar)) {
      out.put(c);
    } else {
      out.put('+');
      out.put(static_cast<Octet>(kHexDigits[c >> 4]));
      out.put(static_cast<Octet>(kHexDigits[c & 15]));
    }
  }
}

// The quick check before decode_xtext: it accepts only escapes of two upper case hex digits that decode to 0x20-0x7E.
bool is_plain_xtext(Bytes text) noexcept {
  const Octet *p = text.begin(), *const end = text.end();
  for (;;) {
    p = run_end(p, end, kXchar);
    if (p == end) return true;
    // +20 to +7E. Among keyword characters up to 'F' there are only the hex digits and "-".
    const bool printable = end - p >= 3 && p[0] == '+' && p[1] >= '2' && p[1] <= '7' && is(p[2], kKeyword) &&
                           p[2] <= 'F' && p[2] != '-' && !(p[1] == '7' && p[2] == 'F');
    if (!printable) return false;
    p += 3;
  }
}

void encode_utf8_address(Bytes address, Writer& out) noexcept {
  for (std::size_t at = 0; at < address.size;) {
    const Octet lead = address[at];
    if (is(lead, kXchar) && lead != '\\') {
      out.put(lead);
      ++at;
      continue;
    }
    // The caller has checked the UTF-8, so the lead octet alone says how many octets follow.
    const unsigned tails = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    std::uint32_t point = tails == 0 ? lead : lead & (0x3Fu >> tails);
    for (unsigned i = 1; i <= tails; ++i) point = point << 6 | (address[at + i] & 0x3Fu);
    at += tails + 1;
    out.put("\\x{");
    // RFC 6533 3 (HEXPOINT): two digits at least, and no leading zero beyond these.
    unsigned shift = 20;
    while (shift > 4 && point >> shift == 0) shift -= 4;
    for (;; shift -= 4) {
      out.put(static_cast<Octet>(kHexDigits[point >> shift & 15]));
      if (shift == 0) break;
    }
    out.put('}');
  }
}

bool decode_base64(Bytes text, Writer& out) noexcept {
  if (text.size % 4 != 0) return false;
  for (std::size_t at = 0; at < text.size; at += 4) {
    // Padding is legal in the last quantum only; elsewhere "=" is a foreign octet (RFC 4954 4).
    const bool final_quantum = at + 4 == text.size;
    const unsigned pads = !final_quantum || text[at + 3] != '=' ? 0 : text[at + 2] == '=' ? 2 : 1;
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < 4 - pads; ++i) {
      const std::uint8_t sextet = kSextets[text[at + i]];
      if (sextet == kForeign) return false;
      bits |= static_cast<std::uint32_t>(sextet) << (18 - 6 * i);
    }
    for (unsigned i = 0; i < 3 - pads; ++i) out.put(static_cast<Octet>(bits >> (16 - 8 * i)));
  }
  return true;
}

void encode_base64(Bytes octets, Writer& out) noexcept {
  for (std::size_t at = 0; at < octets.size; at += 3) {
    const std::size_t count = octets.size - at < 3 ? octets.size - at : 3;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < count; ++i) bits |= static_cast<std::uint32_t>(octets[at + i]) << (16 - 8 * i);
    for (std::size_t i = 0; i < 4; ++i)
      out.put(static_cast<Octet>(i <= count ? kAlphabet[(bits >> (18 - 6 * i)) & 63] : '='));
  }
}

bool unquote_local_part(Bytes local, Writer& out) noexcept {
  if (local.empty() || local[0] != '"') {
    out.put(local);
    return true;
  }
  for (std::size_t at = 1; at < local.size; ++at) {
    if (local[at] == '"') return at + 1 == local.size;
    if (local[at] == '\\' && ++at == local.size) return false;
    out.put(local[at]);
  }
  return false;
}

bool quote_local_part(Bytes meaning, Writer& out) noexcept {
  if (has_control(meaning) || !is_utf8(meaning)) return false;
  if (is_dot_string(meaning)) {
    out.put(meaning);
    return true;
  }
  out.put('"');
  for (const Octet c : meaning) {
    if (c == '"' || c == '\\') out.put('\\');
    out.put(c);
  }
  out.put('"');
  return true;
}

}  // namespace ehlo
