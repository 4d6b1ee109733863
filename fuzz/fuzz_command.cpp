// Command lines through the C API: the parser returns for every line, its spans are inside the line, and the path that
// it finds is also a path for ehlo_path_parse.
//
// Input: two octets of settings (bit 0 LMTP, bit 1 TLS, bit 2 general literals, bit 3 a line limit of 128; then the low
// octet of the extensions that are not offered), then the line.
#include <string>

#include "ehlo.h"
#include "support/exact_copy.h"
#include "support/properties.h"
#include "support/rows.h"

namespace support {
namespace {

class Line {
 public:
  Line(std::string_view octets, const ehlo_parse_options& options) : line_(octets), options_(options) {}

  void run() {
    std::size_t error_offset = SIZE_MAX;
    ehlo_param params[EHLO_PARAMS_MAX];
    const std::int32_t rc = parse(params, EHLO_PARAMS_MAX, &error_offset);
    require(rc <= EHLO_OK && std::string_view(ehlo_error_name(rc)) != "unknown-error", "an error has a name");
    require(rc != EHLO_E_SPACE, "EHLO_PARAMS_MAX parameters are always enough");
    require((rc == EHLO_E_ARGUMENT) == !line_.view().ends_with("\r\n"), "a line without CRLF is EHLO_E_ARGUMENT");
    if (rc == EHLO_E_ARGUMENT) return;
    require(ehlo_error(rc)->fault != EHLO_FAULT_PROGRAM, "a bad line is the fault of the peer");
    require(*ehlo_verb_name(command_.verb) != '\0', "a verb has a name");
    if (rc != EHLO_OK) return check_error(rc, error_offset);
    require(command_.verb != EHLO_VERB_UNKNOWN, "a good line has a verb");
    present(command_.text);
    present(command_.response);
    if (command_.verb == EHLO_VERB_MAIL || command_.verb == EHLO_VERB_RCPT) check_envelope(params);
    check_again();
  }

 private:
  std::int32_t parse(ehlo_param* params, std::size_t cap, std::size_t* error_offset) {
    return ehlo_command_parse(line_.data(), line_.size(), &options_, &command_, params, sizeof *params, cap,
                              error_offset);
  }

  std::string_view present(ehlo_span span) const {
    if (span.off == EHLO_ABSENT) {
      require(span.len == 0, "what is absent has no length");
      return {};
    }
    require(std::uint64_t{span.off} + span.len <= line_.size(), "a span is inside the line");
    return line_.view().substr(span.off, span.len);
  }

  void check_envelope(const ehlo_param* params) const {
    require(command_.param_count <= EHLO_PARAMS_MAX, "no more parameters than the limit");
    const ehlo_path& path = command_.path;
    const std::string_view whole = present(path.whole);
    require(whole.size() >= 2 && whole.front() == '<' && whole.back() == '>', "a path has angle brackets");
    for (const ehlo_span span : {path.route, path.local, path.domain}) {
      present(span);
      require(span.off == EHLO_ABSENT ||
                  (span.off > path.whole.off && span.off + span.len < path.whole.off + path.whole.len),
              "the parts of a path are inside of it");
    }
    bool smtputf8 = command_.verb == EHLO_VERB_RCPT;
    for (std::uint32_t i = 0; i < command_.param_count; ++i) {
      require(!present(params[i].keyword).empty(), "a parameter has a keyword");
      present(params[i].value);
      present(params[i].detail);
      smtputf8 |= params[i].id == EHLO_PARAM_SMTPUTF8;
    }
    check_path(whole, smtputf8);
  }

  // An error in a path is reported before an error after it.
  void check_error(std::int32_t rc, std::size_t error_offset) const {
    require(error_offset <= line_.size(), "an error is at a position of the line");
    if (command_.verb != EHLO_VERB_MAIL && command_.verb != EHLO_VERB_RCPT) return;
    if (rc != EHLO_E_BAD_PARAMETER && rc != EHLO_E_UNKNOWN_PARAMETER && rc != EHLO_E_SIZE_OVERFLOW) return;
    const std::string_view whole = present(command_.path.whole);
    const bool offered = (options_.extensions & EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8)) != 0;
    const bool carried = command_.verb == EHLO_VERB_RCPT || has_smtputf8(line_.view());
    ehlo_path alone;
    require(parse_path(whole, offered && carried, alone) == EHLO_OK,
            "parameters are validated only after a valid path");
  }

