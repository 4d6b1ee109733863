// Paths: the parser agrees with a naive reference reader; the parts of a path cover it; no prefix of a path is a path;
// what was written is read back; quoting keeps the meaning of a local part.
//
// Input: octet 0: bit 0 forward, bit 1 general literals; octets 1 and 2: which octet of the path is repeated, and how
// often (stretch.h); then the path. It is also tried between angle brackets.
#include <string>
#include <vector>

#include "ehlo.h"
#include "support/exact_copy.h"
#include "support/guarded.h"
#include "support/naive_path.h"
#include "support/properties.h"
#include "support/stretch.h"
#include "support/write_measured.h"

namespace support {
namespace {

struct Rules {
  bool forward, smtputf8, general_literals;
};

struct Read {
  std::int32_t error = EHLO_OK;
  ehlo_path path{};
};

Read parse(std::string_view text, Rules rules) {
  thread_local support::GuardedBytes octets;
  octets.assign(text);
  Read read;
  std::size_t at = SIZE_MAX;
  read.error = ehlo_path_parse(octets.data(), octets.size(), rules.forward, rules.smtputf8,
                               rules.general_literals ? EHLO_SERVER_FLAG_GENERAL_LITERALS : 0, &read.path, &at);
  require(at <= text.size(), "an error is at a position of the path");
  require(read.error == EHLO_OK || read.error == EHLO_E_SYNTAX || read.error == EHLO_E_NEEDS_SMTPUTF8,
          "an error is one that the call names");
  return read;
}

bool same(ehlo_span a, ehlo_span b) { return a.off == b.off && a.len == b.len; }
bool same(const ehlo_path& a, const ehlo_path& b) {
  return same(a.whole, b.whole) && same(a.route, b.route) && same(a.local, b.local) && same(a.domain, b.domain) &&
         a.domain_kind == b.domain_kind && a.flags == b.flags;
}

template <class Code>
std::int64_t coded(Code code, std::string_view text, std::string& out) {
  const ExactCopy copy(text);
  return write_measured([&](char* to, std::size_t room) { return code(copy.data(), copy.size(), to, room); }, out);
}

// Compares the parts of a path with those that the reference reader finds.
class Parts {
 public:
  explicit Parts(std::string_view text) : text_(text) {}

  void compare(const ehlo_path& path, const NaivePath& reference) const {
    require(path.whole.off == 0 && path.whole.len == text_.size(), "a path is all of the text");
    require_part(path.route, reference.has_route, reference.route);
    require_part(path.domain, reference.has_domain, reference.domain);
    require(path.local.off != EHLO_ABSENT, "a local part is never absent");
    require_same(at(path.local), reference.local, "the local part is that of the reference");
    require(path.domain_kind == reference.kind && path.flags == reference.flags,
            "the kind of a path is that of the reference");
    require_same(together(path), text_, "the parts of a path make the path");
  }

 private:
  std::string_view at(ehlo_span span) const {
    require(std::uint64_t{span.off} + span.len <= text_.size(), "a span is inside the path");
    return text_.substr(span.off, span.len);
  }
  void require_part(ehlo_span span, bool present, std::string_view expected) const {
    require((span.off != EHLO_ABSENT) == present, "a part is present or absent as in the reference");
    if (present)
      require_same(at(span), expected, "a part is that of the reference");
    else
      require(span.len == 0, "what is absent has no length");
  }
  std::string together(const ehlo_path& path) const {
    std::string whole = "<";
    if (path.route.off != EHLO_ABSENT) whole.append(at(path.route)) += ':';
    whole += at(path.local);
    if (path.domain.off != EHLO_ABSENT) {
      const bool literal = path.domain_kind != EHLO_DOMAIN_NAME;
      whole += literal ? "@[" : "@";
      whole.append(at(path.domain)) += literal ? "]" : "";
    }
    return whole + '>';
  }

