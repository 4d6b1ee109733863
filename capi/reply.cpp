// The C API: replies and EHLO replies without a session.
#include "client/client.h"
#include "internal.h"

using namespace ehlo;

namespace {

ReplyParser parser_with(const ehlo_reply_limits* limits) noexcept {
  const ReplyLimits given = limits == nullptr ? ReplyLimits{} : *limits;
  return ReplyParser(with_defaults(given));
}

// Limits bound the length of a reply, so the first part of a long input is enough.
Bytes shown(const void* input, size_t length) noexcept {
  return capi::bytes(input, length < capi::kMostInput ? length : capi::kMostInput);
}

void set_offset(size_t* error_offset, std::uint32_t at) noexcept {
  if (error_offset != nullptr) *error_offset = at;
}

}  // namespace

int32_t ehlo_reply_parse(const void* input, size_t length, const ehlo_reply_limits* limits, ehlo_reply* reply,
                         size_t* error_offset) {
  if (reply == nullptr || !capi::is_there(input, length)) {
    set_offset(error_offset, 0);
    return EHLO_E_ARGUMENT;
  }
  Reply own;
  const Problem problem = parser_with(limits).feed(shown(input, length), own);
  set_offset(error_offset, problem.at);
  if (problem.ok()) *reply = own;
  return problem.error;
}

int32_t ehlo_reply_line(const void* reply, size_t length, size_t* at, ehlo_span* text) {
  if (text != nullptr) *text = {EHLO_ABSENT, 0};
  if (text == nullptr || at == nullptr || !capi::is_text(reply, length)) return 0;
  const Span span = next_reply_line(capi::bytes(reply, length), *at);
  *text = {span.off, span.len};
  return present(span) ? 1 : 0;
}

int64_t ehlo_reply_write(uint32_t code, uint32_t enhanced, const char* text, size_t text_length, void* out,
                         size_t capacity) {
  const EnhancedCode own = enhanced == 0 ? class_of(code) : enhanced;
  const Bytes octets = capi::bytes(text, text_length);
  if (!capi::is_text(text, text_length) || !capi::is_there(out, capacity) || code < 200 || code > 599 ||
      !agrees(own, code) || !is_reply_text(octets, true))
    return EHLO_E_ARGUMENT;
  ReplySink measured(nullptr, 0, 0);
  write_reply(measured, code, own, {}, octets);
  if (measured.total() > capacity) return static_cast<int64_t>(measured.total());
  ReplySink sink(static_cast<Octet*>(out), capacity, 0);
  write_reply(sink, code, own, {}, octets);
  return static_cast<int64_t>(sink.total());
}

int32_t ehlo_hello_parse(const void* reply, size_t length, int32_t tls, const ehlo_reply_limits* limits,
                         ehlo_hello* hello, size_t* error_offset) {
  if (hello == nullptr || !capi::is_there(reply, length)) {
    set_offset(error_offset, 0);
    return EHLO_E_ARGUMENT;
  }
  Reply own;
  const Bytes input = shown(reply, length);
  HelloLines lines;
  const Problem problem = parser_with(limits).feed_hello(input, own, lines);
  set_offset(error_offset, problem.at);
  if (!problem.ok()) return problem.error;
  if (own.code >= 400) return EHLO_E_HELLO_REFUSED;
  if (own.code != 250) return EHLO_E_UNEXPECTED_CODE;
  const Bytes whole = input.first(own.length);
  const Capabilities capabilities = read_capabilities(whole, lines, tls != 0);
  const Span domain = lines.count != 0 ? lines.items[0].keyword : hello_domain(whole);
  *hello = {capabilities.offered,
            capabilities.usable,
            capabilities.has_size_limit ? capabilities.size_limit : 0,
            capabilities.has_size_limit ? 1u : 0u,
            0,
            {domain.off, domain.len}};
  return EHLO_OK;
}

int32_t ehlo_hello_next(const void* reply, size_t length, size_t* at, ehlo_capability* capability) {
  if (at == nullptr || capability == nullptr || !capi::is_text(reply, length)) return 0;
  return next_capability(capi::bytes(reply, length), *at, *capability) ? 1 : 0;
}

int32_t ehlo_hello_has_mechanism(const void* reply, size_t length, const char* mechanism, size_t mechanism_length) {
  if (!capi::is_text(reply, length) || !capi::is_text(mechanism, mechanism_length)) return 0;
  return has_mechanism(capi::bytes(reply, length), capi::bytes(mechanism, mechanism_length)) ? 1 : 0;
}

int64_t ehlo_hello_write(const char* domain, size_t domain_length, const char* lines, size_t lines_length, void* out,
                         size_t capacity) {
  if (!capi::is_text(domain, domain_length) || !capi::is_text(lines, lines_length)) return EHLO_E_ARGUMENT;
  return capi::measured(out, capacity, EHLO_E_ARGUMENT, [&](Writer& writer) {
    return write_hello(capi::bytes(domain, domain_length), capi::bytes(lines, lines_length), writer);
  });
}
