// Reading and writing of ORCPT. The decoded address is copied into delivery reports, so it must be printable: an
// encoded line break would add header fields there.
#include "extension/orcpt.h"

#include "syntax/char_class.h"
#include "syntax/text.h"

namespace ehlo {
namespace {

constexpr std::size_t kMostOctets = kParamsById[EHLO_PARAM_ORCPT]->most;

// Xtext that decodes to printable ASCII, or with `utf8` to UTF-8 without control characters.
bool is_printable_xtext(Bytes text, bool utf8) noexcept {
  if (is_plain_xtext(text)) return true;
  Octet decoded[kMostOctets];
  Writer out(decoded, sizeof decoded);
  if (!decode_xtext(text, HexCase::upper, out)) return false;
  const Bytes meaning{decoded, out.size()};
  for (const Octet c : meaning)
    if (c != '\t' && (is(c, kControl) || (c >= 0x80 && !utf8))) return false;
  return is_utf8(meaning);
}

// An address of the type utf-8. RFC 6533 3: utf-8-addr-unitext only between hosts that do SMTPUTF8.
bool is_utf8_address(Bytes address, bool smtputf8) noexcept {
  Octet decoded[kMostOctets];
  Writer out(decoded, sizeof decoded);
  bool ascii = true;
  if (!decode_utf8_address(address, out, ascii)) return false;
  return !has_control({decoded, out.size()}) && (ascii || smtputf8);
}

// The length of the type in front of the ";", 0 where there is none.
std::uint32_t type_length(Bytes value) noexcept {
  const Octet* const end = run_end(value.begin(), value.end(), kAtext);
  return end != value.end() && *end == ';' ? static_cast<std::uint32_t>(end - value.begin()) : 0;
}

bool is_utf8_type(Bytes value, std::uint32_t type) noexcept { return equals_caseless(value.first(type), "utf-8"); }

}  // namespace

Error read_original_recipient(const ValueContext& context, Param& param) noexcept {
  const Bytes value = context.line.at(param.value);
  const std::uint32_t type = type_length(value);
  if (type == 0 || value.size > kMostOctets) return EHLO_E_BAD_PARAMETER;
  const Bytes address = value.from(type + 1);
  param.detail = {param.value.off + type + 1, static_cast<std::uint32_t>(address.size)};
  // RFC 6533 gives UTF-8 addresses a type of their own, but Postfix sends them as xtext of the type rfc822 where the
  // transaction is SMTPUTF8, and a relay that refuses those loses mail.
  const bool good = is_utf8_type(value, type) ? is_utf8_address(address, context.smtputf8)
                                              : is_printable_xtext(address, context.smtputf8);
  return good ? EHLO_OK : EHLO_E_BAD_PARAMETER;
}

bool write_original_recipient(const ParamMeaning& meaning, Writer& out) noexcept {
  const std::uint32_t type = type_length(meaning.text);
  if (type == 0) return false;
  const Bytes address = meaning.text.from(type + 1);
  const bool utf8 = is_utf8_type(meaning.text, type);
  if (utf8 ? address.empty() || has_control(address) || !is_utf8(address) : !is_printable(address)) return false;
  // Measured first: encoded, the address may be too long.
  Writer measured(nullptr, 0);
  for (Writer* pass : {&measured, &out}) {
    pass->put(meaning.text.first(type + 1));
    if (utf8)
      encode_utf8_address(address, *pass);
    else
      encode_xtext(address, *pass);
    if (measured.size() > kMostOctets) return false;
  }
  return true;
}

}  // namespace ehlo
