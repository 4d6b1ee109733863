// The C API: decoders and encoders of one text: quoted local parts, xtext, ORCPT, base64.
#include "internal.h"

using namespace ehlo;

int64_t ehlo_local_part_unquote(const void* text, size_t length, void* out, size_t capacity) {
  return capi::converted(text, length, out, capacity, EHLO_E_SYNTAX, unquote_local_part);
}

int64_t ehlo_local_part_quote(const void* text, size_t length, void* out, size_t capacity) {
  return capi::converted(text, length, out, capacity, EHLO_E_ARGUMENT, quote_local_part);
}

int64_t ehlo_xtext_decode(const void* text, size_t length, int32_t any_case, void* out, size_t capacity) {
  const HexCase hex = any_case ? HexCase::any : HexCase::upper;
  return capi::converted(text, length, out, capacity, EHLO_E_SYNTAX,
                         [&](Bytes octets, Writer& writer) { return decode_xtext(octets, hex, writer); });
}

int64_t ehlo_xtext_encode(const void* text, size_t length, void* out, size_t capacity) {
  return capi::converted(text, length, out, capacity, EHLO_E_ARGUMENT, [](Bytes octets, Writer& writer) {
    encode_xtext(octets, writer);
    return true;
  });
}

int64_t ehlo_orcpt_decode(const void* value, size_t length, void* out, size_t capacity) {
  return capi::converted(value, length, out, capacity, EHLO_E_SYNTAX, [](Bytes whole, Writer& writer) {
    const std::size_t type = whole.data == nullptr ? 0 : position_of(';', whole);
    if (type == whole.size) return false;
    const Bytes address = whole.from(type + 1);
    bool ascii = true;
    return equals_caseless(whole.first(type), "utf-8") ? decode_utf8_address(address, writer, ascii)
                                                       : decode_xtext(address, HexCase::upper, writer);
  });
}

int64_t ehlo_base64_decode(const void* text, size_t length, void* out, size_t capacity) {
  return capi::converted(text, length, out, capacity, EHLO_E_BAD_BASE64, decode_base64);
}

int64_t ehlo_base64_encode(const void* octets, size_t length, void* out, size_t capacity) {
  return capi::converted(octets, length, out, capacity, EHLO_E_ARGUMENT, [](Bytes plain, Writer& writer) {
    encode_base64(plain, writer);
    return true;
  });
}