  std::string_view text_;
};

void check_local_part(std::string_view local) {
  std::string meaning, quoted, again;
  require(coded(ehlo_local_part_unquote, local, meaning) >= 0, "a local part has a meaning");
  require(coded(ehlo_local_part_quote, meaning, quoted) >= 0, "a meaning can be quoted");
  require(coded(ehlo_local_part_unquote, quoted, again) >= 0, "what was quoted has a meaning");
  require_same(again, meaning, "quoting keeps the meaning of a local part");
  require(quoted.size() <= local.size(), "quoting is no longer than what was sent");
}

// Any text as the meaning of a local part: if it can be quoted, the result is a local part with that meaning.
void check_meaning(std::string_view meaning) {
  std::string quoted, back;
  const std::int64_t size = coded(ehlo_local_part_quote, meaning, quoted);
  const bool can_be = naive::is_utf8(meaning) &&
                      naive::all_of(meaning, [](char c) { return !naive::is_ascii(c) || (c >= 32 && c != 127); });
  require(size == EHLO_E_ARGUMENT ? !can_be : can_be, "what has no control characters and is UTF-8 can be quoted");
  if (size < 0) return;
  require(coded(ehlo_local_part_unquote, quoted, back) >= 0, "what was quoted has a meaning");
  require_same(back, meaning, "quoting keeps the meaning");
  const Read read = parse("<" + quoted + "@d.example>", {true, true, false});
  require(read.error == EHLO_OK, "what was quoted is a local part");
}

std::int64_t write(std::string_view mailbox, Rules rules, std::string& line) {
  ehlo_command_text text;
  ehlo_command_text_init(&text, sizeof text);
  text.verb = rules.forward ? EHLO_VERB_RCPT : EHLO_VERB_MAIL;
  text.text = mailbox.data();
  text.text_length = mailbox.size();
  text.flags = rules.smtputf8 ? EHLO_FLAG_SMTPUTF8 : 0;
  text.params = "SMTPUTF8";
  text.params_length = rules.smtputf8 && !rules.forward ? 8 : 0;
  return write_measured([&](char* to, std::size_t room) { return ehlo_command_write(&text, to, room); }, line);
}

// The writer accepts what the parser accepts, except source routes and address literals with unregistered tags.
void check_written(std::string_view text, Rules rules, const Read& read) {
  std::string line;
  const std::string_view mailbox = text.substr(1, text.size() - 2);
  const std::int64_t size = write(mailbox, rules, line);
  require(size > 0 || size == EHLO_E_SYNTAX || size == EHLO_E_NEEDS_SMTPUTF8, "an error is one that the call names");
  const bool plain = read.path.route.off == EHLO_ABSENT && read.path.domain_kind != EHLO_DOMAIN_GENERAL;
  if (read.error != EHLO_OK || !plain) return require(size < 0, "what is no path to be sent is not written");
  require(size > 0, "a path that can be read can be written");
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  ehlo_command command;
  ehlo_param params[EHLO_PARAMS_MAX];
  const ExactCopy copy(line);
  require(ehlo_command_parse(copy.data(), copy.size(), &options, &command, params, sizeof *params, EHLO_PARAMS_MAX,
                             nullptr) == EHLO_OK,
          "what was written is read");
  require_same(std::string_view(line).substr(command.path.whole.off, command.path.whole.len), text,
               "what was written is the path");
  require(command.path.flags == read.path.flags && command.path.domain_kind == read.path.domain_kind,
          "what was written is the same path");
}

// The sender of an envelope goes through the same checks.
void check_envelope(std::string_view text, const Read& read) {
  const ExactCopy mailbox(text.substr(1, text.size() - 2));
  ehlo_envelope_options options;
  ehlo_envelope_options_init(&options, sizeof options);
  options.sender = mailbox.data();
  options.sender_length = mailbox.size();
  std::int32_t error = EHLO_OK;
  ehlo_envelope* envelope = ehlo_envelope_new(&options, nullptr, &error);
  const bool plain = read.path.route.off == EHLO_ABSENT && read.path.domain_kind != EHLO_DOMAIN_GENERAL;
  require((envelope != nullptr) == (read.error == EHLO_OK && plain), "an envelope takes what can be sent");
  require(envelope != nullptr || error == EHLO_E_ARGUMENT, "an error is one that the call names");
  ehlo_envelope_free(envelope);
}

void check(std::string_view text, Rules rules) {
  const NaivePath reference = read_path(text, rules.forward, rules.general_literals);
  Read ascii = parse(text, {rules.forward, false, rules.general_literals});
  const Read read = parse(text, {rules.forward, true, rules.general_literals});
  require(reference.good || read.error != EHLO_OK, "the reference accepts what the parser accepts");
  require(!reference.good || reference.u_labels || read.error == EHLO_OK,
          "the parser accepts what the reference accepts");
  const bool needs_utf8 = read.error == EHLO_OK && (read.path.flags & EHLO_PATH_NON_ASCII);
  require(ascii.error == (needs_utf8 ? EHLO_E_NEEDS_SMTPUTF8 : read.error), "SMTPUTF8 lets non-ASCII through");
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Read prefix = parse(text.substr(0, size), {rules.forward, true, rules.general_literals});
    require(read.error != EHLO_OK || prefix.error != EHLO_OK, "no prefix of a path is a path");
  }
  if (read.error == EHLO_OK) {
    require(needs_utf8 || same(ascii.path, read.path), "SMTPUTF8 changes nothing else");
    Parts(text).compare(read.path, reference);
    if (!reference.local.empty()) check_local_part(reference.local);
  }
  if (text.size() < 2 || text.front() != '<' || text.back() != '>') return;
  for (const bool smtputf8 : {false, true})
    check_written(text, {rules.forward, smtputf8, false}, smtputf8 ? read : ascii);
  if (!rules.forward) check_envelope(text, read);
}

void run(unsigned control, std::string_view text) {
  const Rules rules{(control & 1) != 0, true, (control & 2) != 0};
  check(text, rules);
  check('<' + std::string(text) + '>', rules);
  check_meaning(text);
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControl = 3;
  if (size < kControl || size > 600) return 0;
  const std::string_view path(reinterpret_cast<const char*>(data) + kControl, size - kControl);
  support::run(data[0], support::stretch(path, data[1], data[2]));
  return 0;
}
