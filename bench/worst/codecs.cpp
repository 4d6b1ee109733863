// Decoders, encoders and the message of PLAIN.
#include "ehlo.h"
#include "worst/cases.h"

namespace worst {
namespace {

constexpr std::size_t kText = 65536;

// `call` returns the result of an ehlo_*_decode or _encode. `bad`: it must be an error.
template <class Call>
void add(Cases& cases, const char* name, double ceiling, std::string head, std::string piece, std::string tail,
         bool bad, Call call) {
  cases.push_back({std::string("codec: ") + name, kText, ceiling, [=](std::size_t size) -> Work {
                     return
                         [=, text = head + repeated(piece, size) + tail, out = std::string(size * 4, '\0')]() mutable {
                           const int64_t octets = call(text.data(), text.size(), out.data(), out.size());
                           return (octets < 0) == bad ? text.size() : 0;
                         };
                   }});
}

int64_t decode_xtext(const void* text, std::size_t length, void* out, std::size_t capacity) {
  return ehlo_xtext_decode(text, length, 1, out, capacity);
}

// The call has no output: only the sign of its result counts.
int64_t read_plain(const void* message, std::size_t length, void*, std::size_t) {
  ehlo_span authzid, authcid, passwd;
  return ehlo_auth_plain_parse(message, length, &authzid, &authcid, &passwd);
}

}  // namespace

void add_codecs(Cases& cases) {
  const std::string nul(1, '\0');
  add(cases, "base64 decoded", 25, "", "QUJD", "", false, ehlo_base64_decode);
  add(cases, "base64 decoded, a bad end", 25, "", "QUJD", "QQ=A", true, ehlo_base64_decode);
  add(cases, "base64 encoded", 25, "", "\xff", "", false, ehlo_base64_encode);
  add(cases, "xtext decoded", 25, "", "+41", "", false, decode_xtext);
  add(cases, "xtext decoded, a bad end", 25, "", "+41", "+", true, decode_xtext);
  add(cases, "xtext encoded", 25, "", "+", "", false, ehlo_xtext_encode);
  add(cases, "ORCPT decoded, xtext", 25, "rfc822;", "+41", "", false, ehlo_orcpt_decode);
  add(cases, "ORCPT decoded, UTF-8 escapes", 25, "utf-8;", "\\x{E4}", "", false, ehlo_orcpt_decode);
  add(cases, "ORCPT decoded, a bad end", 25, "utf-8;", "\\x{E4}", "\\x{", true, ehlo_orcpt_decode);
  add(cases, "local part unquoted, escapes", 25, "\"", "\\\"", "\"", false, ehlo_local_part_unquote);
  add(cases, "local part quoted, escapes", 25, "", "\"", "", false, ehlo_local_part_quote);
  add(cases, "PLAIN, long authzid", 25, "", "\xc3\xa4", nul + "a" + nul + "b", false, read_plain);
  add(cases, "PLAIN, long password", 25, nul + "a" + nul, "\xf0\x9f\x93\xa7", "", false, read_plain);
  add(cases, "PLAIN, no NUL", 25, "", "\xf0\x9f\x93\xa7", "", true, read_plain);
  add(cases, "PLAIN, all NUL", 25, "", nul, "", true, read_plain);
}

}  // namespace worst
