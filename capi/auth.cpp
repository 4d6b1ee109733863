// The C API: SASL messages without a session.
#include "auth/plain.h"
#include "internal.h"

using namespace ehlo;

int32_t ehlo_auth_plain_parse(const void* message, size_t length, ehlo_span* authzid, ehlo_span* authcid,
                              ehlo_span* passwd) {
  if (!capi::is_text(message, length) || authzid == nullptr || authcid == nullptr || passwd == nullptr)
    return EHLO_E_ARGUMENT;
  PlainMessage plain{};
  const Problem problem = parse_plain(capi::bytes(message, length), plain);
  if (!problem.ok()) return problem.error;
  *authzid = {plain.authzid.off, plain.authzid.len};
  *authcid = {plain.authcid.off, plain.authcid.len};
  *passwd = {plain.passwd.off, plain.passwd.len};
  return EHLO_OK;
}

int64_t ehlo_auth_plain_write(const char* authzid, size_t authzid_length, const char* authcid, size_t authcid_length,
                              const char* passwd, size_t passwd_length, void* out, size_t capacity) {
  if (!capi::is_text(authzid, authzid_length) || !capi::is_text(authcid, authcid_length) ||
      !capi::is_text(passwd, passwd_length))
    return EHLO_E_ARGUMENT;
  return capi::measured(out, capacity, EHLO_E_ARGUMENT, [&](Writer& writer) {
    return write_plain(capi::bytes(authzid, authzid_length), capi::bytes(authcid, authcid_length),
                       capi::bytes(passwd, passwd_length), writer);
  });
}