  static bool has_smtputf8(std::string_view line) {
    std::string upper(line);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return upper.find("SMTPUTF8") != std::string::npos;
  }

  std::int32_t parse_path(std::string_view whole, bool smtputf8, ehlo_path& alone) const {
    const ExactCopy copy(whole);
    return ehlo_path_parse(copy.data(), copy.size(), command_.verb == EHLO_VERB_RCPT, smtputf8,
                           options_.flags & EHLO_SERVER_FLAG_GENERAL_LITERALS, &alone, nullptr);
  }

  void check_path(std::string_view whole, bool smtputf8) const {
    ehlo_path alone;
    require(parse_path(whole, smtputf8, alone) == EHLO_OK, "the path of a good command is a path");
    const auto shifted = [&](ehlo_span span) {
      return span.off == EHLO_ABSENT ? span : ehlo_span{span.off + command_.path.whole.off, span.len};
    };
    const auto same = [](ehlo_span a, ehlo_span b) { return a.off == b.off && a.len == b.len; };
    require(same(shifted(alone.whole), command_.path.whole) && same(shifted(alone.route), command_.path.route) &&
                same(shifted(alone.local), command_.path.local) && same(shifted(alone.domain), command_.path.domain) &&
                alone.domain_kind == command_.path.domain_kind && alone.flags == command_.path.flags,
            "a path has the same parts alone and in a command");
  }

  // Again with the same array and with one that is too small: a call does not depend on earlier calls.
  void check_again() {
    const std::uint32_t count = command_.param_count;
    ehlo_param params[EHLO_PARAMS_MAX];
    std::size_t error_offset = 0;
    require(parse(params, count, &error_offset) == EHLO_OK && command_.param_count == count,
            "as many parameters as there are fit");
    if (count != 0)
      require(parse(params, count - 1, &error_offset) == EHLO_E_SPACE, "an array that is too small is reported");
  }

  ExactCopy line_;
  const ehlo_parse_options& options_;
  ehlo_command command_{};
};

void check_codecs(std::string_view octets) {
  const ExactCopy copy(octets);
  char out[8192];
  char back[8192];
  const std::int64_t base64 = ehlo_base64_encode(copy.data(), copy.size(), out, sizeof out);
  if (base64 >= 0 && static_cast<std::size_t>(base64) <= sizeof out) {
    const std::int64_t size = ehlo_base64_decode(out, static_cast<std::size_t>(base64), back, sizeof back);
    require_same({back, static_cast<std::size_t>(size)}, octets, "base64 decodes to what was encoded");
  }
  const std::int64_t raw = ehlo_base64_decode(copy.data(), copy.size(), back, sizeof back);
  if (raw >= 0 && static_cast<std::size_t>(raw) <= sizeof back) {
    const std::int64_t size = ehlo_base64_encode(back, static_cast<std::size_t>(raw), out, sizeof out);
    require(size >= 0 && static_cast<std::size_t>(size) == octets.size(), "base64 has one form");
  }
  ehlo_span authzid, authcid, passwd;
  if (ehlo_auth_plain_parse(copy.data(), copy.size(), &authzid, &authcid, &passwd) == EHLO_OK)
    require(authzid.len + authcid.len + passwd.len + 2 == octets.size(), "PLAIN is three fields and two NULs");
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  const std::string_view line(reinterpret_cast<const char*>(data) + 2, size - 2);
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  options.protocol = data[0] & 1;
  options.extensions = support::all_extensions() & ~static_cast<std::uint64_t>(data[1]);
  if (data[0] & 2) options.flags |= EHLO_SERVER_FLAG_IMPLICIT_TLS;
  if (data[0] & 4) options.flags |= EHLO_SERVER_FLAG_GENERAL_LITERALS;
  if (data[0] & 8) options.max_line_octets = 128;
  support::Line(line, options).run();
  // Most mutations lose the line ending, without which there is nothing to parse.
  support::Line(std::string(line) + "\r\n", options).run();
  support::check_codecs(line);
  return 0;
}
