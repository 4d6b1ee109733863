// The readers of arguments, one for each kind, and their table.
#include "syntax/argument.h"

#include "syntax/char_class.h"
#include "syntax/common_forms.h"
#include "syntax/envelope_argument.h"
#include "syntax/text.h"
#include "syntax/uri.h"

namespace ehlo {
namespace {

using Reading = ArgumentReading;

constexpr Problem syntax(std::uint32_t at) noexcept { return {EHLO_E_SYNTAX, at}; }

// ---- hosts and domains ----

// Nearly every client sends a plain domain name, so that is tried first.
Problem read_host(Reading& r) noexcept {
  if (common_forms().is_domain(r.text, r.begin)) {
    r.command.text = r.whole();
    r.command.kind = EHLO_DOMAIN_NAME;
    return {};
  }
  Host host{};
  const Problem problem = parse_host(r.text, r.begin, r.rules.general_literals, host);
  if (!problem.ok()) return problem;
  r.command.text = host.text;
  r.command.kind = host.kind;
  if (host.kind != EHLO_DOMAIN_NAME) r.command.flags |= EHLO_FLAG_LITERAL;
  return {};
}

// A domain of two labels or more, which is what RFC 1985 5 calls fully qualified and RFC 2645 5.2.1 a domain.
Problem read_domain(Bytes text, Span span) noexcept {
  Host host{};
  const Problem problem = parse_host(text.first(span.off + span.len), span.off, false, host);
  if (!problem.ok()) return problem;
  if (host.kind != EHLO_DOMAIN_NAME) return syntax(span.off);
  const Bytes domain = text.at(span);
  return std::memchr(domain.data, '.', domain.size) != nullptr ? Problem{} : syntax(span.off + span.len);
}

// Domains between commas (RFC 2645 5.2.1). `<=`: after a last comma an empty domain is read, which is an error.
Problem read_domains(Reading& r) noexcept {
  for (std::uint32_t at = r.begin; at <= r.end();) {
    const std::uint32_t stop = position_of(',', r.text, at);
    if (const Problem problem = read_domain(r.text, {at, stop - at}); !problem.ok()) return problem;
    at = stop + 1;
  }
  r.command.text = r.whole();
  return {};
}

// RFC 1985 5.1 to 5.3: "@" stands before a domain with all below it, "#" before the name of a queue, whose form is the
// server's own.
Problem read_node(Reading& r) noexcept {
  const Octet option = r.text[r.begin];
  const bool queue = option == '#', has_option = queue || option == '@';
  const Span node{r.begin + has_option, r.end() - r.begin - has_option};
  if (queue) {
    std::uint32_t at = node.off;
    while (at < r.end() && r.text[at] > ' ' && r.text[at] < 0x7F) ++at;
    if (at < r.end() || node.len == 0) return syntax(at);
  } else if (const Problem problem = read_domain(r.text, node); !problem.ok()) {
    return problem;
  }
  r.command.text = node;
  r.command.kind = has_option ? DomainKind{option} : DomainKind{0};
  return {};
}

// ---- paths ----

// A path alone. A parameter after it is read too, so that the error can name its position.
Problem read_path(Reading& r) noexcept {
  const Problem problem = read_envelope(r.text, r.begin, true, r.rules, r.command, r.params);
  if (!problem.ok() || r.params.count == 0) return problem;
  return {EHLO_E_UNKNOWN_PARAMETER, r.params.items[0].keyword.off};
}

// ---- text ----

// RFC 5321 4.1.1.6 allows a String, but its section 3.5.1 also has user names and mailboxes. So any text without
// control characters is accepted. A last word SMTPUTF8 is a parameter: the reply may have UTF-8 (RFC 6531 3.7.4.2).
Problem read_text(Reading& r) noexcept {
  constexpr std::string_view kSmtputf8 = " SMTPUTF8";
  std::uint32_t end = r.end();
  const bool may_be_utf8 = r.rules.smtputf8 && (r.form & kUtf8Argument);
  if (may_be_utf8 && end - r.begin > kSmtputf8.size() &&
      equals_caseless(r.text.from(end - kSmtputf8.size()), kSmtputf8)) {
    r.command.flags |= EHLO_FLAG_SMTPUTF8;
    end -= static_cast<std::uint32_t>(kSmtputf8.size());
  }
  for (std::uint32_t at = r.begin; at < end; ++at)
    if (is(r.text[at], kControl) || (r.text[at] >= 0x80 && !may_be_utf8)) return syntax(at);
  if (may_be_utf8 && !is_utf8(r.text.from(r.begin).first(end - r.begin))) return syntax(r.begin);
  r.command.text = {r.begin, end - r.begin};
  return {};
}

// ---- numbers, mechanisms, URIs ----

Problem read_chunk(Reading& r) noexcept {
  bool last = false;
  const Problem problem = parse_bdat(r.text, r.begin, r.command.number, last);
  if (last) r.command.flags |= EHLO_FLAG_LAST;
  return problem;
}

// The position after the digits from `at`, of which twenty at most are read: 2^64 has no more.
std::uint32_t digits_end(Bytes text, std::uint32_t at) noexcept {
  const std::uint32_t most = at + 20;
  while (at < text.size && at < most && text[at] >= '0' && text[at] <= '9') ++at;
  return at;
}

// Two numbers, of which the first is how many octets follow the line. Strict: with a wrong number the server would read
// those octets as commands.
Problem read_size(Reading& r) noexcept {
  const std::uint32_t end = digits_end(r.text, r.begin);
  if (end == r.begin || end == r.end() || r.text[end] != ' ') return syntax(end);
  const std::uint32_t second = end + 1, second_end = digits_end(r.text, second);
  if (second_end == second || second_end != r.end()) return syntax(second_end);
  std::uint64_t size = 0;
  for (std::uint32_t at = r.begin; at < end; ++at)
    if (__builtin_mul_overflow(size, std::uint64_t{10}, &size) ||
        __builtin_add_overflow(size, static_cast<std::uint64_t>(r.text[at] - '0'), &size))
      return syntax(r.begin);
  r.command.number = size;
  r.command.text = {second, second_end - second};
  return {};
}

Problem read_mechanism(Reading& r) noexcept {
  r.command.flags |= EHLO_FLAG_SECRET;
  return parse_auth(r.text, r.begin, r.command.text, r.command.response);
}

Problem read_uri(Reading& r) noexcept {
  const std::uint32_t end = position_of(' ', r.text, r.begin);
  const Span uri{r.begin, end - r.begin};
  if (const Problem problem = parse_uri(r.text, uri); !problem.ok()) return problem;
  if (end < r.end()) {
    if (!equals_caseless(r.text.from(end + 1), "LAST")) return syntax(end + 1);
    r.command.flags |= EHLO_FLAG_LAST;
  }
  r.command.text = uri;
  return {};
}

// ---- attributes ----

// The program may write the decoded value into logs and header fields, so it must have no control character.
bool is_attribute_value(Bytes value) noexcept {
  Octet decoded[kMaxAttribute];
  Writer out(decoded, sizeof decoded);
  if (!decode_xtext(value, HexCase::upper, out) || !out.fits()) return false;
  const Bytes meaning{decoded, out.size()};
  return !has_control(meaning) && is_utf8(meaning);
}

// NAME=xtext at text[at], which moves to the space after it, or the end.
Problem read_attribute(Reading& r, std::uint32_t& at) noexcept {
  const auto end_of_run = [&](std::uint32_t from, std::uint8_t classes) noexcept {
    return static_cast<std::uint32_t>(run_end(r.text.data + from, r.text.end(), classes) - r.text.data);
  };
  const std::uint32_t name = at;
  if (name == r.end() || !is(r.text[name], kLetDig)) return syntax(name);
  // A full list is the caller's error where its array is too small, else the peer's.
  if (!r.params.open(name)) return {r.params.cap < EHLO_PARAMS_MAX ? EHLO_E_SPACE : EHLO_E_SYNTAX, name};
  at = end_of_run(name, kKeyword);
  r.params.end_keyword(at);
  if (r.params.is_repeated(r.text, r.params.count - 1)) return syntax(name);
  if (at == r.end() || r.text[at] != '=') return syntax(at);
  const std::uint32_t value = at + 1;
  r.params.begin_value(value);
  at = end_of_run(value, kValue);
  r.params.end_value(at);
  if (at == value || (at != r.end() && r.text[at] != ' ')) return syntax(at);
  return is_attribute_value(r.text.at({value, at - value})) ? Problem{} : syntax(value);
}

Problem read_attributes(Reading& r) noexcept {
  std::uint32_t at = r.begin;
  for (;;) {
    const Problem problem = read_attribute(r, at);
    r.command.param_count = r.params.count;
    if (!problem.ok() || at == r.end()) return problem;
    ++at;
  }
}

Problem read_nothing(Reading& r) noexcept { return syntax(r.begin); }

Problem read_path_and_params(Reading& r) noexcept {
  return read_envelope(r.text, r.begin, !(r.form & kForwardPath), r.rules, r.command, r.params);
}

}  // namespace

// Kinds without a reader here take no argument, or are unknown.
constexpr std::array<ArgumentReader, kArgumentKind + 1> kArgumentReaders = [] {
  std::array<ArgumentReader, kArgumentKind + 1> table{};
  for (auto& reader : table) reader = read_nothing;
  table[EHLO_ARGUMENT_TEXT] = read_text;
  table[EHLO_ARGUMENT_HOST] = read_host;
  table[EHLO_ARGUMENT_DOMAINS] = read_domains;
  table[EHLO_ARGUMENT_PATH] = read_path;
  table[EHLO_ARGUMENT_PATH_PARAMS] = read_path_and_params;
  table[EHLO_ARGUMENT_MECHANISM] = read_mechanism;
  table[EHLO_ARGUMENT_CHUNK] = read_chunk;
  table[EHLO_ARGUMENT_SIZE] = read_size;
  table[EHLO_ARGUMENT_URI] = read_uri;
  table[EHLO_ARGUMENT_NODE] = read_node;
  table[EHLO_ARGUMENT_ATTRIBUTES] = read_attributes;
  return table;
}();

}  // namespace ehlo
