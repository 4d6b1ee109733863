// What the C API gives, as the JSON of the protocol.
#include "call.h"

namespace testee {
namespace {

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

std::vector<std::string_view> words_of(std::string_view words, char between) {
  std::vector<std::string_view> list;
  for (std::size_t end; (end = words.find(between)) != words.npos; words.remove_prefix(end + 1))
    list.push_back(words.substr(0, end));
  list.push_back(words);
  return list;
}

void write_list(JsonText& out, const std::vector<std::string_view>& list) {
  out.open('[');
  for (const std::string_view one : list) out.octets(one);
  out.close(']');
}

void write_word(JsonText& out, const ehlo_param_row& row, std::int64_t number) {
  const std::vector<std::string_view> words = words_of(row.words, ' ');
  const auto place = static_cast<std::uint64_t>(number - row.least);
  require(place < words.size(), "no such word");
  out.octets(words[place]);
}

void write_words(JsonText& out, const ehlo_param_row& row, std::uint64_t bits) {
  const std::vector<std::string_view> words = words_of(row.words, ' ');
  std::vector<std::string_view> said;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (bits >> i & 1) said.push_back(words[i]);
  require(bits >> words.size() == 0, "unknown bits");
  write_list(out, said);
}

std::string number_text(const ehlo_param& param, const ehlo_param_row* row) {
  const bool is_signed = row == nullptr || !(row->flags & EHLO_ROW_UNSIGNED);
  return is_signed ? std::to_string(param.number) : std::to_string(ehlo_param_unsigned(&param));
}

// What a parameter of kind CUSTOM means is read by calls of its own.
void write_custom(JsonText& out, const ehlo_param& param, std::string_view value) {
  if (param.id != EHLO_PARAM_ORCPT) return out.word("null");
  const std::string address = decoded(ehlo_orcpt_decode, value);
  write_list(out, {value.substr(0, value.find(';')), address});
}

void write_decoded(JsonText& out, const ehlo_param& param, const ehlo_param_row& row, std::string_view value) {
  out.key("decoded");
  switch (row.kind) {
    case EHLO_KIND_NUMBER:
    case EHLO_KIND_DATE: return out.octets(number_text(param, &row));
    case EHLO_KIND_WORD: return write_word(out, row, param.number);
    case EHLO_KIND_WORDS: return write_words(out, row, ehlo_param_unsigned(&param));
    case EHLO_KIND_XTEXT:
    case EHLO_KIND_MAILBOX:
      return out.octets(decoded(row.flags & EHLO_ROW_ANY_HEX ? decode_any_xtext : decode_xtext, value));
    case EHLO_KIND_KEYWORDS: return write_list(out, words_of(value, ','));
    case EHLO_KIND_CUSTOM: return write_custom(out, param, value);
    default: return out.octets(value);
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
  const ehlo_param_row* row = ehlo_param_info(param.id);
  require(row != nullptr || param.id == EHLO_PARAM_UNKNOWN, "a parameter that has no row");
  if (row != nullptr) out.field("id", row->keyword);
  out.field("keyword", keyword);
  out.field("value", value);
  out.field("detail", part(base, param.detail));
  if (param.number != 0) {
    out.key("number");
    out.word(number_text(param, row));
  }
  if (value && row != nullptr) write_decoded(out, param, *row, *value);
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
  if (const ehlo_verb_row* row = ehlo_verb_named(name.data(), name.size())) return row->id;
  throw Fault("no verb " + std::string(name));
}

ehlo_reply_limits reply_limits_of(const Call& call) {
  return {call.number32("max_reply_line"), call.number32("max_reply_lines"), call.number32("max_reply_size")};
}

}  // namespace testee
