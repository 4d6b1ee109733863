// What the C API gives, as the JSON of the protocol.
#include "call.h"

namespace testee {
namespace {

const char* name_of_param(std::uint32_t id) {
  switch (id) {
    case EHLO_PARAM_SIZE: return "SIZE";
    case EHLO_PARAM_BODY: return "BODY";
    case EHLO_PARAM_SMTPUTF8: return "SMTPUTF8";
    case EHLO_PARAM_RET: return "RET";
    case EHLO_PARAM_ENVID: return "ENVID";
    case EHLO_PARAM_NOTIFY: return "NOTIFY";
    case EHLO_PARAM_ORCPT: return "ORCPT";
    case EHLO_PARAM_AUTH: return "AUTH";
    case EHLO_PARAM_REQUIRETLS: return "REQUIRETLS";
    default: return nullptr;
  }
}

using Decode = std::int64_t (*)(const void* text, std::size_t length, void* out, std::size_t capacity);
std::int64_t decode_xtext(const void* text, std::size_t length, void* out, std::size_t capacity) {
  return ehlo_xtext_decode(text, length, 0, out, capacity);
}
// RFC 4954 5 writes hexchar with HEXDIG, which has both cases.
std::int64_t decode_any_xtext(const void* text, std::size_t length, void* out, std::size_t capacity) {
  return ehlo_xtext_decode(text, length, 1, out, capacity);
}

std::string decoded(Decode decode, std::string_view text) {
  const GuardedBytes input(text);
  const Written result =
      written([&](void* out, std::size_t room) { return decode(input.data(), input.size(), out, room); });
  require(result.error == EHLO_OK, "a value that was accepted cannot be decoded");
  return result.octets;
}

void write_notify(JsonText& out, std::uint64_t bits) {
  out.open('[');
  if ((bits & EHLO_NOTIFY_NEVER) != 0) out.octets("NEVER");
  if ((bits & EHLO_NOTIFY_SUCCESS) != 0) out.octets("SUCCESS");
  if ((bits & EHLO_NOTIFY_FAILURE) != 0) out.octets("FAILURE");
  if ((bits & EHLO_NOTIFY_DELAY) != 0) out.octets("DELAY");
  out.close(']');
  const std::uint64_t all = EHLO_NOTIFY_NEVER | EHLO_NOTIFY_SUCCESS | EHLO_NOTIFY_FAILURE | EHLO_NOTIFY_DELAY;
  require((bits & ~all) == 0, "NOTIFY has unknown bits");
}

void write_decoded(JsonText& out, const ehlo_param& param, std::string_view value) {
  constexpr std::string_view kBodies[] = {"7BIT", "8BITMIME", "BINARYMIME"};
  out.key("decoded");
  switch (param.id) {
    case EHLO_PARAM_SIZE: return out.octets(std::to_string(ehlo_param_unsigned(&param)));
    case EHLO_PARAM_BODY:
      require(param.number >= 0 && param.number < 3, "no such BODY");
      return out.octets(kBodies[param.number]);
    case EHLO_PARAM_RET:
      require(param.number == EHLO_RET_FULL || param.number == EHLO_RET_HDRS, "no such RET");
      return out.octets(param.number == EHLO_RET_FULL ? "FULL" : "HDRS");
    case EHLO_PARAM_NOTIFY: return write_notify(out, ehlo_param_unsigned(&param));
    case EHLO_PARAM_ENVID: return out.octets(decoded(decode_xtext, value));
    case EHLO_PARAM_AUTH: return out.octets(decoded(decode_any_xtext, value));
    case EHLO_PARAM_ORCPT:
      out.open('[');
      out.octets(value.substr(0, value.find(';')));
      out.octets(decoded(ehlo_orcpt_decode, value));
      return out.close(']');
    default: return out.word("null");
  }
}

}  // namespace

void write_error(JsonText& out, std::int32_t error) {
  out.field("error", ehlo_error_name(error));
  out.field("code", ehlo_error(error)->code);
}

void write_error(JsonText& out, std::int32_t error, std::size_t at, std::size_t length) {
  require(at <= length || error == EHLO_E_INCOMPLETE, "the position of an error lies outside of the input");
  write_error(out, error);
  out.field("at", error == EHLO_E_INCOMPLETE ? 0 : at);
}

std::optional<std::string_view> part(std::string_view base, ehlo_span span) {
  if (span.off == EHLO_ABSENT) return std::nullopt;
  require(span.off <= base.size() && span.len <= base.size() - span.off, "a span lies outside of its buffer");
  return base.substr(span.off, span.len);
}

void write_path(JsonText& out, std::string_view base, const ehlo_path& path) {
  const auto whole = part(base, path.whole), local = part(base, path.local), domain = part(base, path.domain);
  out.field("whole", whole);
  out.field("route", part(base, path.route));
  out.field("local", local);
  out.field("domain", domain);
  out.field("domain_kind", path.domain_kind);
  out.field("flags", path.flags);
  if (!whole) return;
  std::string address(local.value_or(""));
  if (domain) address += path.domain_kind == EHLO_DOMAIN_NAME ? "@" : "@[";
  if (domain) address += *domain;
  if (domain && path.domain_kind != EHLO_DOMAIN_NAME) address += ']';
  out.field("address", address);
  if (!local || local->empty() || local->front() != '"') return;
  out.field("local_value", decoded(ehlo_local_part_unquote, *local));
}

void write_param(JsonText& out, std::string_view base, const ehlo_param& param) {
  const auto keyword = part(base, param.keyword), value = part(base, param.value);
  require(keyword.has_value() && param.flags == 0, "a parameter without a keyword, or with unknown flags");
  out.open('{');
  if (const char* name = name_of_param(param.id)) out.field("id", name);
  out.field("keyword", keyword);
  out.field("value", value);
  out.field("detail", part(base, param.detail));
  out.field("number", ehlo_param_unsigned(&param));
  if (value) write_decoded(out, param, *value);
  out.close('}');
}

std::string enhanced_text(std::uint32_t packed) {
  return std::to_string(EHLO_ENHANCED_CLASS(packed)) + "." + std::to_string(EHLO_ENHANCED_SUBJECT(packed)) + "." +
         std::to_string(EHLO_ENHANCED_DETAIL(packed));
}

std::uint32_t enhanced_of(const Json& text) {
  if (text.is_null()) return 0;
  unsigned numbers[3] = {};
  const std::string code = text;
  require(std::sscanf(code.c_str(), "%u.%u.%u", &numbers[0], &numbers[1], &numbers[2]) == 3, "no status code");
  return EHLO_ENHANCED(numbers[0], numbers[1], numbers[2]);
}

std::uint64_t extensions_of(const Json& keywords) {
  std::uint64_t bits = 0;
  for (const Json& item : keywords) {
    const std::string keyword = Call::octets_of(item);
    const std::uint64_t bit = ehlo_extension_bit(keyword.data(), keyword.size());
    if (bit == 0) throw Fault("ehlo_extension_bit does not know " + keyword);
    if (ehlo_extension_name(bit) != keyword) throw Fault("ehlo_extension_name does not give " + keyword);
    bits |= bit;
  }
  return bits;
}

std::uint32_t verb_of(std::string_view name) {
  for (std::uint32_t verb = EHLO_VERB_UNKNOWN + 1; verb <= EHLO_VERB_AUTH; ++verb)
    if (ehlo_verb_name(verb) == name) return verb;
  throw Fault("no verb " + std::string(name));
}

ehlo_reply_limits reply_limits_of(const Call& call) {
  return {call.number32("max_reply_line"), call.number32("max_reply_lines"), call.number32("max_reply_size")};
}

}  // namespace testee
